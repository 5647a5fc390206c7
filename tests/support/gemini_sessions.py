"""Gemini CLI's sessions for tests: recorded ones, and logs made here."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec

from session_sync.transcripts.session import Message, Session, ToolOutput
from session_sync.transcripts.sources.gemini import source as gemini
from session_sync.transcripts.sources.search import Search
from support.homes import FIXTURES

RECORDED = FIXTURES / "gemini"
DIRECTORY = "/home/ada/code/widget"
TOOL = "session-2026-11-20T20-37-69674949.jsonl"
COMMAND = "session-2026-11-20T20-34-6bc89c85.jsonl"
RESUMED = "session-2026-11-21T18-08-ebd62464.jsonl"
DOCUMENT = "session-2025-10-02T08-00-5f2c1a70.json"
MAIN = {"sessionId": "11112222-3333", "projectHash": "0", "startTime": "2026-01-02T03:04:05.000Z", "kind": "main"}


def put(chats: Path, *lines: Any, name: str = "session-2026-01-02T03-04-11112222.jsonl") -> Path:
    """A log of `lines`: bytes as they are, all else as JSON."""
    path = chats / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(b"".join(one if isinstance(one, bytes) else json.dumps(one).encode() + b"\n" for one in lines))
    return path


def said(identity: str, text: Any, kind: str = "user", **more: Any) -> dict[str, Any]:
    return {"id": identity, "timestamp": "2026-01-02T03:05:00.000Z", "type": kind, "content": text, **more}


def read(path: Path) -> tuple[Session, list[Message | ToolOutput]]:
    (transcript,) = gemini.find(path, Search())
    session = Session("gemini", transcript.session_id)
    items = list(gemini.read(transcript, session))
    lines = session.lines
    assert lines.read == lines.kept + sum(lines.dropped.values())
    msgspec.json.encode([session, items])
    return session, items


def texts(path: Path, hidden: str = "") -> list[str]:
    return [one.text for one in read(path)[1] if isinstance(one, Message) and one.hidden == hidden]
