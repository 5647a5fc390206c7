"""A copy of a working tree's index to work on: the user's own is replaced in one instant, or left alone.

git holds index.lock for as long as it works, and a git that is killed leaves it behind forever. We hold it for one
rename, and know our own by its inode should we be killed just then.
"""

from __future__ import annotations

import os
import shutil
import time
from contextlib import suppress
from pathlib import Path

from session_sync.errors import UserError
from session_sync.home import files
from session_sync.sync.tree import held

INDEX_PATIENCE = 10.0  # seconds that another git command may hold the index
_POLL = 0.02

_FileId = tuple[int, int, int, int]


class TreeIndex:
    """The index of the work tree at `root` with this `git_dir`; `own` is the user's, `path` our copy of it."""

    def __init__(self, git_dir: Path, root: Path) -> None:
        self._places = (root, git_dir)
        self.own = git_dir / "index"
        self._lock = git_dir / "index.lock"
        self.path = git_dir / "session-sync" / "index"
        self._taken: _FileId | None = None

    def take(self) -> Path:
        """Copy the user's index as it is now; returns the copy's path.

        The copy has the original's time, by which git knows files that changed in the same instant.
        """
        self.path.parent.mkdir(exist_ok=True)
        self._clear()
        while True:
            self._taken = _file_id(self.own)
            if self._taken is None:
                return self.path
            with suppress(FileNotFoundError):
                shutil.copy(self.own, self.path)
                if _file_id(self.own) == self._taken:
                    os.utime(self.path, ns=(self._taken[2], self._taken[2]))
                    return self.path

    def publish(self) -> bool:
        """Put the copy in the place of the user's index; False when that is not what was copied any more.

        Raises Deferred when another git command keeps the index locked, UserError when a dead one does.
        """
        self._claim_lock()
        if _file_id(self.own) != self._taken:
            self._lock.unlink()
            return False
        if self._taken:
            shutil.copymode(self.own, self._lock)
        os.replace(self._lock, self.own)
        self.path.unlink(missing_ok=True)
        return True

    def _claim_lock(self) -> None:
        deadline = time.monotonic() + INDEX_PATIENCE
        while not files.claim(self.path, self._lock):
            refusal = held.refusal(self._lock, self._places)
            if time.monotonic() > deadline or isinstance(refusal, UserError):  # a dead git's goes by no waiting
                raise refusal
            time.sleep(_POLL)

    def _clear(self) -> None:
        """Remove what a killed round left: its copy, git's lock on that, and the user's lock if it was ours."""
        with suppress(FileNotFoundError):
            if os.path.samefile(self._lock, self.path):
                self._lock.unlink()
        for left in (self.path, self.path.with_name("index.lock")):
            left.unlink(missing_ok=True)


def _file_id(path: Path) -> _FileId | None:
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns
