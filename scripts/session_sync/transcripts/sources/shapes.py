"""Takes what a source needs out of JSON that may have any shape: a value of the wrong type is as good as none."""

from __future__ import annotations

import hashlib
import io
import os
import re
from datetime import UTC, datetime
from typing import Any

import msgspec

from session_sync.transcripts.session import Raw, Session
from session_sync.transcripts.sources import json_lines

JsonObject = dict[str, Any]
LARGEST_COUNT = 1 << 53  # a count above it is none
_LAST_WORD = re.compile(r"\S+\Z")
_LONGEST_WORD = 512  # characters; what is longer is no secret
_LONGEST_NAME = 80  # characters of a name that the sessions' counts are kept under
decode_object = msgspec.json.Decoder(JsonObject).decode


def text(value: object) -> str:
    """`value` if it is a string."""
    return value if isinstance(value, str) else ""


def mapping(value: object) -> JsonObject:
    """`value` if it is a JSON object."""
    return value if isinstance(value, dict) else {}


def sequence(value: object) -> list[Any]:
    """`value` if it is a JSON array."""
    return value if isinstance(value, list) else []


def count(value: object) -> int:
    """`value` if it is a number of things."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return 0
    return int(value) if 0 <= value <= LARGEST_COUNT else 0


def cut(text: str, most: int) -> str:
    """The beginning of `text`, no part of a word at its end: that could be most of a secret, and not known as one."""
    if len(text) <= most:
        return text
    kept = max(0, most - _LONGEST_WORD)
    return text[:kept] + _LAST_WORD.sub("", text[kept:most])


def says(text: str, value: Any) -> bool:
    """Whether every text and number in `value`, any JSON, stands in `text`; of yes and no that cannot be told."""
    waiting, told = [value], False
    while waiting:
        one = waiting.pop()
        if isinstance(one, (dict, list)):
            waiting.extend(one.values() if isinstance(one, dict) else one)
        elif one is not None and not isinstance(one, bool):
            told = True
            if (one.strip() if isinstance(one, str) else str(one)) not in text:
                return False
    return told


def counted_name(value: object, otherwise: str) -> str:
    """`value` as a name to count by, cut if it is long; `otherwise` if it is none."""
    return cut(text(value), _LONGEST_NAME) or otherwise


def path_text(path: str) -> str:
    """`path`, or a part of it, as text that can be written: bytes that are no UTF-8 are escaped."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def moment(value: object) -> str:
    """The time that `value` tells, an RFC 3339 text or milliseconds since the epoch, in UTC; "" if it tells none."""
    try:
        if isinstance(value, str):
            told = datetime.fromisoformat(value)
            told = told if told.tzinfo else told.replace(tzinfo=UTC)
        elif isinstance(value, int | float) and not isinstance(value, bool):
            told = datetime.fromtimestamp(value / 1000, UTC)
        else:
            return ""
        return told.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    except (ValueError, OverflowError, OSError):
        return ""


def read_object(data: bytes, number: int, place: str, session: Session) -> JsonObject | None:
    """The JSON object in `data`, mended if it is damaged; None when there is none, which is counted as dropped.

    What is wrong with it is named in `session`, as the row `number` of `place`.
    """
    try:
        return decode_object(data)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        trial = Session("", "")
        line = io.BytesIO(data.replace(b"\r", b" ").replace(b"\n", b" ") + b"\n")
        for _, mended in json_lines.read(line, "", trial, decode_object, JsonObject):
            session.name_problem(number, "damaged, mended", place)
            return mended
    reason = next(iter(trial.lines.dropped), "empty")
    session.drop(reason)
    session.name_problem(number, reason, place)
    return None


class Seal:
    """The size and SHA-256 of rows that are no file of their own."""

    def __init__(self) -> None:
        self._digest = hashlib.sha256()
        self._size = 0

    def add(self, data: bytes) -> None:
        """Take the next row."""
        self._digest.update(data)
        self._size += len(data)

    def raw(self, path: str) -> Raw:
        """What a session says of the rows, which are at `path` in the source."""
        return Raw(path, self._size, self._digest.hexdigest())
