"""Takes a file apart into lines; of those that are too long to be held, the long values are cut.

Pictures and outputs of tools can make a line of hundreds of megabytes.
"""

from __future__ import annotations

import hashlib
import io
import os
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

KEPT_OF_STRING = 4096  # bytes at the beginning of a long string
_BLOCK = 1 << 18
_LAST_WORD = re.compile(rb"[^ ]+\Z")  # could be most of a secret, not known as one; or a part of an escape sequence
_LONGEST_WORD = 512  # bytes
_IN_STRING = re.compile(rb'(?:[^"\\]+|\\.)*+', re.DOTALL)


@dataclass(frozen=True)
class OddLine:
    """A line that is not like the others: cut (b"" if it was too long even so), or without an end."""

    text: bytes
    length: int  # of the whole, in bytes
    is_cut: bool
    is_ended: bool


class LineReader:
    """Reads `stream` in blocks; afterwards `size` and `digest` (SHA-256) are those of all that was read."""

    def __init__(self, stream: BinaryIO, longest: int) -> None:
        self.size = 0
        self.digest = hashlib.sha256()
        self._stream = stream
        self._end = _size(stream)
        self._longest = longest

    def __iter__(self) -> Iterator[list[bytes] | OddLine]:
        """Lists of ordinary lines, without their ends, and each line between them that is none."""
        rest = b""
        while block := self._read():
            lines = (rest + block).split(b"\n")
            rest = lines.pop()
            if lines:
                yield lines
            if len(rest) > self._longest:
                line, rest = self._shortened(rest)
                yield line
        if rest:
            yield OddLine(rest, len(rest), is_cut=False, is_ended=False)

    def _read(self) -> bytes:
        block = self._stream.read(min(_BLOCK, self._end - self.size))
        self.size += len(block)
        self.digest.update(block)
        return block

    def _shortened(self, begin: bytes) -> tuple[OddLine, bytes]:
        """The line that starts with `begin`, its long strings cut, and what was read behind it."""
        cut = _Cut()
        cut.add(begin)
        length = len(begin)
        rest = end = b""
        while not end and (block := self._read()):
            piece, end, rest = block.partition(b"\n")
            length += len(piece)
            if cut.size <= self._longest:
                cut.add(piece)
        return OddLine(cut.line() if cut.size <= self._longest else b"", length, True, bool(end)), rest


def _size(stream: BinaryIO) -> int:
    """How many bytes to read: no more than a file has now, or it may be written faster than it is read."""
    if isinstance(stream, io.BufferedReader) and isinstance(stream.raw, io.FileIO):
        return os.fstat(stream.fileno()).st_size
    return sys.maxsize


class _Cut:
    """Takes a line piece by piece and keeps of each string no more than KEPT_OF_STRING bytes."""

    def __init__(self) -> None:
        self.size = 0
        self._parts: list[bytes] = []
        self._in_string = False
        self._string = b""  # what is kept of the string we are in
        self._left_out = 0
        self._pending = b""  # a backslash at the end of a piece: what it escapes comes next

    def add(self, piece: bytes) -> None:
        piece, self._pending = self._pending + piece, b""
        at = 0
        while at < len(piece):
            at = self._within(piece, at) if self._in_string else self._between(piece, at)

    def line(self) -> bytes:
        """What is left of the line."""
        return b"".join(self._parts) + self._string + self._pending

    def _between(self, piece: bytes, at: int) -> int:
        """Take what is no string; returns where to go on."""
        quote = piece.find(b'"', at)
        end = len(piece) if quote < 0 else quote + 1
        self._keep(piece[at:end])
        self._in_string = quote >= 0
        return end

    def _within(self, piece: bytes, at: int) -> int:
        """Take what is in a string; returns where to go on."""
        found = _IN_STRING.match(piece, at)
        end = found.end() if found else at
        room = max(0, KEPT_OF_STRING - len(self._string))
        self._string += piece[at : min(end, at + room)]
        self._left_out += max(0, end - at - room)
        if piece[end : end + 1] == b'"':
            self._close()
            return end + 1
        self._pending = piece[end:]
        return len(piece)

    def _close(self) -> None:
        if self._left_out:
            text = self._string[:-_LONGEST_WORD] + _LAST_WORD.sub(b"", self._string[-_LONGEST_WORD:])
            self._string = text + b" [%d bytes cut]" % (self._left_out + len(self._string) - len(text))
        self._keep(self._string + b'"')
        self._string, self._left_out, self._in_string = b"", 0, False

    def _keep(self, data: bytes) -> None:
        self._parts.append(data)
        self.size += len(data)
