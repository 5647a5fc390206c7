"""The client's log of what the person typed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from session_sync.transcripts.session import Message, Session
from session_sync.transcripts.sources.gemini import source as gemini
from session_sync.transcripts.sources.search import Search
from session_sync.transcripts.sources.source import Transcript
from support.gemini_sessions import DIRECTORY, MAIN, put

LOST = "aaaaaaaa-0000-4000-8000-000000000001"


def typed(session: Any, number: Any, text: Any, **more: Any) -> dict[str, Any]:
    time = f"2025-08-02T09:00:0{number}.000Z"
    return {"sessionId": session, "messageId": number, "type": "user", "message": text, "timestamp": time, **more}


def logged(chats: Path, *entries: Any, name: str = "logs.json") -> Path:
    path = chats.parent / name
    path.write_bytes(entries[0] if isinstance(entries[0], bytes) else json.dumps(entries, indent=2).encode())
    return path


def found(chats: Path) -> tuple[list[Transcript], list[str]]:
    transcripts = list(gemini.find(chats.parent, search := Search()))
    return [one for one in transcripts if one.session_id.startswith("logs/")], search.problems


def read(transcript: Transcript) -> tuple[Session, list[Message]]:
    session = Session("gemini", transcript.session_id)
    return session, [one for one in gemini.read(transcript, session) if isinstance(one, Message)]


def test_prompts_of_a_session_without_a_file_are_a_session(chats: Path) -> None:
    path = logged(chats, typed(LOST, 0, "one"), typed("other", 1, "else"), typed(LOST, 2, "/stats"))
    transcripts, problems = found(chats)
    assert [(one.session_id, one.path) for one in transcripts] == [
        (f"logs/{LOST}", str(path)),
        ("logs/other", str(path)),
    ]
    session, messages = read(transcripts[0])
    assert [(one.kind, one.text, one.time) for one in messages] == [
        ("", "one", "2025-08-02T09:00:00.000Z"),
        ("command", "/stats", "2025-08-02T09:00:02.000Z"),
    ]
    assert len({one.id for one in messages}) == 2
    assert (session.source_session_id, session.cwd, session.lines.read) == (LOST, DIRECTORY, 2)
    assert problems == []


@pytest.mark.parametrize("name", [f"session-2026-01-02T03-04-{LOST[:8]}.jsonl", "session-x.json"])
def test_prompts_of_a_session_with_a_file_are_not_repeated(chats: Path, name: str) -> None:
    put(chats, {**MAIN, "sessionId": LOST}, name=name)
    path = logged(chats, typed(LOST, 0, "one"))
    assert found(chats) == ([], [])
    assert list(gemini.find(path, Search())) == []


def test_a_session_is_read_again_only_when_its_own_prompts_change(chats: Path) -> None:
    logged(chats, typed("a", 0, "one"), typed("b", 1, "two"))
    before = {one.session_id: one.fingerprint for one in found(chats)[0]}
    logged(chats, typed("a", 0, "one"), typed("b", 1, "two"), typed("b", 2, "three"))
    after = {one.session_id: one.fingerprint for one in found(chats)[0]}
    assert before["logs/a"] == after["logs/a"]
    assert before["logs/b"] != after["logs/b"]


def test_logs_that_the_client_put_aside_are_read_as_well(chats: Path) -> None:
    logged(chats, typed("a", 0, "later"))
    damaged = json.dumps([typed("a", 0, "first"), typed("a", 1, "second")]).encode()[:-4]
    logged(chats, damaged + b"X", name="logs.json.invalid_json.1754125200000.bak")
    logged(chats, b"{}", name="logs.json.malformed_array.1754125200001.bak")
    (transcript,), problems = found(chats)
    assert [one.text for one in read(transcript)[1]] == ["first", "later"]
    assert problems == []


@pytest.mark.parametrize("content", [b"[]", b"", b" \n"])
def test_an_empty_log_is_no_problem(chats: Path, content: bytes) -> None:
    logged(chats, content)
    assert found(chats) == ([], [])


def test_entries_that_are_not_understood_are_told(chats: Path) -> None:
    path = logged(
        chats, typed("a", 0, "one"), typed(5, 1, "x"), typed("b", 2, ["y"]), 7, typed("a", 3, "z", type="dream")
    )
    (transcript,), problems = found(chats)
    assert problems == [f"{path}: 3 prompts not understood"]
    session, messages = read(transcript)
    assert session.lines.unknown == {"dream": 1}
    assert [one.text for one in messages if not one.hidden] == ["one"]


def test_a_log_of_which_nothing_is_understood_is_told(chats: Path) -> None:
    path = logged(chats, b'{"prompts": ["one"]}')
    assert found(chats) == ([], [f"{path}: nothing in it is understood"])
