"""Which repository a linked work tree belonged to where git cannot tell any more: one of the two is gone.

Agents make work trees for sessions and remove them at the end: Claude Code in `REPOSITORY/.claude/worktrees/NAME`,
others in `REPOSITORY/.worktrees/NAME` or `REPOSITORY.worktrees/NAME`, Codex in `~/.codex/worktrees/ID/REPOSITORY`,
Cursor and its like in `~/.cursor/worktrees/REPOSITORY/ID`, Conductor in `~/conductor/workspaces/REPOSITORY/ID`.
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import Path

from session_sync.home import files

_CONTAINERS = ("worktrees", ".worktrees", "worktree", ".worktree", ".trees")
_BESIDE = re.compile(r"(.+?)[._-]worktrees?", re.IGNORECASE)
_CENTRAL = {".codex": 1}  # a client's folder in the home -> which of the two names below its container tells
_CONDUCTOR = ("conductor", "workspaces")
_HOMES = ("home", "users")
_RECORD = re.compile(r"gitdir: (.+?)[\\/]worktrees[\\/][^\\/\n]+\s*")
_LONGEST = 4096  # bytes of a `.git` file


def name_in(parts: Sequence[str]) -> str | None:
    """The repository's name in the path of a work tree, whose names from the outermost on are `parts`.

    "" when the path is one and does not tell; None when it is none.
    """
    for place in range(len(parts) - 3):
        if tuple(parts[place : place + 2]) == _CONDUCTOR:
            return parts[place + 2]
    places = [place for place, part in enumerate(parts[:-1]) if part.lower() in _CONTAINERS]
    if not places:
        return next((owner(part) for part in reversed(parts[:-1]) if owner(part) != part), None)
    before, after = list(parts[: places[-1]]), parts[places[-1] + 1 :]
    is_hidden = parts[places[-1]].startswith(".")
    client = before.pop() if before and before[-1].startswith(".") and not is_hidden else ""
    if not client and not is_hidden:
        return ""  # a folder of work trees of whatever repositories
    if not _is_home(before):
        return before[-1]
    return after[_CENTRAL.get(client.lower(), 0)] if len(after) > 1 else ""


def owner(name: str) -> str:
    """The repository's name in that of a folder beside it which holds its work trees; any other `name` as it is."""
    found = _BESIDE.fullmatch(name)
    return found[1] if found else name


def recorded(here: Path) -> Path | None:
    """The git directory that the work tree around `here` says it is linked to, whether that is there or not."""
    for folder in (here, *here.parents):
        link = folder / ".git"
        try:
            with files.open_regular(link, follow=False) as stream:
                found = _RECORD.fullmatch(stream.read(_LONGEST).decode("utf-8", "surrogateescape"))
        except (FileNotFoundError, NotADirectoryError):
            continue
        except OSError:  # a repository of its own, or nothing that may be read
            return None
        return (folder / found[1]) if found else None
    return None


def _is_home(parts: Sequence[str]) -> bool:
    """Whether a user's home folder, of whatever system, is at the path with these names."""
    if not parts or list(parts) == ["root"]:
        return True
    return (len(parts) > 1 and parts[-2].lower() in _HOMES) or tuple(parts) == Path(os.path.expanduser("~")).parts[1:]
