"""Standard output and standard error, whatever became of them: closed, full, or without a reader.

No write to them fails and none makes noise at exit: the work goes on, and what was lost is asked for at the end.
Standard library and Python 3.9 only: the launcher and the hooks import it.
"""

from __future__ import annotations

import errno
import io
import os
import sys

TYPE_CHECKING = False  # importing typing costs a tenth of a hook
if TYPE_CHECKING:
    from typing import Any, TextIO

_lost: list[OSError] = []  # the first error of standard output
_wanted: list[bool] = []


class _Lenient(io.RawIOBase):
    """Writes to `raw` until that fails, and then nowhere; the error goes to `lost`."""

    def __init__(self, raw: io.FileIO, lost: list[OSError]) -> None:
        self._raw = raw
        self._lost = lost
        self._is_broken = False

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        return self._raw.fileno()

    def isatty(self) -> bool:
        return self._raw.isatty()

    def write(self, data: Any) -> int | None:
        if self._is_broken:
            return len(data)
        try:
            return self._raw.write(data)
        except OSError as error:
            self._is_broken = True
            self._lost.append(error)
            return len(data)


def secure() -> None:
    """Make the process's own streams ones that never fail; called before anything else is opened.

    A closed one becomes the null device: the next file that is opened would get its number, and what is written to
    the stream, by us or by a child, would be written into that file.
    """
    for number in range(3):
        try:
            os.fstat(number)
        except OSError as error:
            if number == 1:
                _lost.append(error)
            os.set_inheritable(os.open(os.devnull, os.O_RDWR), True)  # takes the lowest free number
    if sys.stdin is None:
        sys.stdin = io.TextIOWrapper(io.BufferedReader(io.FileIO(0, closefd=False)), encoding="utf-8")
    if sys.stdout is None or sys.stdout is sys.__stdout__:
        sys.stdout = _lenient(sys.stdout, 1, _lost)
    if sys.stderr is None or sys.stderr is sys.__stderr__:
        sys.stderr = _lenient(sys.stderr, 2, [])


def need_output() -> None:
    """What is printed is all that this run is for: where it cannot be written, the run has failed."""
    _wanted.append(True)


def failure() -> OSError | None:
    """Why what was written to standard output did not arrive; None when it did."""
    sys.stdout.flush()
    return _lost[0] if _lost else None


def is_needed() -> bool:
    """Whether `need_output` was called."""
    return bool(_wanted)


def is_unwanted(error: OSError) -> bool:
    """Whether `error` is that nobody wants the output: it was closed, or its reader went away."""
    return error.errno in (errno.EBADF, errno.EPIPE)


def _lenient(stream: TextIO | None, number: int, lost: list[OSError]) -> TextIO:
    """A stream in the place of `stream`, which has the descriptor `number`."""
    if stream is None:
        raw = io.FileIO(number, "w", closefd=False)
        return io.TextIOWrapper(_buffered(raw, lost), encoding="utf-8", errors="backslashreplace")
    stream.flush()
    buffer: Any = stream.buffer
    raw = getattr(buffer, "raw", buffer)  # there is no buffer between when Python runs with -u
    is_at_once = number == 2 or stream.isatty()
    made = _buffered(raw, lost)
    return io.TextIOWrapper(made, encoding=stream.encoding, errors=stream.errors, line_buffering=is_at_once)


def _buffered(raw: io.FileIO, lost: list[OSError]) -> io.BufferedWriter:
    return io.BufferedWriter(_Lenient(raw, lost))
