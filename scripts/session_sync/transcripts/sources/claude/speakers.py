"""Tells who speaks in a prompt: the text says it, or what the client notes beside it."""

from __future__ import annotations

from session_sync.transcripts.session import Hidden
from session_sync.transcripts.sources.claude.contents.content import Parts
from session_sync.transcripts.sources.claude.records import TranscriptLine
from session_sync.transcripts.sources.claude.texts import prompts
from session_sync.transcripts.sources.claude.texts.said import Said

# Origins of a prompt that is another agent's, a plugin's or a service's.
_OTHERS = frozenset(("task-notification", "peer", "channel", "plugin", "coordinator", "observer-activity"))
_CLIENT = "auto-continuation"


def of_prompt(record: TranscriptLine, parts: Parts) -> list[Said]:
    """All that is said in a prompt, at least one piece: the person's own words, if there are any, are of no kind."""
    said = [_whose(one, record) for text in parts.texts for one in prompts.read(text)]
    said = _together(said)
    if parts.attachments and not any(one.role == "user" for one in said) and not _by_client(record):
        said.append(Said(""))
    return said or [Said(parts.text, hidden=_by_client(record) or "system")]


def _together(said: list[Said]) -> list[Said]:
    """The pieces with all of the person's own words in the first of those."""
    own = [one for one in said if one.role == "user" and not one.kind]
    if len(own) < 2:
        return said
    whole = Said("\n\n".join(one.text for one in own))
    return [whole if one is own[0] else one for one in said if one is own[0] or not any(one is other for other in own)]


def _whose(one: Said, record: TranscriptLine) -> Said:
    """A piece that says nothing of its kind itself is of whom the client names."""
    if one.kind or one.hidden:
        return one
    origin = record.origin
    if origin and origin.kind in _OTHERS:
        return one._replace(kind="agent", sender=origin.name or origin.sender or origin.server or origin.kind)
    return one._replace(hidden="injected" if origin and origin.kind == _CLIENT else _by_client(record))


def _by_client(record: TranscriptLine) -> Hidden:
    """Why a prompt that the client made is not shown; "" if it is not the client's."""
    if record.isMeta:
        return "injected"
    return "system" if record.promptSource == "system" else ""
