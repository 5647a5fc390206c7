"""Replaces files of a working tree one by one; nothing that is written meanwhile is lost, and all can be undone.

A new file and the old one change places in one instant; the old one is kept until the end and looked at again: a
program that had it open may have written to it.
"""

from __future__ import annotations

import errno
import os
import shutil
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from session_sync.sync.tree.look import Look, is_as, look
from session_sync.sync.tree.swap import claim, give_group, give_rights, make_folders, remove_empty, swap

_GRACE = 0.05  # seconds: who appends a line has opened the file just before


class Changed(Exception):
    """The file at `place` is not as it was when the update began."""

    def __init__(self, place: Path) -> None:
        super().__init__(f"{place} changed")
        self.place = place


class _Done(NamedTuple):
    """A change that was made at `place`: where the old file is kept, and how the old and the new one looked.

    None when there is no such file; neither for a folder that was made.
    """

    place: Path
    kept: Path
    before: Look | None
    after: Look | None


class Replacement:
    """Changes of files in the tree at `root`; old files are kept in the folder `keep` on its disk.

    `spare(number)` names a file for a change below another mount, to be put beside its place.
    """

    def __init__(self, root: Path, keep: Path, spare: Callable[[int], str]) -> None:
        self._root = root
        self._keep = keep
        self._spare = spare
        self._done: list[_Done] = []
        self._undone: list[tuple[Path, Path, Look]] = []  # place, where what left it is kept, how that looked

    def put(self, number: int, new: Path, place: Path, before: Look | None) -> None:
        """Have the file `new` at `place`, where a file looked as `before`. Raises Changed, OSError; then it is not."""
        self.make_folder(place.parent)
        try:
            self._put(number, new, place, before)
        except OSError as error:
            if error.errno != errno.EXDEV:
                raise
            copy = self._beside(number, new, place)
            try:
                self._put(number, copy, place, before)
            except (Changed, OSError):
                copy.unlink(missing_ok=True)
                raise

    def remove(self, number: int, place: Path, before: Look) -> None:
        """Take the file at `place` away, which looked as `before`. Raises Changed, OSError; then it is there."""
        kept = self._keep / str(number)
        try:
            os.rename(place, kept)
        except FileNotFoundError:
            raise Changed(place) from None
        except OSError as error:
            if error.errno != errno.EXDEV:
                raise
            kept = place.with_name(self._spare(number))
            os.rename(place, kept)
        if not is_as(kept, before):
            claim(kept, place)
            raise Changed(place)
        self._done.append(_Done(place, kept, before, None))
        self._prune(place.parent)

    def remove_folder(self, place: Path) -> None:
        """Remove the folder at `place` when it is empty, and those around it that this empties."""
        self._prune(place)

    def make_folder(self, folder: Path) -> None:
        """Make `folder` in the tree, with the rights that the user's own folders get. Raises Changed, OSError."""
        if folder == self._root:
            return
        self.make_folder(folder.parent)
        if folder.is_dir() and not folder.is_symlink():
            return
        try:
            folder.mkdir()
        except FileExistsError:
            raise Changed(folder) from None
        self._done.append(_Done(folder, folder, None, None))
        give_rights(folder)

    def check(self) -> None:
        """Raise Changed when an old file was written to after it left its place."""
        for one in self._done:
            if one.before and not is_as(one.kept, one.before):
                raise Changed(one.place)

    def undo(self) -> None:
        """Have everything as it was; what was written meanwhile stays in its place. Raises OSError."""
        while self._done:
            self._undo_one(self._done[-1])
            self._done.pop()

    def _undo_one(self, one: _Done) -> None:
        if one.after is None:
            if one.before is None:
                with suppress(OSError):  # somebody put something there
                    one.place.rmdir()
            else:
                make_folders(one.place.parent)
                if not claim(one.kept, one.place):
                    self._undone.append((one.place, one.kept, one.before))
        elif one.before is None:
            self._take_back(one.place, one.kept, one.after)
        elif self._is_swapped_back(one, one.after):
            self._undone.append((one.place, one.kept, one.after))
        else:
            self._undone.append((one.place, one.kept, one.before))

    def _is_swapped_back(self, one: _Done, after: Look) -> bool:
        """Swap the old file and the new one again; False when somebody has written to the new one."""
        if not is_as(one.place, after):
            return False
        swap(one.kept, one.place, self._keep / "swap")
        if is_as(one.kept, after):
            return True
        swap(one.kept, one.place, self._keep / "swap")
        return False

    def _take_back(self, place: Path, kept: Path, after: Look) -> None:
        """Remove a file that was put where none was, unless it was written to."""
        with suppress(FileNotFoundError):
            if place.is_symlink() or kept.parent == place.parent:  # nothing may stay in a folder that was made for it
                if is_as(place, after):
                    place.unlink()
                return
            os.rename(place, kept)
            if is_as(kept, after) or not claim(kept, place):
                self._undone.append((place, kept, after))

    def written_to(self) -> list[tuple[Path, Path]]:
        """(place, where it is kept) of the files that were written to after they left; the others are removed.

        A program that had one open gets a moment to end that. Raises OSError.
        """
        left = [*self._undone, *((one.place, one.kept, one.before) for one in self._done if one.before)]
        if left:
            time.sleep(_GRACE)
        found = []
        for place, kept, looked in left:
            if is_as(kept, looked):
                kept.unlink()
            elif os.path.lexists(kept):
                found.append((place, kept))
        return found

    def _put(self, number: int, new: Path, place: Path, before: Look | None) -> None:
        give_group(new, place.parent)
        after = look(new, may_read=False)
        if before is None:
            remove_empty(place)
            if not claim(new, place):
                raise Changed(place)
            if place.is_symlink():
                after = look(place)  # it was made anew
        else:
            try:
                swap(new, place, self._keep / str(number))
            except FileNotFoundError:
                raise Changed(place) from None
            if not is_as(new, before):
                swap(new, place, self._keep / str(number))
                raise Changed(place)
        self._done.append(_Done(place, new, before, after))

    def _beside(self, number: int, new: Path, place: Path) -> Path:
        """A copy of `new` below the mount of `place`."""
        copy = place.with_name(self._spare(number))
        try:
            shutil.copy2(new, copy, follow_symlinks=False)
        except BaseException:
            copy.unlink(missing_ok=True)
            raise
        return copy

    def _prune(self, folder: Path) -> None:
        """Remove `folder` and those around it as far as they are empty and nobody is in them that we know of."""
        with suppress(OSError):  # not empty
            while folder != self._root and not _is_ours(folder):
                folder.rmdir()
                folder = folder.parent


def _is_ours(folder: Path) -> bool:
    """Whether this process was called in `folder`: git leaves such a one too."""
    try:
        return os.path.samefile(folder, os.curdir)
    except OSError:
        return False
