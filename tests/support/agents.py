"""Writes transcripts as the agents' clients do, for tests of what is made of them."""

from __future__ import annotations

import json
import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import Any

START = "2026-11-20T10:{minute:02d}:00.000Z"
Line = dict[str, Any]


def session_id(number: int) -> str:
    return str(uuid.UUID(int=number, version=4))


def claude_lines(name: str, prompts: Sequence[str], cwd: str, minute: int = 0, output: str = "done") -> list[Line]:
    """The lines of a Claude Code session: each prompt is answered after a shell command."""
    lines: list[Line] = []
    parent = None

    def add(kind: str, message: Line) -> None:
        nonlocal parent
        own = f"{name[:8]}-{len(lines)}"
        common = {"cwd": cwd, "sessionId": name, "version": "2.1.329", "gitBranch": "main", "isSidechain": False}
        time = START.format(minute=minute + len(lines) // 10)
        lines.append({"type": kind, "uuid": own, "parentUuid": parent, "timestamp": time, **common, "message": message})
        parent = own

    for number, prompt in enumerate(prompts):
        call = {"type": "tool_use", "id": f"call-{number}", "name": "Bash", "input": {"command": f"run {number}"}}
        result = {"type": "tool_result", "tool_use_id": f"call-{number}", "content": output, "is_error": False}
        usage = {"input_tokens": 10, "output_tokens": 2}
        add("user", {"role": "user", "content": prompt})
        add("assistant", {"role": "assistant", "id": f"a{number}", "model": "opus", "content": [call], "usage": usage})
        add("user", {"role": "user", "content": [result]})
        answer = [{"type": "text", "text": f"Answer {number} to {prompt}"}]
        add("assistant", {"role": "assistant", "id": f"b{number}", "model": "opus", "content": answer, "usage": usage})
    return lines


def write_lines(path: Path, lines: Sequence[Line]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    return path


def claude(home: Path, number: int, *prompts: str, cwd: str = "/work/pilot", minute: int = 0, output: str = "") -> Path:
    """Write the Claude Code session `number` below `home`; returns the path of its transcript."""
    folder = "".join(one if one.isalnum() else "-" for one in cwd)[:100]
    path = home / ".claude" / "projects" / folder / f"{session_id(number)}.jsonl"
    return write_lines(path, claude_lines(session_id(number), prompts, cwd, minute, output or "done"))


def codex(home: Path, number: int, *prompts: str, cwd: str = "/work/pilot", remote: str = "") -> Path:
    """Write the Codex session `number` below `home`; returns the path of its transcript."""
    name = session_id(number)
    git = {"commit_hash": "a" * 40, "branch": "main", "repository_url": remote} if remote else {}
    meta = {"id": name, "timestamp": START.format(minute=0), "cwd": cwd, "cli_version": "0.169.0", "git": git}
    lines = [{"timestamp": START.format(minute=0), "type": "session_meta", "payload": meta}]
    for minute, prompt in enumerate(prompts):
        for kind, text in (("user_message", prompt), ("agent_message", f"Answer to {prompt}")):
            payload = {"type": kind, "message": text}
            lines.append({"timestamp": START.format(minute=minute), "type": "event_msg", "payload": payload})
    path = home / ".codex" / "sessions" / "2026" / "11" / "20" / f"rollout-2026-11-20T10-00-00-{name}.jsonl"
    return write_lines(path, lines)
