"""Tells what the client's own records say to a reader: errors, denials, what happened while they were away."""

from __future__ import annotations

from typing import Any

from session_sync.transcripts.sources import shapes
from session_sync.transcripts.sources.claude.contents.content import Parts
from session_sync.transcripts.sources.claude.records import TranscriptLine
from session_sync.transcripts.sources.claude.texts import prompts
from session_sync.transcripts.sources.claude.texts.said import Said

_COMMAND = "local_command"
_BY_HOOKS = "stop_hook_summary"
# Records with a text that say nothing about the conversation: state of the client, and links that let others in.
_QUIET = frozenset(
    ("bridge_status", "bridge_state", "file_snapshot", "init", "status", "turn_duration", "session_metadata")
)
_LEVELS = ("warning", "error")  # at which a record of no subtype was shown
_NO_ANSWER = "No response requested."  # put in by the client behind a command
_DEEPEST = 6  # levels of an error
_MOST_ERRORS = 20


def of_system(record: TranscriptLine) -> list[Said]:
    """What a "system" record says; nothing if it only holds the client's state."""
    if record.subtype == "api_error":
        return [Said(" ".join(filter(None, ("API error", _error(record.error)))), "notice")]
    if record.subtype == _BY_HOOKS:
        return _hooks(record)
    text = Parts.of(record.content).text
    if not text.strip():
        return []
    said = prompts.read(text)
    if record.subtype == _COMMAND:
        return [one if one.kind else Said(one.text, "output") for one in said]
    if any(one.kind in ("command", "output") for one in said):
        return said
    is_told = record.subtype not in _QUIET if record.subtype else record.level in _LEVELS
    return [Said(text, "notice" if is_told else "", hidden="" if is_told and not record.isMeta else "system")]


def of_client(text: str) -> Said:
    """What the client says in the model's name in `text`."""
    return Said(text, "notice", hidden="system" if text.strip() in ("", _NO_ANSWER) else "")


def _hooks(record: TranscriptLine) -> list[Said]:
    """Why hooks did not let the agent stop, or failed."""
    errors = [_error(one) for one in shapes.sequence(record.hookErrors)[:_MOST_ERRORS]]
    text = "\n".join(filter(None, (record.stopReason or "", *errors)))
    return [Said(text, "hook", "Stop")] if text.strip() else []


def _error(value: Any, level: int = 0) -> str:
    """The words of an error, which may be deep in what a server answered, after its number."""
    if not isinstance(value, dict):
        return shapes.text(value)
    if level >= _DEEPEST:
        return ""
    inner = next((text for key in ("error", "cause") if (text := _error(value.get(key), level + 1))), "")
    own = shapes.text(value.get("message")) or inner or shapes.text(value.get("type")) or shapes.text(value.get("code"))
    number = shapes.count(value.get("status"))
    return f"{number}: {own}" if number and own else own or (str(number) if number else "")
