"""Codex's rollouts for tests: recorded ones, and lines made here."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec

from session_sync.transcripts.session import Message, Session
from session_sync.transcripts.sources.codex import source as codex
from session_sync.transcripts.sources.pairing import paired
from session_sync.transcripts.sources.search import Search
from session_sync.transcripts.sources.source import Transcript
from support.homes import FIXTURES

ROLLOUTS = FIXTURES / "codex"
THREAD = "01a1fd70-1111-7aaa-8aaa-aaaaaaaaaaaa"
REVERT = "01a1fd7a-2222-7bbb-8bbb-bbbbbbbbbbbb"
CHILD = "01a1faa3-4b90-79c2-850e-1cdc297a5ed5"
PARENT = "01a1faa2-3c35-7ee3-ae2a-6e625642fd88"
Line = dict[str, Any]


def rollout(home: Path, thread: str, data: bytes, day: str = "2026/11/21", suffix: str = "", end: str = "") -> Path:
    """A rollout as Codex would put it below `home`."""
    folder = home / "sessions" / day if day else home / "archived_sessions"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"rollout-2026-11-21T09-00-00-{thread}{suffix}.jsonl{end}"
    path.write_bytes(data)
    return path


def fixture(name: str) -> bytes:
    return (ROLLOUTS / f"{name}.jsonl").read_bytes()


def read(transcript: Transcript) -> tuple[Session, list[Message]]:
    """The session and its messages; every line must be accounted for, and all of it must be JSON."""
    session = Session("codex", transcript.session_id)
    messages = list(paired(codex.read(transcript, session)))
    assert session.lines.read == session.lines.kept + sum(session.lines.dropped.values())
    msgspec.json.decode(msgspec.json.encode((session, messages)))
    return session, messages


def read_fixture(tmp_path: Path, name: str) -> tuple[Session, list[Message]]:
    rollout(tmp_path, THREAD, fixture(name))
    (found,) = codex.find(tmp_path, Search())
    return read(found)


def read_lines(tmp_path: Path, *lines: Line | str) -> tuple[Session, list[Message]]:
    text = "\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines)
    (found,) = codex.find(rollout(tmp_path, THREAD, text.encode() + b"\n"), Search())
    return read(found)


def item(**payload: Any) -> Line:
    return {"timestamp": "2026-11-21T09:00:00.000Z", "type": "response_item", "payload": payload}


def event(**payload: Any) -> Line:
    return {"timestamp": "2026-11-21T09:00:01.000Z", "type": "event_msg", "payload": payload}


def completed(**inner: Any) -> Line:
    return event(type="item_completed", item=inner)


def said(text: str) -> Line:
    return item(type="message", role="user", content=[{"type": "input_text", "text": text}])


def answered(text: str) -> Line:
    return item(type="message", role="assistant", content=[{"type": "output_text", "text": text}])


def at(second: int, line: Line) -> Line:
    """`line` as it was written `second` seconds after nine."""
    return {**line, "timestamp": f"2026-11-21T09:{second // 60:02}:{second % 60:02}.000Z"}


def meta(thread: str, second: int = 0, **facts: Any) -> Line:
    """A rollout's first line."""
    told = {
        "id": thread,
        "timestamp": f"2026-11-21T09:{second // 60:02}:{second % 60:02}.000Z",
        "cwd": "/home/ada/loom",
    }
    return at(second, {"type": "session_meta", "payload": {**told, **facts}})


def view(messages: list[Message]) -> list[tuple[str, str]]:
    """What a reader sees of prompts and answers."""
    return [(one.role, one.text) for one in messages if not one.hidden and one.text]
