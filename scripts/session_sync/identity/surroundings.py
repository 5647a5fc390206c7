"""What is around a directory that a session was in: its repository, the main work tree of that, its remotes.

The directory may be gone, or its repository may be one that git does not read: then what is told here is why.
"""

from __future__ import annotations

import errno
import functools
import os
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from session_sync.git import discovery, query
from session_sync.git.discovery import Untold
from session_sync.identity import worktrees

_GONE = (errno.ENOENT, errno.ENOTDIR, errno.ENAMETOOLONG)
Remotes = tuple[tuple[str, tuple[str, ...]], ...]  # (name, the spellings of one of its URLs)


class _Answer(NamedTuple):
    """What git says of the repository around a folder: its common git directory and its remotes, or why it does not."""

    common: Path | None = None
    remotes: Remotes = ()
    why: str = ""


_NOTHING = _Answer()


@functools.lru_cache(1024)
def resolved(cwd: str) -> Path | None:
    """The folder `cwd` if it is there; never a network path, which would be asked for."""
    return there(cwd) if is_usable(cwd) else None


def is_usable(cwd: str) -> bool:
    """Whether `cwd` can be asked for on this machine, whoever says it."""
    return os.path.isabs(cwd) and "\0" not in cwd and not cwd.startswith(("\\\\", "//"))


def there(directory: str) -> Path | None:
    """The folder that `directory` leads to, None when there is none."""
    try:
        here = Path(directory).resolve(strict=True)
        return here if here.is_dir() else None
    except (OSError, RuntimeError, ValueError):  # gone, a loop of links, too long
        return None


def common_dir(here: Path) -> Path | None:
    """The git directory that all worktrees of the repository around `here` share; None when there is none to read."""
    return _asked(here).common


def remotes(here: Path) -> Remotes:
    """The remotes of the repository around `here`, `origin` first."""
    return _asked(here).remotes


def origin(here: Path) -> str:
    """The URL of the remote `origin` of the repository around `here`, "" when there is none."""
    return next((spellings[0] for name, spellings in remotes(here) if name == "origin"), "")


@functools.lru_cache(1024)
def standing(cwd: str) -> Path | None:
    """The folder by which git knows the repository of `cwd`: that itself, else what is left of the repository.

    A folder that was removed belongs to the repository around it, a work tree to the one that it was linked to. None
    when nothing is left; a folder that is in no repository, or in one that git does not read, stands for itself.
    """
    here = resolved(cwd)
    if here is None:
        left = next((one for one in _parents(cwd) if os.path.isdir(one)), None)
        main = top(left) if left else None
        is_around = left and (_asked(left).why or (main and main != Path(os.path.expanduser("~")).resolve()))
        return left if is_around else None
    if common_dir(here):
        return here
    linked = worktrees.recorded(here)
    if linked is None:
        return here
    is_left = os.path.isdir(linked) and _asked(linked.parent) != _NOTHING
    return linked.parent if is_left else None


@functools.lru_cache(1024)
def untold(cwd: str) -> str:
    """Why nobody can tell which repository is around `cwd`, and what to do; "" where that can be told, or is gone."""
    here = standing(cwd)
    if here or not is_usable(cwd):
        return _asked(here).why if here else ""
    try:
        os.stat(cwd)
    except ValueError:
        return ""
    except OSError as error:
        return "" if error.errno in _GONE else f"{cwd} cannot be looked at: {error.strerror}; make it readable for you"
    return ""


def linked(cwd: str) -> Iterator[str]:
    """The repository that the work tree at `cwd` is linked to, though it is gone."""
    here = resolved(cwd)
    found = worktrees.recorded(here) if here and not common_dir(here) else None
    if found:
        yield str(found.parent if found.name == ".git" else found)


def places(here: Path | None) -> Iterator[Path]:
    """Where a directory is: here, and for one in a linked work tree also in the main one."""
    if here:
        yield here
        root = next((one for one in (here, *here.parents) if os.path.lexists(one / ".git")), here)
        main = top(here) if os.path.isfile(root / ".git") else None
        if main and os.path.isdir(main / ".git"):
            yield main / here.relative_to(root)


def top(here: Path) -> Path | None:
    """The main work tree of the repository around `here` (a linked one counts to it), or a bare repository."""
    common = common_dir(here)
    return common.parent if common and common.name == ".git" else common


def around(here: Path) -> Path | None:
    """The folder that has the repository around the one that `here` is in: a submodule's, or a nested one's."""
    try:
        inner = discovery.holder(here)
        return discovery.holder(inner.parent) if inner and inner.parent != inner else None
    except Untold:
        return None


@functools.lru_cache(1024)
def _asked(here: Path) -> _Answer:
    try:
        common = query.common_dir(here)
        found = query.remotes(here) if common else {}
    except Untold as error:
        return _Answer(why=str(error))
    names = sorted(found, key=lambda name: name != "origin")
    return _Answer(common, tuple((name, spellings) for name in names for spellings in found[name]))


def _parents(cwd: str) -> Iterator[Path]:
    """The folders around `cwd`, the innermost first."""
    return iter(Path(os.path.normpath(cwd)).parents if is_usable(cwd) else ())
