"""A long text in parts, of which any run can be had again; what is too much for the memory waits on the disk."""

from __future__ import annotations

import tempfile
from array import array
from collections.abc import Iterator
from typing import IO

_IN_MEMORY = 8 << 20  # bytes
_BLOCK = 1 << 20


class Parts:
    """Parts that were added one after the other."""

    def __init__(self) -> None:
        self._held: list[bytes] = []
        self._held_size = 0
        self._file: IO[bytes] | None = None  # everything that is not held, once that is too much
        self._ends = array("Q", [0])

    def add(self, part: bytes) -> None:
        """Take the next part."""
        self._held.append(part)
        self._held_size += len(part)
        self._ends.append(self._ends[-1] + len(part))
        if self._held_size > _IN_MEMORY:
            self._put_away()

    def run(self, numbers: range) -> Iterator[bytes]:
        """The parts with these numbers, in blocks."""
        if self._file is None:
            yield b"".join(self._held[numbers.start : numbers.stop])
            return
        self._put_away()
        left = self._ends[numbers.stop] - self._ends[numbers.start]
        self._file.seek(self._ends[numbers.start])
        while left and (block := self._file.read(min(_BLOCK, left))):
            left -= len(block)
            yield block

    def close(self) -> None:
        """Forget everything."""
        if self._file:
            self._file.close()

    def _put_away(self) -> None:
        if self._file is None:
            self._file = tempfile.TemporaryFile()  # noqa: SIM115 - closed by `close`; its name is gone at once
        self._file.seek(0, 2)
        self._file.write(b"".join(self._held))
        self._held, self._held_size = [], 0
