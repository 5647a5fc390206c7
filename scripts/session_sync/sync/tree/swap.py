"""Puts files into a user's working tree: in one instant, never over another one, with the user's own rights."""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from pathlib import Path

from session_sync import system
from session_sync.home import files


def swap(one: Path, other: Path, spare: Path) -> None:
    """Have two files change places; `spare` is a free name. Raises OSError, and both are where they were."""
    if system.exchange(one, other):
        return
    try:
        os.link(other, spare, follow_symlinks=False)
    except (OSError, NotImplementedError):
        os.rename(other, spare)
    try:
        os.replace(one, other)
        os.rename(spare, one)
    except OSError:
        if not os.path.lexists(other):
            os.rename(spare, other)
        raise


def claim(source: Path, place: Path) -> bool:
    """Move a file or a link to `place`; False, and it is where it was, when that is taken."""
    if source.is_symlink():
        try:
            os.symlink(os.readlink(source), place)
        except FileExistsError:
            return False
    elif not files.claim(source, place):
        return False
    source.unlink(missing_ok=True)
    return True


def make_folders(folder: Path) -> None:
    """Make `folder` and those around it that are missing. Raises OSError."""
    if not folder.is_dir():
        make_folders(folder.parent)
        folder.mkdir()
        give_rights(folder)


def give_rights(folder: Path) -> None:
    """Give a folder the rights that the user's own get: our umask is for what we keep."""
    if os.name == "posix":
        inherited = folder.stat().st_mode & (stat.S_ISGID | stat.S_ISVTX)
        folder.chmod(inherited | (0o777 & ~system.users_umask()))


def remove_empty(folder: Path) -> None:
    """Remove `folder` when it is one that holds nothing but empty folders: git tells of no such."""
    for inner, _, _ in os.walk(folder, topdown=False) if not folder.is_symlink() else ():
        with suppress(OSError):
            os.rmdir(inner)


def give_group(new: Path, folder: Path) -> None:
    """Give a new file the group that one made in `folder` gets."""
    wanted = folder.stat()
    if wanted.st_mode & stat.S_ISGID and new.lstat().st_gid != wanted.st_gid:
        with suppress(OSError):  # a group that the user is not in
            os.chown(new, -1, wanted.st_gid, follow_symlinks=False)
