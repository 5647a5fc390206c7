"""Names in a tree that are one file on a file system where case does not count."""

from __future__ import annotations

import os
from collections.abc import Collection

from session_sync.sync.tree.tree import WorkTree


def twins(tree: WorkTree, paths: Collection[bytes]) -> list[bytes]:
    """Those of the changed `paths` that share their file with another name in the index.

    What is in it, or that it is gone, is of one of them alone, and nobody did it to the other.
    """
    if not paths or not tree.is_on("core.ignorecase"):
        return []
    alike: dict[str, list[bytes]] = {}
    for path in tree.run("ls-files", "-z").split(b"\0")[:-1]:
        alike.setdefault(_folded(path), []).append(path)
    root = os.fsencode(tree.root)
    return [path for path in paths if any(_is_one(root, path, other) for other in alike.get(_folded(path), ()))]


def _folded(path: bytes) -> str:
    return os.fsdecode(path).casefold()


def _is_one(root: bytes, path: bytes, other: bytes) -> bool:
    return other != path and _file_at(root, path) == _file_at(root, other)


def _file_at(root: bytes, path: bytes) -> tuple[int, int] | None:
    """The file that the working tree has at `path`, None when it has none."""
    try:
        found = os.lstat(os.path.join(root, path))
    except OSError:
        return None
    return found.st_dev, found.st_ino
