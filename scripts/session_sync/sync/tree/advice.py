"""Commands that messages tell people to run: they must work as they are given, where the reader is."""

from __future__ import annotations

import shlex
from pathlib import Path


def git(root: Path, *words: str, path: str = "") -> str:
    """A git command for the tree at `root`, and for the tree-relative `path` if there is one.

    The tree is named unless the reader is in its root: there may be another one around them, such as the vault's, and
    git minds the folder.
    """
    place = [] if _is_here(root) else ["-C", str(root)]
    return shlex.join(["git", *place, *words, *(["--", path] if path else [])])


def _is_here(root: Path) -> bool:
    try:
        return Path.cwd().samefile(root)
    except OSError:  # the working directory is gone
        return False
