"""What keeps a changed path of a shared tree from being committed."""

from __future__ import annotations

import os
import stat

from session_sync.logs import shared_tree
from session_sync.sync.tree import tree_filters
from session_sync.sync.tree.status import Change
from session_sync.sync.tree.tree import Tree

LARGEST = 95_000_000  # bytes: forges refuse files over 100 MB, and with them every push from then on
INNER = "a git repository within the tree; commit there, then git add it"
SUBMODULE = "a submodule; commit it yourself"
NO_FILE = "neither a file nor a link; move it away"
UNREADABLE = "cannot be read; mend its permissions"
TOO_LARGE = "over 95 MB, which forges refuse; use Git LFS or .gitignore"
NO_STORAGE = "belongs in Git LFS, which is not set up here; run git lfs install"


_BY_RULE = {INNER, SUBMODULE, NO_FILE, TOO_LARGE, NO_STORAGE}  # not to be committed, rather than not possible


def is_failure(path: str, reason: str) -> bool:
    """Whether it must not look like success that `path` is not committed: a session log, or what cannot be read."""
    return reason not in _BY_RULE or shared_tree.is_log(path)


def of(tree: Tree, changes: list[Change]) -> dict[bytes, str]:
    """The paths that cannot be committed, each with the reason; "" where there is nothing to tell."""
    stored = {path for path, kind in tree_filters.of(tree, [one.path for one in changes]).items() if kind == b"lfs"}
    is_ready = any(key.startswith("filter.lfs.") for key in tree.config)
    found = {}
    for change in changes:
        reason = _of(tree, change, change.path in stored, is_ready)
        if reason is not None:
            found[change.path] = reason
    return found


def _of(tree: Tree, change: Change, is_stored: bool, is_ready: bool) -> str | None:
    """Why a change cannot be committed; None when it can."""
    if change.is_submodule:
        return INNER if change.is_new else SUBMODULE
    if change.is_gone:
        return None
    place = os.path.join(os.fsencode(tree.root), change.path)
    try:
        status = os.lstat(place)
    except OSError:
        return "" if change.is_new else None  # gone just now
    if not any(is_kind(status.st_mode) for is_kind in (stat.S_ISREG, stat.S_ISLNK, stat.S_ISDIR)):
        return NO_FILE
    if stat.S_ISREG(status.st_mode) and not os.access(place, os.R_OK):
        return UNREADABLE
    if is_stored:
        return None if is_ready else NO_STORAGE
    return TOO_LARGE if status.st_size > LARGEST else None
