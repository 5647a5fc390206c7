"""Ends what a killed round left running: a git that waits for a remote, and holds the lock that it inherited.

Who holds a lock is seen by the open file that carries it, never by a number that somebody noted: no other process can
be taken for one of ours. What still works may finish.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

IDLE = 5.0  # seconds without any work after which it waits for something that nobody will answer
CLEARING_UP = 3.0  # seconds that it has from being asked to end to being killed
_CLOCK_TICKS = 100.0  # a second; proc(5)

Holders = dict[int, float]  # pid -> seconds of work that the process has done


class OrphanWatch:
    """Watches the processes that hold the lock at `place` whose owner is dead, and ends them when they only wait."""

    def __init__(self, place: Path) -> None:
        self._place = place
        self._seen: Holders = {}
        self._idle_since = time.monotonic()
        self._asked: float | None = None  # when they were asked to end

    def look(self, is_late: bool) -> None:
        """Look again; to be called all the while that we wait. What is `late` may not go on, however much it does."""
        now, found = time.monotonic(), holders(self._place)
        if found != self._seen and not (is_late and found.keys() == self._seen.keys()):
            self._seen, self._idle_since, self._asked = found, now, None if self._asked is None else now
        elif now - self._idle_since < IDLE:
            return
        elif self._asked is None:
            self._asked = now
            self._send(signal.SIGTERM, signal.SIGCONT)  # one that is stopped cannot even end
        elif now - self._asked >= CLEARING_UP:
            self._send(getattr(signal, "SIGKILL", signal.SIGTERM))

    def _send(self, *numbers: int) -> None:
        for pid in self._seen:
            with suppress(OSError), _sender(pid) as send:  # it has ended
                if pid in holders(self._place):  # also now that its number can mean no other process
                    for number in numbers:
                        send(number)


class _Sender:
    """Sends signals to one process, by a handle of it where there are such."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._handle = os.pidfd_open(pid) if sys.platform == "linux" and hasattr(os, "pidfd_open") else None

    def __call__(self, number: int) -> None:
        if sys.platform == "linux" and self._handle is not None:
            signal.pidfd_send_signal(self._handle, number)
        else:
            os.kill(self._pid, number)

    def close(self) -> None:
        if self._handle is not None:
            os.close(self._handle)


@contextmanager
def _sender(pid: int) -> Iterator[_Sender]:
    sender = _Sender(pid)
    try:
        yield sender
    finally:
        sender.close()


def holders(place: Path) -> Holders:
    """The processes of this user, but for this one, that hold the lock on the file at `place`."""
    if os.name != "posix":
        return {}  # there no child inherits it
    found = _in_proc(place) if sys.platform == "linux" else _by_lsof(place)
    return {pid: work for pid, work in found if pid != os.getpid()}


def _in_proc(place: Path) -> Iterator[tuple[int, float]]:
    wanted = os.path.realpath(place)
    for name in os.listdir("/proc"):
        with suppress(OSError):  # it has ended, or is none of ours to look into
            if name.isdigit() and os.stat(f"/proc/{name}").st_uid == os.geteuid() and _holds(name, wanted):
                fields = Path(f"/proc/{name}/stat").read_text(errors="replace").rpartition(")")[2].split()
                yield int(name), (int(fields[11]) + int(fields[12])) / _CLOCK_TICKS


def _holds(pid: str, wanted: str) -> bool:
    """Whether the process has the file open and locked: who waits for a lock has it open as well, for an instant."""
    for number in os.listdir(f"/proc/{pid}/fd"):
        with suppress(OSError):  # closed just now
            if os.readlink(f"/proc/{pid}/fd/{number}") == wanted:
                return "FLOCK" in Path(f"/proc/{pid}/fdinfo/{number}").read_text(errors="replace")
    return False


def _by_lsof(place: Path) -> Iterator[tuple[int, float]]:
    """By the open file alone. Who waits has it open for an instant, and so is not seen again and again."""
    listed = _said("lsof", "-t", "-u", str(os.geteuid()), "-a", "--", str(place))
    for pid in listed.split():
        work = 0.0
        for part in _said("ps", "-o", "time=", "-p", pid).strip().replace("-", ":").split(":"):
            with suppress(ValueError):
                work = work * 60 + float(part)
        yield int(pid), work


def _said(*command: str) -> str:
    try:
        return subprocess.run(command, capture_output=True, text=True, timeout=10, check=False).stdout
    except (OSError, subprocess.TimeoutExpired):
        return ""
