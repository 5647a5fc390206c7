"""Brings a working tree, its index and its branch from one commit to a later one, and finishes that after a kill.

git itself updates the files (links, filters, sparse checkouts), and refuses when one of them was changed. What is under
way is noted first: after a kill or a power cut, half of the files would look like the user's own changes.
"""

from __future__ import annotations

import json
import os
import re
from contextlib import suppress
from pathlib import Path

from session_sync.git.failure import GitError
from session_sync.home import files
from session_sync.logs import shared_tree
from session_sync.sync.tree import disk, quarantine, refs
from session_sync.sync.tree.commit import Head, current_head, with_entries
from session_sync.sync.tree.tree import Changes, TreeEntry, WorkTree

_REFUSED = re.compile("^error: (Entry|Updating|(Untracked w|W)orking tree file|Submodule) '", re.MULTILINE)


class Dirty(Exception):
    """A file that the update would replace was changed; the tree is as it was."""


def update_files(tree: WorkTree, branch: str, old: str, new: str) -> list[tuple[str, Path]]:
    """Bring the tree, which is on `branch` at `old`, to `new`; returns ignored files that were put aside for it.

    Raises Dirty when files in the way were changed or the branch moved meanwhile.
    """
    if current_head(tree) != Head(branch, old):
        raise Dirty(f"{branch} moved meanwhile")
    changes = tree.changes(old, new)
    index = _refreshed(tree, old)
    ignored = disk.ignored_in_the_way(tree, index, changes)
    if os.fsencode(shared_tree.MARKERS[0]) in ignored:
        raise Dirty(f"file '{shared_tree.MARKERS[0]}' is the user's own")
    moved = _put_aside(tree, index, (old, new), ignored) if ignored else []
    journal = _journal(tree)
    journal.parent.mkdir(exist_ok=True)
    files.write_atomic(journal, json.dumps({"old": old, "new": new, "branch": branch}).encode())
    try:
        _read_tree(tree, index, old, new)
    except Dirty:
        journal.unlink()
        raise
    _land(tree, branch, old, new, changes)
    return moved


def resume(tree: WorkTree) -> None:
    """Finish an update that a kill cut short; files that were changed since are left to the round as they are."""
    journal = _journal(tree)
    try:
        content = json.loads(journal.read_bytes())
        old, new, branch = (str(content[key]) for key in ("old", "new", "branch"))
    except FileNotFoundError:
        return
    except (ValueError, KeyError, TypeError):
        journal.unlink(missing_ok=True)
        return
    with suppress(Dirty):
        if current_head(tree) == Head(branch, old) and tree.resolve(new) == new:
            changes = tree.changes(old, new)
            index = _refreshed(tree, old)
            done = disk.completed(tree, changes)
            _put(tree, index, done)
            _read_tree(tree, index, with_entries(tree, old, done), new)
            _land(tree, branch, old, new, changes)
    journal.unlink(missing_ok=True)


def _read_tree(tree: WorkTree, index: Path, old: str, new: str, *options: str) -> None:
    """Have git update the files. Raises Dirty, with nothing touched, when one of them is not as in `old`."""
    try:
        tree.run("read-tree", *options, "-m", "-u", "--no-recurse-submodules", old, new, index=index)
    except GitError as error:
        if _REFUSED.search(error.detail):
            raise Dirty(str(error)) from None
        raise


def _land(tree: WorkTree, branch: str, old: str, new: str, changes: Changes) -> None:
    """Have the user's index and the branch follow the files."""
    while not tree.index.publish():  # somebody staged something meanwhile, which stays
        index = tree.index.take()
        staged = tree.staged(index, old)
        _put(tree, index, {path: entry for path, (_, entry) in changes.items() if path not in staged})
        if tree.is_sparse:
            _read_tree(tree, index, new, new)  # it marks again what is not to be in the tree
    advanced = refs.advance(tree, f"refs/heads/{branch}", new, old, "update")
    _journal(tree).unlink(missing_ok=True)
    if not advanced:
        raise Dirty(f"{branch} moved meanwhile")


def _refreshed(tree: WorkTree, old: str) -> Path:
    """A copy of the index that knows which files are as they were committed; one of commit `old` when there is none."""
    index = tree.index.take()
    if not index.exists():
        tree.run("read-tree", old, index=index)
    _put(tree, index, {})
    return index


def _put(tree: WorkTree, index: Path, entries: dict[bytes, TreeEntry]) -> None:
    """Have `index` hold `entries` and know which files are as it says."""
    if entries:
        tree.put(index, entries.items())
    tree.run("update-index", "-q", "--refresh", index=index, expected=(0, 1))


def _put_aside(tree: WorkTree, index: Path, way: tuple[str, str], ignored: list[bytes]) -> list[tuple[str, Path]]:
    """Move files to the quarantine, once it is known that nothing else is in the way."""
    _read_tree(tree, index, *way, "--dry-run")
    moved, stayed = quarantine.move(tree.root, ignored)
    if stayed:
        name, why = stayed[0]
        raise Dirty(f"file '{name}' is ignored by git and in the way, and cannot be moved: {why}")
    return moved


def _journal(tree: WorkTree) -> Path:
    return tree.git_dir / "session-sync" / "update.json"
