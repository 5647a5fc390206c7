"""Compares two readings of a message: whether they say the same, and whether one says all that the other did.

Both are redacted, perhaps by different rules: what stands for a value that was taken out says nothing of it.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from session_sync.transcripts.session import Attachment, Message, ToolCall

_MARK = "[REDACTED"
_REDACTED = re.compile(r"\[REDACTED[^\]\n]{0,200}\]")
_MOST_ALIKE = 64  # calls of one id that are looked at
_LAST_WORD = re.compile(r"\S{1,512}\Z")  # a value may have been half written, and not known as one
_encode = msgspec.json.Encoder().encode


def digest(message: Message) -> int:
    """A number that is the same for messages with the same content, whatever their ids, times and places are."""
    calls = [(call.id, call.name, call.input, call.output, call.result, _facts(call)) for call in message.tool_calls]
    content = (message.text, message.thinking, calls, _facts(message), message.record)
    return int.from_bytes(hashlib.blake2b(_encode(content), digest_size=8).digest())


def says_nothing(message: Message) -> bool:
    """Whether there is nothing in `message` that could be lost."""
    has_words = message.text.strip() or message.thinking.strip()
    return not (has_words or message.tool_calls or message.attachments or message.record is not None)


def covers(new: Message, old: Message) -> bool:
    """Whether everything that `old` says is in `new` too."""
    return (
        _text_covers(new.text, old.text)
        and _text_covers(new.thinking, old.thinking)
        and _value_covers(new.record, old.record)
        and _attachments_cover(new.attachments, old.attachments)
        and _calls_cover(new.tool_calls, old.tool_calls)
    )


def _text_covers(new: str, old: str) -> bool:
    """Whether the pieces of `old`, which stand between what was taken out of it, are all in `new`, in their order."""
    if not old or new == old:
        return True
    at = 0
    for piece in _REDACTED.split(old):
        piece = piece.strip()
        found = new.find(piece, at)
        if found < 0:
            piece = _LAST_WORD.sub("", piece)
            found = new.find(piece + _MARK, at)
            if found < 0:
                return False
        at = found + len(piece)
    return True


def _value_covers(new: Any, old: Any) -> bool:
    """The same for any JSON: no text, no name and no item is missing. Numbers may have changed."""
    if isinstance(old, str):
        text = new if isinstance(new, str) else _encode(new).decode()
        return _text_covers(text, old)
    if isinstance(old, dict):
        if not isinstance(new, dict):
            return not old
        return all(key in new and _value_covers(new[key], value) for key, value in old.items())
    if isinstance(old, list):
        if not isinstance(new, list) or len(new) < len(old):
            return not old
        return all(_value_covers(one, other) for one, other in zip(new, old, strict=False))
    return old is None or new is not None


def _calls_cover(new: Sequence[ToolCall], old: Sequence[ToolCall]) -> bool:
    by_id: dict[str, list[ToolCall]] = {}
    for call in new:
        by_id.setdefault(call.id, []).append(call)
    return all(any(_call_covers(one, call) for one in by_id.get(call.id, ())[:_MOST_ALIKE]) for call in old)


def _call_covers(new: ToolCall, old: ToolCall) -> bool:
    return (
        old.name in ("", new.name)
        and _value_covers(new.input, old.input)
        and _text_covers(new.output, old.output)
        and _value_covers(new.result, old.result)
        and _attachments_cover(new.attachments, old.attachments)
    )


def _attachments_cover(new: Iterable[Attachment], old: Iterable[Attachment]) -> bool:
    there = {_fact(one) for one in new}
    return all(_fact(one) in there for one in old)


def _facts(owner: Message | ToolCall) -> list[tuple[str, str]]:
    return [_fact(one) for one in owner.attachments]


def _fact(one: Attachment) -> tuple[str, str]:
    """What tells an attachment from others: its bytes if they are known, else its name."""
    return ("", one.sha256) if one.sha256 else (one.name, one.url)
