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


def test_the_summary_of_a_compaction_is_hidden(database: Path) -> None:
    add_session(database, asked({"type": "compaction", "auto": True}), answered(text("so far"), summary=True))
    session, messages = read(database, "mine")
    assert [(one.text, one.hidden) for one in messages] == [("so far", "system")]
    assert session.lines.dropped == {"mark of a compaction": 1}


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
    assert (second.kind, second.name, second.size) == ("file", "b.txt", 0)
    made = messages[1].tool_calls[0]
    assert [one.sha256 for one in made.attachments] == [first.sha256, first.sha256]
    assert made.output == "![x]([image/gif, 1,024 bytes])"


def test_a_tool_that_failed_and_one_that_never_ended(database: Path) -> None:
    failed = {"type": "tool", "tool": "a", "state": {"status": "error", "input": {}, "error": "no such file"}}
    running = {"type": "tool", "tool": "b", "state": {"status": "running", "input": {"x": 1}}}
    add_session(database, answered(failed, running))
    calls = read(database, "mine")[1][0].tool_calls
    assert [(one.status, one.output) for one in calls] == [("error", "no such file"), ("", "")]
