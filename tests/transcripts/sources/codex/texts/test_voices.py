"""Who speaks: the person, the client, a hook, another agent; each is told once, as what it is."""

from __future__ import annotations

import itertools
import json
from pathlib import Path
from typing import Any

import pytest

from session_sync.transcripts.session import Attachment
from support.codex_sessions import Line, answered, completed, event, item, read_fixture, read_lines, said

SHELL = "<user_shell_command>\n<command>\ngit status\n</command>\n<result>\n{}\n</result>\n</user_shell_command>"
RESULT = "Exit code: 0\nDuration: 0.02 seconds\nOutput:\n M weave.c"
LETTER: Line = {"author": "/root/helper", "recipient": "/root", "content": "Two knots."}


def spoken(tmp_path: Path, *lines: Line) -> list[tuple[str, str, str]]:
    _, messages = read_lines(tmp_path, *lines)
    return [(one.role, one.kind, one.text) for one in messages if not one.hidden]


def test_command_of_the_person_and_its_output(tmp_path: Path) -> None:
    command = [("user", "command", "!git status"), ("system", "output", " M weave.c")]
    assert spoken(tmp_path, said(SHELL.format(RESULT))) == command


def test_command_that_failed_tells_its_exit_code(tmp_path: Path) -> None:
    (_, output) = spoken(tmp_path, said(SHELL.format(RESULT.replace("code: 0", "code: 2"))))
    assert output[2] == "Exit code: 2\n M weave.c"


def test_command_without_anything_in_it_is_the_clients(tmp_path: Path) -> None:
    assert spoken(tmp_path, said("<user_shell_command>?</user_shell_command>")) == []


RAN: Line = {"command": ["bash", "-lc", "git status"], "exit_code": 0, "aggregated_output": " M weave.c"}


@pytest.mark.parametrize("source", ["user_shell", "userShell", "UserShell"])
@pytest.mark.parametrize("beside", [[], [said(SHELL.format(RESULT))]])
def test_command_that_the_client_shows_as_the_persons(tmp_path: Path, source: str, beside: list[Line]) -> None:
    shown = completed(type="CommandExecution", id="c1", source=source, **RAN)
    old = event(type="exec_command_end", call_id="c1", source=source, **RAN)
    command = [("user", "command", "!git status"), ("system", "output", " M weave.c")]
    assert spoken(tmp_path, *beside, shown) == command
    assert spoken(tmp_path, old, *beside) == command


@pytest.mark.parametrize(
    ("command", "wanted"),
    [
        (["pwsh", "-NoProfile", "-Command", "ls"], "!ls"),
        (["git", "a b"], "!git 'a b'"),
        ("git a", "!git a"),
        (["cmd", "/c", "dir"], "!dir"),
    ],
)
def test_command_in_any_form(tmp_path: Path, command: Any, wanted: str) -> None:
    shown = completed(type="CommandExecution", source="user_shell", command=command, exit_code=1, stdout="x")
    assert [one[2] for one in spoken(tmp_path, shown)] == [wanted, "Exit code: 1\nx"]


IDE = "# Context from my IDE setup:\n\n## Active file: weave.c\n\n## My request for Codex:\nTie the knot\n"


def test_context_of_an_editor_is_not_the_prompt(tmp_path: Path) -> None:
    prompt, shown = said(IDE), event(type="user_message", message=IDE)
    context = ("system", "context", "# Context from my IDE setup:\n\n## Active file: weave.c")
    wanted = [context, ("user", "", "Tie the knot")]
    assert spoken(tmp_path, prompt, shown) == wanted
    assert spoken(tmp_path, shown, prompt) == wanted
    assert spoken(tmp_path, event(type="user_message", message="Tie the knot"), prompt) == wanted[::-1]


def test_request_without_a_context_is_the_prompt(tmp_path: Path) -> None:
    assert spoken(tmp_path, said("## My request for Codex:\nTie it")) == [("user", "", "Tie it")]


@pytest.mark.parametrize("text", ["# A heading\n\nof mine", "What is\n## My request for Codex:\n?"])
def test_prompt_that_only_looks_like_that_stays_whole(tmp_path: Path, text: str) -> None:
    assert spoken(tmp_path, said(text)) == [("user", "", text)]


@pytest.mark.parametrize("first", [0, 1])
def test_interruption_is_told_once(tmp_path: Path, first: int) -> None:
    text = "<turn_aborted>\n  <turn_id>1</turn_id>\n  <guidance>The user stopped it.</guidance>\n</turn_aborted>"
    lines = [event(type="turn_aborted", reason="interrupted"), said(text)]
    told = ["The turn was aborted: interrupted.", "The user stopped it."][first]
    assert spoken(tmp_path, *(lines[::-1] if first else lines)) == [("system", "interruption", told)]


def test_turn_that_another_replaced_was_not_interrupted(tmp_path: Path) -> None:
    (found,) = spoken(tmp_path, event(type="turn_aborted", reason="replaced"))
    assert found[1] == "notice"


def test_letter_between_agents_is_told_once(tmp_path: Path) -> None:
    whole: Line = {"type": "inter_agent_communication", "payload": LETTER}
    content = [{"type": "input_text", "text": "Message Type: FINAL\nSender: /root/helper\nPayload:\nTwo knots."}]
    as_item = item(type="agent_message", **{**LETTER, "content": content})
    in_answer = answered(json.dumps(LETTER | {"trigger_turn": False}))
    for lines in ([whole], [as_item], [in_answer], [whole, as_item], [as_item, whole]):
        _, messages = read_lines(tmp_path, *lines)
        assert [(one.role, one.kind, one.sender, one.text) for one in messages] == [
            ("system", "agent", "/root/helper", "Two knots.")
        ]


def test_letter_that_only_agents_can_read_is_counted(tmp_path: Path) -> None:
    session, messages = read_lines(tmp_path, item(type="agent_message", content=[{"encrypted_content": "x"}]))
    assert (messages, session.lines.dropped) == ([], {"empty": 1})


@pytest.mark.parametrize(
    ("told", "wanted"),
    [
        ('{"agent_path": "/root/a", "status": {"completed": "Done <b>."}}', ("/root/a", "Done <b>.")),
        ('{"agent_id": "7", "status": {"errored": "no network"}}', ("7", "errored: no network")),
        ('{"agent_id": "7", "status": "shutdown"}', ("7", "shutdown")),
        ('{"agent_id": "7"}', ("7", '{"agent_id": "7"}')),
        ("Gone", ("", "Gone")),
    ],
)
def test_notification_of_a_subagent(tmp_path: Path, told: str, wanted: tuple[str, str]) -> None:
    _, messages = read_lines(tmp_path, said(f"<subagent_notification>\n{told}\n</subagent_notification>"))
    assert [(one.kind, (one.sender, one.text)) for one in messages] == [("agent", wanted)]


def test_what_a_hook_said_is_told_once(tmp_path: Path) -> None:
    shown = completed(type="HookPrompt", fragments=[{"text": "Run <the> tests", "hookRunId": "1"}])
    text = said('<hook_prompt hook_run_id="1">Run &lt;the&gt; tests</hook_prompt>')
    assert spoken(tmp_path, text, shown) == [("system", "hook", "Run <the> tests")]


def test_answers_to_questions_are_the_persons_words(tmp_path: Path) -> None:
    questions = [{"id": "a", "question": "Which thread?"}, {"id": "b", "question": "Sure?"}]
    call = item(
        type="function_call", name="request_user_input", call_id="c1", arguments=json.dumps({"questions": questions})
    )
    answers = {"a": {"answers": ["red", "blue"]}, "b": {"answers": []}}
    output = item(type="function_call_output", call_id="c1", output=json.dumps({"answers": answers}))
    _, messages = read_lines(tmp_path, call, output)
    assert [(one.role, one.kind, one.text) for one in messages] == [
        ("assistant", "", ""),
        ("user", "words", "**Q:** Which thread?\n**A:** red, blue"),
    ]
    assert messages[0].tool_calls[0].output


SUMMARY: Line = {"type": "compacted", "payload": {"message": "So far"}}
MARKS = [event(type="context_compacted"), completed(type="ContextCompaction", id="1"), item(type="context_compaction")]


@pytest.mark.parametrize("lines", list(itertools.permutations([SUMMARY, *MARKS])))
def test_compaction_is_told_once(tmp_path: Path, lines: list[Line]) -> None:
    told = [("user", "", "a"), ("system", "compaction", "So far"), ("assistant", "", "b")]
    assert spoken(tmp_path, said("a"), *lines, answered("b")) == told


def test_each_compaction_is_told(tmp_path: Path) -> None:
    lines = [MARKS[0], said("a"), SUMMARY, MARKS[0], said("b"), SUMMARY, SUMMARY]
    assert [one[2] for one in spoken(tmp_path, *lines)] == ["", "a", "So far", "b", "So far", "So far"]


def test_tool_of_an_extension(tmp_path: Path) -> None:
    search = completed(type="Extension", id="e1", kind="web.search", query="knots", status="completed")
    other = completed(type="Extension", id="e2", kind="clock.now", zone="UTC", result={"content": [{"text": "ten"}]})
    session, messages = read_lines(tmp_path, search, other)
    calls = [(one.name, one.input, one.output) for message in messages for one in message.tool_calls]
    assert calls == [("web_search", {"query": "knots"}, ""), ("clock.now", {"zone": "UTC"}, "ten")]
    assert session.lines.unknown == {}


def test_linked_picture_keeps_its_address(tmp_path: Path) -> None:
    url = "https://example.com/knot.png"
    _, messages = read_lines(tmp_path, event(type="user_message", message="see", images=[url, "knot.png"]))
    assert messages[0].attachments == [Attachment("image", url=url), Attachment("image", name="knot.png")]


def test_each_voice_of_one_rollout(tmp_path: Path) -> None:
    session, messages = read_fixture(tmp_path, "voices")
    kinds = ["agent", "goal", "context", "", "command", "output", "", "words", "compaction", "review", "review"]
    kinds += ["interruption", "", "", "notice", "hook", "", ""]
    assert [one.kind for one in messages] == kinds
    assert (session.title, session.lines.unknown) == ("Clean the lathe", {})
