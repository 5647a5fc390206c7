"""Shows on a terminal how far long work has come."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable, Iterator
from typing import TypeVar

_EVERY = 0.2  # seconds
_WIDTH = 30
_CLEAR = "\r\x1b[K"
T = TypeVar("T")


def shown(work: Iterable[T], count: int, is_quiet: bool, what: str = "files") -> Iterator[T]:
    """The `count` items of `work`, with a bar on standard error while they are taken, if that is a terminal."""
    if is_quiet or sys.stderr is None or not sys.stderr.isatty():
        yield from work
        return
    due = time.monotonic() + _EVERY
    is_drawn = False
    for done, item in enumerate(work):
        if time.monotonic() >= due:
            bar = "#" * (_WIDTH * done // count)
            sys.stderr.write(f"{_CLEAR}[{bar:{_WIDTH}}] {what}: {done} of {count}")
            sys.stderr.flush()
            due, is_drawn = time.monotonic() + _EVERY, True
        yield item
    if is_drawn:
        sys.stderr.write(_CLEAR)
        sys.stderr.flush()
