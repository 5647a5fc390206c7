"""Decodes the lines of a Codex rollout: only what is read of them, in one step, so that any damage is seen at once."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec

from session_sync.transcripts.sources import shapes
from session_sync.transcripts.sources.codex.format.kinds import EVENTS, ITEMS, LETTER, RARE_EVENTS, STATES, TOOL_EVENTS
from session_sync.transcripts.sources.codex.format.records import (
    Compacted,
    Context,
    Event,
    Item,
    Letter,
    LetterItem,
    Meta,
    RareEvent,
    Spoken,
    State,
    ToolEvent,
    Unknown,
    Usage,
)

_ROLES = ("user", "assistant", "developer", "system", "tool")  # a tuple: what is asked for may be any value


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


class _LetterLine(_Line, tag="inter_agent_communication", gc=False):
    payload: Letter


class _ToolLine(msgspec.Struct, gc=False):
    payload: ToolEvent


_SHAPES: dict[str, type[msgspec.Struct]] = {
    "session_meta": Meta,
    "turn_context": Context,
    "response_item": Item,
    "event_msg": Event,
    "token_usage_record": Usage,
    "compacted": Compacted,
    "inter_agent_communication": Letter,
    "realtime_item": Spoken,
    **dict.fromkeys(STATES, State),
}
_Lines = _MetaLine | _ContextLine | _ItemLine | _EventLine | _UsageLine | _CompactedLine | _StateLine | _LetterLine
_COMMON_ITEMS = ITEMS - {LETTER}
_COMMON_EVENTS = EVENTS - RARE_EVENTS
_ENVELOPES = {
    "response": "response_item",
    "event": "event_msg",
    "state": "world_state",
    "prev_session_meta": "session_meta",
}
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
        elif payload.type not in _COMMON_EVENTS:
            return recovered(_object(line))
    elif kind is Item and (payload.type not in _COMMON_ITEMS or (payload.type == "message" and _is_odd(payload))):
        return recovered(_object(line))
    return record


def recovered(value: dict[str, Any]) -> RolloutLine:
    """The record in an object that is none of the usual ones, or that was found in a damaged line."""
    name, inner = shapes.text(value.get("type")), value.get("payload")
    if name not in _SHAPES or not isinstance(inner, dict):
        name, inner = _without_envelope(value, name)
    return RolloutLine(_payload(name, inner, value), value.get("timestamp"), value.get("ordinal"))


def _without_envelope(value: dict[str, Any], name: str) -> tuple[str, Any]:
    """What `value` holds if it is a line as Codex wrote them until 0.34: the type it has now, and the payload."""
    tagged = shapes.text(value.get("record_type"))
    if isinstance(value.get("payload"), dict):
        return name or tagged, None
    if isinstance(value.get("msg"), dict):
        return "event_msg", value["msg"]
    if tagged:
        return _ENVELOPES.get(tagged, tagged), value
    if name in ITEMS and not (name in EVENTS and isinstance(value.get("message"), str)):
        return "response_item", value
    if name in EVENTS:
        return "event_msg", value
    if not name and isinstance(value.get("role"), str) and "content" in value:
        return "response_item", {**value, "type": "message"}
    is_meta = isinstance(value.get("id"), str) and any(one in value for one in ("timestamp", "instructions", "git"))
    return ("session_meta", value) if is_meta and not name else (name, None)


def _payload(name: str, inner: Any, value: dict[str, Any]) -> Any:
    shape = _SHAPES.get(name)
    if not shape or not isinstance(inner, dict):
        return Unknown(name, value)
    if shape is Compacted:  # Raw cannot be made of an object
        return Compacted(inner.get("message"), msgspec.Raw(b"[{}]" if inner.get("replacement_history") else b""))
    kind = shapes.text(inner.get("type"))
    if shape in (Item, Event) and kind not in (ITEMS if shape is Item else EVENTS):
        return Unknown(f"{name}/{kind}", value)
    if shape is Event and kind in RARE_EVENTS:
        return RareEvent(kind, inner)
    if shape is Item and kind == LETTER:
        return msgspec.convert(inner, LetterItem)
    if shape is Item and kind == "message" and _is_odd(msgspec.convert(inner, Item)):
        return Unknown(f"{name}/{kind} of {shapes.text(inner.get('role')) or 'nobody'}", value)
    return msgspec.convert(inner, ToolEvent if shape is Event and kind in TOOL_EVENTS else shape)


def _is_odd(item: Item) -> bool:
    """Whether a message has no content, or is from somebody whom nobody knows: it may be of a newer form."""
    return item.content is None or item.role not in _ROLES


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
