"""Rollouts of the clients of 2025: lines without an envelope, and before that one JSON document."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from session_sync.transcripts.session import Git, Message, Session
from session_sync.transcripts.sources.codex import source as codex
from session_sync.transcripts.sources.search import Search
from support.codex_sessions import THREAD, Line, answered, item, read, read_lines, said, view

HEAD: Line = {
    "id": THREAD,
    "timestamp": "2025-07-03T08:00:00.000Z",
    "instructions": None,
    "git": {"commit_hash": "abc", "branch": "main", "repository_url": "https://example.com/loom.git"},
}
STATE: Line = {"record_type": "state"}
OLD_PLACE = "<environment_context>\nCurrent working directory: /home/ada/loom\n</environment_context>"
PLACE = "<environment_context>\n  <cwd>/home/ada/loom</cwd>\n  <shell>bash</shell>\n</environment_context>"
ITEMS = [
    {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "Which thread?"}]},
    {"type": "reasoning", "id": "rs_1", "summary": [{"type": "summary_text", "text": "Looking"}]},
    {"type": "function_call", "name": "shell", "arguments": '{"command":["ls"]}', "call_id": "c1"},
    {
        "type": "function_call_output",
        "call_id": "c1",
        "output": '{"output":"red\\n","metadata":{"exit_code":2,"duration_seconds":0.1}}',
    },
    {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "The red one."}]},
]


def place(text: str) -> Line:
    return {"type": "message", "role": "user", "content": [{"type": "input_text", "text": text}]}


def check(session: Session, messages: list[Message]) -> None:
    assert view(messages) == [("user", "Which thread?"), ("assistant", "The red one.")]
    assert [one.thinking for one in messages if one.thinking] == ["Looking"]
    (call,) = [call for one in messages for call in one.tool_calls]
    assert (call.name, call.input, call.output, call.status) == ("shell", {"command": ["ls"]}, "red\n", "error")
    assert session.started == "2025-07-03T08:00:00.000Z"
    assert session.git == Git("https://example.com/loom.git", "main", "abc")


@pytest.mark.parametrize("environment", [OLD_PLACE, PLACE])
def test_lines_without_an_envelope(tmp_path: Path, environment: str) -> None:
    session, messages = read_lines(tmp_path, HEAD, STATE, place(environment), *ITEMS, STATE)
    check(session, messages)
    assert session.cwd == "/home/ada/loom"
    assert session.lines.unknown == {}


def test_lines_that_tell_their_type_beside_the_record(tmp_path: Path) -> None:
    lines = [{"record_type": "session_meta", **HEAD}, *({"record_type": "response", **one} for one in ITEMS)]
    told = {"record_type": "event", "id": "1", "msg": {"type": "agent_message", "message": "The red one."}}
    session, messages = read_lines(tmp_path, *lines, told, {"record_type": "brand_new"})
    check(session, messages)
    assert session.lines.unknown == {"brand_new": 1}


def test_both_forms_in_one_file(tmp_path: Path) -> None:
    bare = [HEAD, place(OLD_PLACE), *ITEMS]
    context = {"type": "turn_context", "payload": {"cwd": "/home/ada/gear", "model": "gpt-5"}}
    session, messages = read_lines(tmp_path, *bare, context, said("And now?"), answered("The blue one."))
    assert view(messages)[2:] == [("user", "And now?"), ("assistant", "The blue one.")]
    assert (session.cwd, session.cwds) == ("/home/ada/loom", ["/home/ada/gear"])


@pytest.mark.parametrize(
    "line",
    [
        {"role": "user", "content": "Which thread?"},
        {"type": "user_message", "message": "Which thread?"},
        {"id": "4", "msg": {"type": "user_message", "message": "Which thread?"}},
    ],
)
def test_other_lines_without_an_envelope(tmp_path: Path, line: Line) -> None:
    _, messages = read_lines(tmp_path, HEAD, line)
    assert view(messages) == [("user", "Which thread?")]


def test_shell_call_of_its_own_type(tmp_path: Path) -> None:
    call = {"type": "local_shell_call", "call_id": "c1", "action": {"type": "exec", "command": ["ls"]}}
    output = {
        "type": "local_shell_call_output",
        "call_id": "c1",
        "output": '{"output":"red","metadata":{"exit_code":0}}',
    }
    _, messages = read_lines(tmp_path, HEAD, call, output)
    (found,) = messages[0].tool_calls
    assert (found.name, found.output, found.status) == ("shell", "red", "ok")


def _document(home: Path, data: bytes) -> tuple[Session, list[Message]]:
    path = home / "sessions" / f"rollout-2025-05-01-{THREAD}.json"
    path.parent.mkdir()
    path.write_bytes(data)
    (found,) = codex.find(home, Search())
    assert found.session_id == THREAD
    return read(found)


def document(**more: Any) -> bytes:
    return json.dumps({"session": HEAD, "items": ITEMS, **more}, indent=2).encode()


def test_document_of_the_first_clients(tmp_path: Path) -> None:
    session, messages = _document(tmp_path, document())
    check(session, messages)
    assert (session.lines.read, session.problems) == (6, [])


@pytest.mark.parametrize("cut", [1, 3, 12, 60])
def test_document_that_is_cut_off_gives_what_is_whole(tmp_path: Path, cut: int) -> None:
    session, messages = _document(tmp_path, document()[:-cut])
    assert ("user", "Which thread?") in view(messages)
    assert session.problems[0].reason == "damaged, its records mended"


@pytest.mark.parametrize("data", [b'{"a": 1}', b'{"items": {"a": 1}}', b'{"session": 7, "items": [1, null, "x", {}]}'])
def test_document_of_another_shape_is_kept(tmp_path: Path, data: bytes) -> None:
    session, messages = _document(tmp_path, data)
    assert session.lines.kept + sum(session.lines.dropped.values()) > 0
    assert session.problems or session.lines.unknown
    assert view(messages) == []


def test_more_in_a_document_is_kept_as_it_is(tmp_path: Path) -> None:
    session, _ = _document(tmp_path, document(brand={"new": 1}))
    assert sum(session.lines.unknown.values()) == 1


def test_item_wrapped_without_a_type_of_its_own(tmp_path: Path) -> None:
    session, _ = read_lines(tmp_path, item(role="user"), {"a": 1}, [1])  # type: ignore[arg-type]
    assert session.lines.read == 3
