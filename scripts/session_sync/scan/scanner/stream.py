"""Scans a file of any size in flat memory: chunk by chunk, each with some of its surroundings. Fails closed."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple, Protocol

from session_sync.scan.scanner.rule import OVERLAP
from session_sync.scan.scanner.scanner import Finding, Scanner

CHUNK = 1 << 21  # bytes that are judged at once
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")


class Unscannable(Exception):
    """The bytes cannot be judged: `reason` says in a few words why, `line` (from 1) where."""

    def __init__(self, reason: str, line: int) -> None:
        super().__init__(f"{reason} in line {line}")
        self.reason = reason
        self.line = line


class Mark(NamedTuple):
    """A place between two characters of a file: its offset in bytes, its line (from 1), the characters before it."""

    offset: int = 0
    line: int = 1
    characters: int = 0


class Found(NamedTuple):
    """A finding, its places counted from the beginning of the file, with its line and its value."""

    finding: Finding
    line: int
    value: str


class Hash(Protocol):
    """What hashlib makes."""

    def update(self, data: bytes, /) -> None: ...


START = Mark()


class Scan:
    """Iterate over it to get what is found in `stream` from `start` on, each finding once, in order.

    `start` is the beginning or what an earlier scan of the same bytes left as `settled`; only then must the stream
    be seekable. Afterwards `settled` is a place before which no bytes appended later can change a finding, and the
    bytes from `start` to there went into `digest`.
    """

    def __init__(self, stream: BinaryIO, scanner: Scanner, start: Mark = START, digest: Hash | None = None) -> None:
        self.settled = start
        self._stream = stream
        self._scanner = scanner
        self._digest = digest

    def __iter__(self) -> Iterator[Found]:
        """Raises Unscannable for bytes that are no text, and for whatever the scanner breaks on."""
        at, context, ahead = self.settled, self._context(), b""
        is_last = False
        while not is_last:
            ahead += self._read(CHUNK + OVERLAP - len(ahead))
            is_last = len(ahead) < CHUNK + OVERLAP
            seen = len(ahead) if is_last else border(ahead, len(ahead) - 1)
            size = len(ahead) if is_last else _cut(ahead, CHUNK)
            text = decoded(ahead[:seen], at)
            characters = len(text) - _length(ahead[size:seen])
            yield from self._judged(context, ahead[:seen], text, characters, at)
            settled = _cut(ahead, max(0, size - OVERLAP)) if is_last else size
            at = self._settle(at, ahead[:settled], characters - _length(ahead[settled:size]))
            context, ahead = _tail(context + ahead[max(0, size - 2 * OVERLAP) : size]), ahead[size:]

    def _judged(self, context: bytes, ahead: bytes, text: str, characters: int, at: Mark) -> Iterator[Found]:
        """What is found to begin in the first `characters` of `text`, which is `ahead` and stands at `at`."""
        try:
            findings = self._scanner.scan_bytes(context + ahead)
        except Exception as error:  # noqa: BLE001 - whatever went wrong, the bytes are not known to be clean
            raise Unscannable(f"the scanner failed ({type(error).__name__})", at.line) from None
        skipped = _length(context)
        line, place = at.line, 0
        for one in findings:
            start = one.start - skipped
            if 0 <= start < characters:
                line, place = line + text.count("\n", place, start), start
                value = text[start : one.end - skipped]
                shift = at.characters - skipped
                yield Found(dataclasses.replace(one, start=one.start + shift, end=one.end + shift), line, value)

    def _settle(self, at: Mark, data: bytes, characters: int) -> Mark:
        """The mark behind `data`, which begins at `at` and has so many characters; from now on it is settled."""
        if self._digest is not None:
            self._digest.update(data)
        self.settled = Mark(at.offset + len(data), at.line + data.count(b"\n"), at.characters + characters)
        return self.settled

    def _context(self) -> bytes:
        """The bytes before the start that are looked at; the stream is at the start afterwards."""
        offset = self.settled.offset
        if offset == 0:
            return b""
        self._stream.seek(max(0, offset - 2 * OVERLAP))
        return _tail(self._read(min(offset, 2 * OVERLAP)))

    def _read(self, size: int) -> bytes:
        """`size` bytes, fewer only at the end: a pipe gives what it has."""
        parts = []
        while size > 0 and (part := self._stream.read(size)):
            parts.append(part)
            size -= len(part)
        return b"".join(parts)


def scan(stream: BinaryIO, scanner: Scanner, start: Mark = START) -> Iterator[Found]:
    """What is found in `stream` from `start` on; raises Unscannable as Scan does."""
    return iter(Scan(stream, scanner, start))


def decoded(data: bytes, at: Mark) -> str:
    """`data`, which begins at `at`, as text."""
    if at.offset == 0 and data.startswith(_UTF_16):
        raise Unscannable("UTF-16 instead of UTF-8", 1)
    null = data.find(b"\0")
    if null >= 0:
        raise Unscannable("a NUL byte: no text", at.line + data.count(b"\n", 0, null))
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        raise Unscannable("undecodable: no UTF-8", at.line + data.count(b"\n", 0, error.start)) from None


def _cut(data: bytes, most: int) -> int:
    """Where to cut `data` at `most` or little before: at the start of a line, else at the border of a character."""
    line = data.rfind(b"\n", max(0, most - OVERLAP), most) + 1
    return line or (border(data, most) if most else 0)


def border(data: bytes | bytearray, end: int) -> int:
    """`end`, which is within `data`, or up to three bytes before: where a character begins."""
    return next((place for place in range(end, max(-1, end - 4), -1) if data[place] & 0xC0 != 0x80), end)


def _tail(data: bytes) -> bytes:
    """The end of `data` that the next chunk is seen with: OVERLAP bytes or more, so that it begins well."""
    return data[_cut(data, len(data) - OVERLAP) :] if len(data) > OVERLAP else data


def _length(data: bytes) -> int:
    """The characters in `data`."""
    return len(data) if data.isascii() else len(data.decode())
