"""Where git would look for the repository around a folder, by what lies there: also where git itself does not answer.

A folder that is simply in no repository is told from one whose repository cannot be read without starting git.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from session_sync.errors import UserError


class Untold(UserError):
    """There is a repository, or there may be one, and nobody can tell which; the message says why and what to do."""


def holder(directory: Path) -> Path | None:
    """The nearest folder around `directory` with a `.git`, or that is a bare repository; None when there is none.

    Unlike git it looks beyond the limits of a file system: a volume may be mounted in a work tree. Raises Untold when
    one of the folders may not be looked at.
    """
    here, ceilings = Path(os.path.realpath(directory)), set(_ceilings())
    for folder in (here, *here.parents):
        if folder != here and folder in ceilings:
            return None
        try:
            if _has_git(folder / ".git") or is_bare(folder):
                return folder
        except OSError as error:
            raise Untold(f"{folder} cannot be looked at: {error.strerror}; make it readable for you") from None
    return None


def is_bare(folder: Path) -> bool:
    """Whether `folder` is a git directory itself, and has no other one in it."""
    is_whole = all(os.path.isdir(folder / name) for name in ("objects", "refs")) and os.path.lexists(folder / "HEAD")
    return is_whole and not os.path.lexists(folder / ".git")


def _has_git(path: Path) -> bool:
    """Whether `path` is a git directory, or a file or link that leads to one, be it there or not."""
    try:
        kind = os.lstat(path).st_mode
    except (FileNotFoundError, NotADirectoryError):
        return False
    if stat.S_ISLNK(kind):
        try:
            kind = os.stat(path).st_mode
        except FileNotFoundError:
            raise Untold(f"{path} is a link to what is not there; mount or restore that, or remove the link") from None
    if stat.S_ISDIR(kind):
        try:
            return bool(os.listdir(path))  # an empty folder is none, as git says too
        except PermissionError:
            return True  # git says why it does not read it
    return stat.S_ISREG(kind)


def _ceilings() -> Iterator[Path]:
    """The folders at which the user lets git stop to look further up."""
    for name in os.environ.get("GIT_CEILING_DIRECTORIES", "").split(os.pathsep):
        if os.path.isabs(name):
            yield Path(os.path.realpath(name))
