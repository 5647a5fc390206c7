"""Reads JSON Lines that may be damaged: every line is given, mended, or named and counted; none stops the rest."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import Any, BinaryIO, TypeVar

import msgspec

from session_sync.transcripts.session import Raw, Session
from session_sync.transcripts.sources.long_lines import LineReader, OddLine

LONGEST_LINE = 16 << 20  # bytes of a line that are held; of a longer one, long values are cut
_TRIES = 64  # places in a damaged line where a record may begin
_RECORD = re.compile(r'\{\s*"')
_LONE = re.compile("[\ud800-\udfff]")
_python = json.JSONDecoder(strict=False)
_T = TypeVar("_T")


class Position:
    """Where the line is that was read last: its `offset` and `length` (bytes, without its end)."""

    def __init__(self) -> None:
        self.offset = 0
        self.length = -1
        self.is_cut = False  # what was given of it is not all

    def move(self, length: int, is_cut: bool) -> None:
        """Go on to the next line."""
        self.offset += self.length + 1
        self.length, self.is_cut = length, is_cut


def read(
    stream: BinaryIO,
    name: str,
    session: Session,
    decode: Callable[[bytes], _T],
    shape: Any,
    place: Position | None = None,
) -> Iterator[tuple[int, _T]]:
    """The records in `stream`, each with the number of its line (from 1), and at its end a Raw in `session`.

    `decode` makes a record of type `shape` from a line, as a msgspec decoder does. The caller counts each record that
    it gets with `session.keep` or `session.drop`; lines that hold none are dropped and named here. `place` is kept
    where the line is that is decoded.
    """
    reader = LineReader(stream, LONGEST_LINE)
    number = blank = 0
    for found in reader:
        odd = found if isinstance(found, OddLine) else None
        for line in [found.text] if isinstance(found, OddLine) else found:
            number += 1
            if place:
                place.move(odd.length if odd else len(line), odd is not None and odd.is_cut)
            if odd and not _is_usable(odd, number, name, session):
                continue
            try:
                yield number, decode(line)
            except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
                blank += not line.strip()
                for record in _mended(line, number, name, session, shape, odd is None or odd.is_ended):
                    yield number, record
    session.raw.append(Raw(name, reader.size, reader.digest.hexdigest(), number - blank))


def _is_usable(line: OddLine, number: int, name: str, session: Session) -> bool:
    """Whether there is anything to decode in a line that may be cut, which is told."""
    if line.is_cut and line.text:
        session.name_problem(number, "long values cut", name)
    elif line.is_cut:
        _drop(session, "too long", number, name)
    return bool(line.text)


def _mended(line: bytes, number: int, name: str, session: Session, shape: Any, is_ended: bool) -> Iterator[Any]:
    """The records in a `line` that is no clean JSON of the `shape`; what is wrong with it is named."""
    if not line.strip(b"\0 \t\r\n"):
        if line.strip():
            _drop(session, "only NULs", number, name)
        return
    text = line.replace(b"\0", b"").decode("utf-8", "replace")
    given = dropped = 0
    for value in _values(text):
        try:
            yield msgspec.convert(value, shape)
            given += 1
        except (msgspec.ValidationError, RecursionError):
            dropped += 1
            _drop(session, "not a record" if not isinstance(value, dict) else "of an unexpected shape", number, name)
    session.lines.joined += max(0, given + dropped - 1)
    if given:
        session.name_problem(number, "damaged, mended", name)
    elif not dropped:
        _drop(session, "no JSON" if is_ended else "cut off", number, name)


def _values(text: str) -> Iterator[Any]:
    """The JSON values in `text`, which may stand one behind the other, with damage between them."""
    starts = iter([0, *(match.start() for match, _ in zip(_RECORD.finditer(text), range(_TRIES), strict=False))])
    end = 0
    for start in starts:
        if start < end:
            continue
        try:
            value, end = _python.raw_decode(text, _first(text, max(start, end)))
            value = _clean(value)
        except (ValueError, RecursionError):
            continue
        yield value


def _first(text: str, start: int) -> int:
    """The first character from `start` on that is no space."""
    return len(text) - len(text[start:].lstrip())


def _clean(value: Any) -> Any:
    """`value` without halves of surrogate pairs, which no UTF-8 can hold."""
    if isinstance(value, str):
        return _LONE.sub("\ufffd", value)
    if isinstance(value, list):
        return [_clean(one) for one in value]
    if isinstance(value, dict):
        return {_LONE.sub("\ufffd", key): _clean(one) for key, one in value.items()}
    return value


def _drop(session: Session, reason: str, number: int, name: str) -> None:
    session.drop(reason)
    session.name_problem(number, reason, name)
