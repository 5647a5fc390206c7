"""Shows JSON, indented where it is long."""

from __future__ import annotations

import json
import re
from typing import Any

import msgspec

from session_sync.text.markdown import fence

_NARROW = 100  # JSON up to this size stands on one line
_MOST = 1 << 20  # characters of a text that is looked at as JSON
_DEEPEST = 50  # lists and objects within each other: indented, the size of others grows with the square
_BRACKET = re.compile(r"[\[\]{}]")
_TOO_DEEP = "*nested too deeply to be shown; it is in the JSON*\n\n"


def json_block(value: Any) -> str:
    """Any JSON."""
    try:
        text = msgspec.json.encode(value).decode()
    except (UnicodeEncodeError, OverflowError, TypeError):
        return fence(json.dumps(value, indent=2, default=repr), "json")  # ASCII, so that anything goes
    except RecursionError:
        return _TOO_DEEP
    if _is_deep(text):
        return _TOO_DEEP
    return fence(msgspec.json.format(text, indent=2 if len(text) > _NARROW else 0), "json")


def json_in(text: str) -> str:
    """The list or object that `text` is, if it is long enough that lines help; else ""."""
    if not (text and text[0] in "{[" and text[-1] in "}]" and _NARROW < len(text) <= _MOST) or _is_deep(text):
        return ""
    try:
        return fence(msgspec.json.format(text, indent=2), "json")
    except (msgspec.DecodeError, UnicodeEncodeError, RecursionError):
        return ""


def _is_deep(text: str) -> bool:
    """Whether brackets are deep within each other, those in strings counted as well."""
    if text.count("{") + text.count("[") <= _DEEPEST:
        return False
    depth = 0
    for bracket in _BRACKET.findall(text):
        depth += 1 if bracket in "{[" else -1
        if depth > _DEEPEST:
            return True
    return False
