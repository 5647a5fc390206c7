"""Who holds the round's lock, by its own word: a record with signs of life, and the watch that others keep on it."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

from session_sync import system
from session_sync.home import files, orphans, paths

SIGN_OF_LIFE = 1.0  # seconds between two that the holder gives
LOOK_EVERY = 0.2  # seconds between two looks at the holder
HUNG_AFTER = 600.0  # seconds without a sign of progress; every git command gives up long before
WATCHED = 30.0  # seconds; a holder that works shows progress far more often

Progress = Callable[[], None]


class Record(NamedTuple):
    """Who took the lock last, as it says itself."""

    pid: int
    start: str
    space: str | None  # None: by an earlier version
    keeps_children: bool
    shown: float  # its last sign of life, by the clock that no one sets and that stands still while a laptop sleeps

    def encoded(self) -> bytes:
        return json.dumps(self._asdict()).encode()

    def is_alive(self) -> bool:
        return system.process_start(self.pid) == self.start

    def is_near(self) -> bool:
        """Whether it can be told from here if that process lives: not of another container, or before a restart."""
        return self.space == system.process_space()


@contextmanager
def owning(keeps_children: bool = False) -> Iterator[Progress]:
    """Say who holds the lock; gives the function that shows progress."""
    record = of_this_process(keeps_children)
    _write(record)
    shown = [record.shown]

    def progress() -> None:
        if time.monotonic() - shown[0] > SIGN_OF_LIFE:
            shown[0] = time.monotonic()
            with suppress(OSError):  # a full disk, or somebody removed state/: no reason to stop
                _write(record._replace(shown=shown[0]))

    yield progress


def of_this_process(keeps_children: bool = False) -> Record:
    pid = os.getpid()
    return Record(pid, system.process_start(pid) or "", system.process_space(), keeps_children, time.monotonic())


def _write(record: Record) -> None:
    files.write_atomic(paths.round_owner(), record.encoded(), durable=False)


def read(place: Path) -> Record | None:
    """The record at `place` of the process that took the lock last; None when that is unknown."""
    try:
        found = json.loads(place.read_bytes())
        space, keeps = found.get("space"), bool(found.get("keeps_children"))
        return Record(int(found["pid"]), str(found["start"]), space, keeps, float(found.get("shown", 0)))
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


class Watch:
    """Watches the holder while we wait: one that hangs is killed, and what a dead one left running is ended.

    Never by age alone: the clock may have been set. The record must be HUNG_AFTER old *and* stay untouched for WATCHED
    while we look, and the process must be the very one that wrote it.
    """

    def __init__(self) -> None:
        self._seen = (-1.0, 0.0)  # the record's time, and since when we have seen it so
        self._orphans = orphans.OrphanWatch(paths.round_lock())
        self._next = 0.0

    def look(self) -> None:
        if time.monotonic() < self._next:
            return
        self._next = time.monotonic() + LOOK_EVERY
        record = read(paths.round_owner())
        try:
            touched = paths.round_owner().stat().st_mtime
        except OSError:
            return
        if touched != self._seen[0]:
            self._seen = (touched, time.monotonic())
        if not record:
            return
        is_old = time.time() - touched >= HUNG_AFTER
        if record.is_near() and touched > time.time():  # the clock was set back since
            is_old = time.monotonic() - record.shown >= HUNG_AFTER
        if record.is_alive():
            if is_old and time.monotonic() - self._seen[1] >= WATCHED:
                system.kill(record.pid)
        elif record.is_near() and not record.keeps_children:
            self._orphans.look(is_old)
