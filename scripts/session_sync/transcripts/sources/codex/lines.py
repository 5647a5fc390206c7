"""Decodes the lines of a Codex rollout: only what is read of them, in one step, so that any damage is seen at once."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec

from session_sync.transcripts.sources import shapes
from session_sync.transcripts.sources.codex.records import (
    EVENTS,
    ITEMS,
    TOOL_EVENTS,
    Compacted,
    Context,
    Event,
    Item,
    Meta,
    State,
    ToolEvent,
    Unknown,
    Usage,
)


class RolloutLine(msgspec.Struct, gc=False):
    """A line: when it was written, its place in the thread, what it holds."""

    payload: Any = None
    timestamp: Any = None
    ordinal: Any = None


class _Line(RolloutLine, gc=False, tag_field="type", tag=""):
    """Base of the lines whose payload has a shape that we know."""


class _MetaLine(_Line, tag="session_meta", gc=False):
    payload: Meta


class _ContextLine(_Line, tag="turn_context", gc=False):
    payload: Context


class _ItemLine(_Line, tag="response_item", gc=False):
    payload: Item


class _EventLine(_Line, tag="event_msg", gc=False):
    payload: Event


class _UsageLine(_Line, tag="token_usage_record", gc=False):
    payload: Usage


class _CompactedLine(_Line, tag="compacted", gc=False):
    payload: Compacted


class _StateLine(_Line, tag="world_state", gc=False):
    payload: State


class _ToolLine(msgspec.Struct, gc=False):
    payload: ToolEvent


_SHAPES: dict[str, type[msgspec.Struct]] = {
    "session_meta": Meta,
    "turn_context": Context,
    "response_item": Item,
    "event_msg": Event,
    "token_usage_record": Usage,
    "compacted": Compacted,
    "world_state": State,
}
_Lines = _MetaLine | _ContextLine | _ItemLine | _EventLine | _UsageLine | _CompactedLine | _StateLine
_line = msgspec.json.Decoder(_Lines).decode
_tool_line = msgspec.json.Decoder(_ToolLine).decode
_object = msgspec.json.Decoder(dict[str, Any]).decode


def decode(line: bytes) -> RolloutLine:
    """The record in `line`; raises what msgspec raises if it is no JSON object."""
    try:
        record: RolloutLine = _line(line)
    except msgspec.ValidationError:
        return recovered(_object(line))
    payload = record.payload
    kind = type(payload)
    if kind is Event:
        if payload.type in TOOL_EVENTS:
            record.payload = _tool_line(line).payload
        elif payload.type not in EVENTS:
            return recovered(_object(line))
    elif kind is Item and payload.type not in ITEMS:
        return recovered(_object(line))
    return record


def recovered(value: dict[str, Any]) -> RolloutLine:
    """The record in an object that is none of the usual ones, or that was found in a damaged line."""
    name = shapes.text(value.get("type"))
    return RolloutLine(_payload(name, value), value.get("timestamp"), value.get("ordinal"))


def _payload(name: str, value: dict[str, Any]) -> Any:
    shape, inner = _SHAPES.get(name), value.get("payload")
    if not shape or not isinstance(inner, dict):
        return Unknown(name, value)
    if shape is Compacted:  # Raw cannot be made of an object
        return Compacted(inner.get("message"), msgspec.Raw(b"[{}]" if inner.get("replacement_history") else b""))
    kind = shapes.text(inner.get("type"))
    if shape in (Item, Event) and kind not in (ITEMS if shape is Item else EVENTS):
        return Unknown(f"{name}/{kind}", value)
    return msgspec.convert(inner, ToolEvent if shape is Event and kind in TOOL_EVENTS else shape)


def time(value: Any) -> str:
    """`value` if it is an RFC 3339 time, in UTC and with a Z; else ""."""
    if not isinstance(value, str) or value[10:11] != "T" or len(value) > 40:
        return ""
    try:
        parsed = datetime.fromisoformat(value)
        if value[-1] == "Z":
            return value
        if parsed.tzinfo is None:
            return ""
        return parsed.astimezone(UTC).isoformat().replace("+00:00", "Z")
    except (ValueError, OverflowError):
        return ""
