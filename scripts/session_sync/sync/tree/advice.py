"""Commands that messages tell people to run: they must work as they are given, where the reader is."""

from __future__ import annotations

import shlex
from pathlib import Path

from session_sync.git import query


def git(root: Path, *words: str) -> str:
    """A git command for the tree at `root`, which is named when the reader is in another one, such as the vault's."""
    place = [] if _is_here(root) else ["-C", str(root)]
    return shlex.join(["git", *place, *words])


def _is_here(root: Path) -> bool:
    try:
        here = query.worktree(Path.cwd())
        return here is not None and here.samefile(root)
    except OSError:  # the working directory is gone
        return False
