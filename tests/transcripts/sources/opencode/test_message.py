"""What a message and its parts hold."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path

import msgspec
import pytest

from support.opencode_sessions import add_session, answered, asked, read, text


def test_what_is_put_in_with_a_prompt_is_not_in_the_reading_view(database: Path) -> None:
    add_session(database, asked(text("look at @a"), text("Called the Read tool", synthetic=True)))
    messages = read(database, "mine")[1]
    assert [(one.text, one.hidden) for one in messages] == [("look at @a", ""), ("Called the Read tool", "injected")]


COMPACTION = {"type": "compaction", "auto": True}


def test_a_compaction_and_its_summary_are_one_message(database: Path) -> None:
    add_session(database, asked(COMPACTION), answered(text("so far"), summary=True))
    session, messages = read(database, "mine")
    assert [(one.role, one.kind, one.text, one.hidden, one.id) for one in messages] == [
        ("system", "compaction", "so far", "", "m1")
    ]
    assert session.lines.dropped == {"mark of a compaction": 1}


def test_a_compaction_without_a_summary_is_told_where_it_was_asked_for(database: Path) -> None:
    add_session(database, asked(COMPACTION), answered(text("on we go")), asked(COMPACTION))
    messages = read(database, "mine")[1]
    assert [(one.kind, one.text) for one in messages] == [("compaction", ""), ("", "on we go"), ("compaction", "")]


def test_a_command_that_the_person_ran_is_no_call_of_the_model(database: Path) -> None:
    ran = {"status": "completed", "input": {"command": "git status"}, "output": "clean"}
    put_in = text("The following tool was executed by the user", synthetic=True)
    add_session(database, asked(put_in), answered({"type": "tool", "tool": "bash", "callID": "c", "state": ran}))
    messages = read(database, "mine")[1]
    assert [(one.role, one.kind, one.text) for one in messages if not one.hidden] == [
        ("user", "command", "!git status"),
        ("system", "output", "clean"),
    ]


def test_what_the_person_said_to_a_call_is_told_apart(database: Path) -> None:
    rejected = "The user rejected permission to use this specific tool call with the following feedback: use make"
    refused = {"status": "error", "input": {}, "error": rejected}
    asks = {"questions": [{"question": "Which knot?"}, {"question": "Why?"}]}
    add_session(
        database,
        answered(
            {"type": "tool", "tool": "bash", "callID": "a", "state": refused},
            {
                "type": "tool",
                "tool": "question",
                "callID": "b",
                "state": {"status": "completed", "input": asks, "output": "x", "metadata": {"answers": [["reef"], []]}},
            },
        ),
    )
    words = [(one.role, one.id, one.text) for one in read(database, "mine")[1] if one.kind == "words"]
    assert words == [("user", "a:words", "use make"), ("user", "b:words", "Q: Which knot?\nA: reef")]


def test_every_message_has_an_id_of_its_own(database: Path) -> None:
    failed = {"name": "MessageAbortedError", "data": {"message": "stopped"}}
    add_session(
        database,
        asked(text("a"), text("b", synthetic=True), {"type": "hologram"}),
        answered(text("c"), {"type": "retry", "error": {"name": "Slow"}}, error=failed),
        ({"role": "oracle"}, [text("omen")]),
    )
    messages = read(database, "mine")[1]
    assert len({one.id for one in messages} - {""}) == len(messages) == 8
    assert [one.text for one in messages if one.kind == "interruption"] == ["MessageAbortedError: stopped"]


def test_an_error_is_told(database: Path) -> None:
    failed = {"name": "ProviderAuthError", "data": {"message": "no key"}}
    add_session(database, answered(error=failed))
    assert [(one.role, one.text) for one in read(database, "mine")[1]] == [("system", "ProviderAuthError: no key")]


@pytest.mark.parametrize(
    ("tokens", "output"),
    [
        ({"input": 10, "output": 5, "reasoning": 3, "total": 18}, 8),
        ({"input": 10, "output": 5, "reasoning": 3}, 5),
    ],
)
def test_what_was_reasoned_is_a_part_of_the_output(database: Path, tokens: dict[str, int], output: int) -> None:
    add_session(database, answered(text("x"), tokens=tokens))
    assert read(database, "mine")[0].tokens.output == output


def test_files_become_attachments_without_their_bytes(database: Path) -> None:
    data = bytes(range(256)) * 4
    coded = base64.b64encode(data).decode()
    url = {"type": "file", "mime": "image/png", "filename": "a.png", "url": f"data:image/png;base64,{coded}"}
    state = {"status": "completed", "input": {}, "output": f"![x](data:image/gif;base64,{coded})", "attachments": [url]}
    call = {"type": "tool", "tool": "see", "callID": "c", "state": state}
    linked = {"type": "file", "mime": "text/plain", "filename": "b.txt", "url": "file:///b.txt"}
    add_session(database, asked(text("look"), url, linked), answered(call))
    session, messages = read(database, "mine")
    assert coded[:40].encode() not in msgspec.json.encode([session, messages])
    first, second = messages[0].attachments
    assert (first.kind, first.name, first.size) == ("image", "a.png", len(data))
    assert first.sha256 == hashlib.sha256(data).hexdigest()
    assert (second.kind, second.name, second.size, second.url) == ("file", "b.txt", 0, "file:///b.txt")
    made = messages[1].tool_calls[0]
    assert [one.sha256 for one in made.attachments] == [first.sha256, first.sha256]
    assert made.output == "![x]([image/gif, 1,024 bytes])"


def test_a_tool_that_failed_and_one_that_never_ended(database: Path) -> None:
    failed = {"type": "tool", "tool": "a", "state": {"status": "error", "input": {}, "error": "no such file"}}
    running = {"type": "tool", "tool": "b", "state": {"status": "running", "input": {"x": 1}}}
    add_session(database, answered(failed, running))
    calls = read(database, "mine")[1][0].tool_calls
    assert [(one.status, one.output) for one in calls] == [("error", "no such file"), ("", "")]
