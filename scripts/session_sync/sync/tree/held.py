"""Locks of git's in a user's repository that are in our way: of a git that works, or left by one that died.

git itself never removes a lock that it finds, and nor do we: another program may hold it without having it open. Who
may remove it is told how.
"""

from __future__ import annotations

import os
import re
import shlex
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from session_sync.errors import Deferred, SessionSyncError, UserError
from session_sync.git.failure import GitError
from session_sync.text import lines

LEFT_AFTER = 300.0  # seconds; then a lock is a dead git's, unless a git runs in the repository
FORGOTTEN_AFTER = 86400.0  # seconds; then it is in any case
_FOUND = re.compile(r"(?:Unable to create|could not lock config file) '?(.+?)'?: File exists")


def in_the_way(root: Path, error: GitError) -> Path | None:
    """The lock that `error`, of a git command in the tree at `root`, tells of."""
    found = _FOUND.search(error.detail)
    if not found:
        return None
    name = found[1] if found[1].endswith(".lock") else f"{found[1]}.lock"  # git names the file and not its lock
    return root / name


def refusal(lock: Path, places: tuple[Path, ...]) -> SessionSyncError:
    """Why a round cannot go on, and whether the next one can, given the repository's `places`: its tree, its .git."""
    try:
        age = time.time() - lock.stat().st_mtime
    except OSError:
        age = 0.0
    is_of_future = age < -LEFT_AFTER  # the clock was set back
    if (age < LEFT_AFTER and not is_of_future) or (age < FORGOTTEN_AFTER and _git_runs_in(places)):
        return Deferred(f"another git command {_since(age, lock)}; the next sync does the rest")
    when = "before the clock was set back" if is_of_future else f"{lines.age(age)} ago"
    return UserError(
        f"{lock} was left by a git that died {when}, and keeps everybody out; if no git runs there: "
        f"rm -- {shlex.quote(str(lock))}"
    )


def _since(age: float, lock: Path) -> str:
    return f"has held {lock} for {lines.age(age)}" if age >= 60 else f"holds {lock}"


def _git_runs_in(places: tuple[Path, ...]) -> bool:
    """Whether some git works in one of `places`; False where that cannot be seen."""
    wanted = [os.path.realpath(place) for place in places]
    return any(here == place or here.startswith(f"{place}/") for here in _folders_of_gits() for place in wanted)


def _folders_of_gits() -> Iterator[str]:
    """Where all running gits are: git goes to the top of the tree that it works in."""
    if sys.platform != "linux":
        return
    for process in Path("/proc").iterdir():
        with suppress(OSError):  # it has ended, or is another user's
            if process.name.isdigit() and (process / "comm").read_text(errors="replace").startswith("git"):
                yield os.readlink(process / "cwd")
