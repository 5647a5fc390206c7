"""Claude Code's sessions for tests: real ones, cut down, and ones made here."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec

from session_sync.transcripts.session import Message, Session, ToolOutput
from session_sync.transcripts.sources.claude import source as claude
from session_sync.transcripts.sources.search import Search
from session_sync.transcripts.sources.source import Transcript
from support.homes import FIXTURES

RECORDED = FIXTURES / "claude"
FOLDER = "-home-ada-code-loom"
TOOLS, COMPACTED, PARENT, FORK, EARLY = (f"aaaaaaaa-000{n}-4000-8000-00000000000{n}" for n in range(1, 6))
AGENT = f"{PARENT}/agent-ac3ac1f52089193d1"


class Read:
    """A session that was read."""

    def __init__(self, transcript: Transcript) -> None:
        self.session = Session("claude", transcript.session_id)
        self.items = list(claude.read(transcript, self.session))
        lines = self.session.lines
        assert lines.read == lines.kept + sum(lines.dropped.values())
        msgspec.json.encode([self.session, self.items])  # whatever came in, it can be archived

    @property
    def messages(self) -> list[Message]:
        return [item for item in self.items if isinstance(item, Message)]

    @property
    def outputs(self) -> list[ToolOutput]:
        return [item for item in self.items if isinstance(item, ToolOutput)]

    @property
    def told(self) -> list[tuple[str, str]]:
        """The conversation as it is shown."""
        return [(one.role, one.text) for one in self.messages if not one.hidden]


def found(root: Path) -> dict[str, Transcript]:
    return {one.session_id: one for one in claude.find(root, Search())}


def real(session_id: str) -> Read:
    return Read(found(RECORDED)[session_id])


class Made:
    """Writes transcripts below a configuration folder."""

    def __init__(self, home: Path) -> None:
        self.root = home / ".claude"
        self.folder = self.root / "projects" / "-x"
        self.folder.mkdir(parents=True)

    def write(self, stem: str, *lines: Any) -> Path:
        path = self.folder / f"{stem}.jsonl"
        path.parent.mkdir(parents=True, exist_ok=True)
        whole = [line if isinstance(line, bytes) else json.dumps(line).encode() for line in lines]
        path.write_bytes(b"".join(line + b"\n" for line in whole))
        return path

    def read(self, stem: str, *lines: Any) -> Read:
        if lines:
            self.write(stem, *lines)
        return Read(found(self.root)[stem])


def line(kind: str, uuid: str, parent: str = "", content: Any = "", second: int = 0, **more: Any) -> dict[str, Any]:
    message = {"id": more.pop("id", ""), "content": content, **more.pop("message", {})}
    time = f"2026-05-01T10:{second // 60:02}:{second % 60:02}.000Z"
    return {"type": kind, "uuid": uuid, "parentUuid": parent or None, "timestamp": time, "message": message, **more}


def user(uuid: str, parent: str = "", content: Any = "", second: int = 0, **more: Any) -> dict[str, Any]:
    return line("user", uuid, parent, content, second, **more)


def answer(uuid: str, parent: str, text: str, second: int = 0, **more: Any) -> dict[str, Any]:
    content = [{"type": "text", "text": text}]
    return line("assistant", uuid, parent, content, second, **{"id": f"m-{uuid}", **more})


def result(call: str, content: Any) -> list[dict[str, Any]]:
    return [{"type": "tool_result", "tool_use_id": call, "content": content}]


def boundary(uuid: str, after: str, subtype: str = "compact_boundary", **more: Any) -> dict[str, Any]:
    """Where the context was compacted."""
    told = {"subtype": subtype, "content": "Conversation compacted", "logicalParentUuid": after}
    return {"type": "system", "uuid": uuid, "parentUuid": None, "level": "info", **told, **more}


def summary(uuid: str, parent: str, text: str, **more: Any) -> dict[str, Any]:
    """What the model had of the conversation from then on."""
    return user(uuid, parent, text, isCompactSummary=True, **more)
