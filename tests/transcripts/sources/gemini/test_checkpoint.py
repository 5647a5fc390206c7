"""A conversation that the person saved by hand."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from session_sync.transcripts.session import Link, Message, Session
from session_sync.transcripts.sources.gemini import source as gemini
from session_sync.transcripts.sources.pairing import paired
from session_sync.transcripts.sources.search import Search
from support.gemini_sessions import DIRECTORY

SETUP = "This is the Gemini CLI. We are setting up the context for our chat.\nI'm currently working in the directory: "
HISTORY: list[dict[str, Any]] = [
    {"role": "user", "parts": [{"text": SETUP + "/told"}]},
    {"role": "model", "parts": [{"text": "Got it. Thanks for the context!"}]},
    {"role": "user", "parts": [{"text": "What is left?"}]},
    {"role": "model", "parts": [{"text": "I think.", "thought": True}, {"functionCall": {"name": "ls", "args": {}}}]},
    {"role": "user", "parts": [{"functionResponse": {"name": "ls", "response": {"output": "TODO"}}}]},
    {"role": "model", "parts": [{"text": "Only the changelog."}]},
]


def saved(chats: Path, content: Any, name: str = "checkpoint-before%20release.json") -> Path:
    path = chats.parent / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
    return path


def read(path: Path) -> tuple[Session, list[Message]]:
    (transcript,) = gemini.find(path, Search())
    session = Session("gemini", transcript.session_id)
    messages = list(paired(gemini.read(transcript, session)))
    lines = session.lines
    assert lines.read == lines.kept + sum(lines.dropped.values())
    return session, messages


@pytest.mark.parametrize("content", [HISTORY, {"history": HISTORY, "authType": "oauth-personal"}])
def test_a_checkpoint_is_a_session(chats: Path, content: Any) -> None:
    session, messages = read(saved(chats, content))
    assert [(one.role, one.text, one.hidden) for one in messages] == [
        ("user", SETUP + "/told", "injected"),
        ("assistant", "Got it. Thanks for the context!", "injected"),
        ("user", "What is left?", ""),
        ("assistant", "", ""),
        ("assistant", "Only the changelog.", ""),
    ]
    (call,) = messages[3].tool_calls
    assert (call.name, call.output, call.status, messages[3].thinking) == ("ls", "TODO", "ok", "I think.")
    assert (session.title, session.cwd) == ("before release", DIRECTORY)
    assert session.source_session_id == "widget/checkpoint-before%20release"
    assert session.raw[0].path == "checkpoint-before%20release.json"


def test_a_checkpoint_may_have_no_tag(chats: Path) -> None:
    session, _ = read(saved(chats, HISTORY, "checkpoint.json"))
    assert (session.title, session.source_session_id) == ("", "widget/checkpoint")


def test_calls_without_ids_get_the_answers_of_their_tools_in_order(chats: Path) -> None:
    calls = [{"functionCall": {"name": one, "args": {}}} for one in ("a", "b", "a")]
    answers = [{"functionResponse": {"name": one, "response": {"output": said}}} for one, said in ("a1", "a2", "b1")]
    known = [{"functionCall": {"id": "own", "name": "a"}}, {"functionCall": {"name": "never"}}]
    history = [{"role": "model", "parts": [*calls, *known]}, {"role": "function", "parts": answers}]
    (message,) = read(saved(chats, history))[1]
    assert [(one.name, one.output) for one in message.tool_calls] == [
        ("a", "1"),
        ("b", "1"),
        ("a", "2"),
        ("a", ""),
        ("never", ""),
    ]


def test_the_folder_is_the_one_that_the_model_was_told_if_nothing_else_tells(tmp_path: Path) -> None:
    path = saved(tmp_path / "tmp" / "0f3a" / "chats", HISTORY)
    assert read(path)[0].cwd == "/told"


def test_the_log_of_prompts_tells_what_was_saved_and_when(chats: Path) -> None:
    path = saved(chats, HISTORY, "checkpoint-x.json")
    entries = [("one", "What is left?", 1), ("two", "What is left?", 2), ("two", "/chat save x", 3), ("three", "x", 4)]
    log = [
        {"sessionId": one, "messageId": 0, "type": "user", "message": two, "timestamp": f"2025-08-02T09:00:0{second}Z"}
        for one, two, second in entries
    ]
    saved(chats, log, "logs.json")
    session, messages = read(path)
    assert (session.fork, messages[2].time) == (Link("two"), "2025-08-02T09:00:02.000Z")
    saved(chats, log[:1], "logs.json")
    assert read(path)[0].fork == Link("one")


def test_checkpoints_are_found_where_clients_put_them(chats: Path, tmp_path: Path) -> None:
    saved(chats, HISTORY, "checkpoint-a.json")
    saved(chats, HISTORY, "chats/checkpoint-b.json")
    saved(chats, HISTORY, "../other/checkpoint-a.json")
    search = Search()
    found = sorted(one.session_id for one in gemini.find(tmp_path, search))
    assert (found, search.problems) == (["other/checkpoint-a", "widget/checkpoint-a", "widget/checkpoint-b"], [])


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[",
        b"5",
        b"{}",
        b'{"history": 5}',
        b"\xff\xfe",
        json.dumps(HISTORY).encode()[:-30],
        json.dumps({"history": [*HISTORY, 5, None, {"role": 5}, {"parts": 7, "role": "user"}, {"role": "user"}]}),
        b'[{"role":"user","parts":[{"text":"x"}]},{"role":"user","parts":' + b"[" * 700 + b"]" * 700 + b"}]",
        [{"role": "model", "parts": [{"functionCall": {"id": 5, "name": [], "args": 7}}, {"functionResponse": {}}]}],
        [{"role": "oracle", "parts": [{"text": "omen"}]}],
    ],
)
def test_hostile_checkpoints_are_counted_and_stop_nothing(chats: Path, content: Any) -> None:
    session, messages = read(saved(chats, content.encode() if isinstance(content, str) else content))
    assert session.lines.read
    assert session.problems or session.lines.unknown or messages


def test_of_a_damaged_checkpoint_the_whole_messages_are_read(chats: Path) -> None:
    session, messages = read(saved(chats, json.dumps(HISTORY).encode()[:-30]))
    assert next(one.text for one in messages if not one.hidden) == "What is left?"
    assert session.problems
