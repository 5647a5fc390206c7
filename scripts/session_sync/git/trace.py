"""What git writes down while it works: that the remote still speaks, and which program it waits for."""

from __future__ import annotations

import json
import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_OWN = re.compile(r"|git|git-remote-\w+|git-(upload|receive)-pack")  # what waits for the remote itself
_PROGRAM = re.compile(r"\s*(?:\w+=\S*\s+|exec\s+)*['\"]?([^\s'\"]+)(?:\s+(credential-\S+))?")


class Trace:
    """The record of one git command in the file `place`, and of all that it starts; none without a file."""

    def __init__(self, place: Path | None) -> None:
        self._place = place

    @property
    def variables(self) -> dict[str, str]:
        """What git must find in its environment."""
        if not self._place:
            return {}
        names = ("GIT_TRACE2_EVENT", "GIT_TRACE_PACKET", "GIT_LFS_PROGRESS")
        return {**dict.fromkeys(names, str(self._place)), "GIT_TRACE_BARE": "1"}

    @property
    def size(self) -> int:
        """It grows with each packet from the remote, also with those that mean no more than "still here"."""
        try:
            return self._place.stat().st_size if self._place else 0
        except OSError:
            return 0

    def waits_for(self) -> str:
        """The name of the program that git waits for, "" when it is one of git's own, or unknown."""
        return next((name for name in reversed(self._running().values()) if not _OWN.fullmatch(name)), "")

    def _running(self) -> dict[tuple[str, int], str]:
        """The name of each child that was started and has not ended, in the order of their starts."""
        found: dict[tuple[str, int], str] = {}
        with suppress(OSError):
            for line in self._place.read_bytes().splitlines() if self._place else ():
                with suppress(ValueError, KeyError, TypeError):  # another kind of record
                    event = json.loads(line)
                    child = (event["sid"], event["child_id"])
                    if event["event"] == "child_start":
                        found[child] = _name(event["argv"], event.get("child_class", ""))
                    elif event["event"] == "child_exit":
                        found.pop(child, None)
        return found


def _name(command: list[str], purpose: str) -> str:
    """What the program in `command` is called, without its arguments, which may hold anything."""
    found = _PROGRAM.match(" ".join(command[:2]))
    if not found or purpose.startswith(("transport/", "remote-", "hook")):  # of ours none runs
        return ""
    return f"git-{found[2]}" if found[2] and found[1] == "git" else re.split(r"[/\\]", found[1])[-1]


@contextmanager
def recorded(wanted: bool) -> Iterator[Trace]:
    """A record for one command, removed at the end; an empty one when none is `wanted`."""
    if not wanted:
        yield Trace(None)
        return
    try:
        descriptor, name = tempfile.mkstemp(prefix="session-sync-", suffix=".trace")
    except OSError:  # without room for it one knows less
        yield Trace(None)
        return
    os.close(descriptor)
    try:
        yield Trace(Path(name))
    finally:
        with suppress(OSError):
            os.unlink(name)
