"""What .gitattributes, which anybody can push, has git make of a file that is committed, and of a blob as a file."""

from __future__ import annotations

import os
from collections.abc import Collection

from session_sync.git.run import Git
from session_sync.sync.tree.tree import Tree

_NONE = (b"unspecified", b"unset", b"set")
_SETTINGS = {  # a user may have these leave the pointers as they are
    "filter.lfs.process": "git-lfs filter-process",
    "filter.lfs.smudge": "git-lfs smudge -- %f",
}


def of(tree: Tree, paths: Collection[bytes]) -> dict[bytes, bytes]:
    """Those of `paths` whose blobs hold something else than the files, each with its filter or else its encoding."""
    if not paths:
        return {}
    listed = b"".join(path + b"\0" for path in paths)
    answer = tree.run("check-attr", "-z", "--stdin", "working-tree-encoding", "filter", data=listed).split(b"\0")[:-1]
    found = zip(answer[::3], answer[2::3], strict=True)
    return {path: value for path, value in found if value not in _NONE}


def as_file(tree: Tree, path: bytes, oid: str) -> bytes:
    """The blob `oid` as everybody who checks it out at `path` gets it; raises GitError."""
    git = Git(tree=tree.root, settings=_SETTINGS, progress=tree.progress)
    return git.run("cat-file", "--filters", f"--path={os.fsdecode(path)}", oid)
