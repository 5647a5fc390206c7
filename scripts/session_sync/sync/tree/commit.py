"""Commits in a shared tree: the files of one save, or all that a sync found."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass

from session_sync.errors import Deferred
from session_sync.sync.tree import refs
from session_sync.sync.tree.tree import NO_ENTRY, Changes, TreeEntry, WorkTree

COMMIT_TRIES = 10
Who = tuple[str, str]  # name and address


@dataclass(frozen=True)
class Head:
    """The branch that is checked out, by its short name, and its commit ("" before the first)."""

    branch: str
    commit: str

    @property
    def ref(self) -> str:
        return f"refs/heads/{self.branch}"


def current_head(tree: WorkTree) -> Head:
    """What is checked out; the branch is "" when HEAD is detached."""
    ref = os.fsdecode(tree.run("symbolic-ref", "--quiet", "HEAD", expected=(0, 1))).strip()
    return Head(ref.removeprefix("refs/heads/"), tree.resolve("HEAD"))


def commit_files(tree: WorkTree, contents: Mapping[str, bytes], message: str, who: Who) -> str:
    """Commit `contents` (tree-relative path -> bytes) and nothing else; returns the commit, "" when HEAD has them.

    What the user staged stays staged, what others changed stays theirs. Raises Deferred when the branch keeps moving.
    """
    wanted = {os.fsencode(path): TreeEntry("100644", tree.store(data, path)) for path, data in contents.items()}
    for _ in range(COMMIT_TRIES):
        at = current_head(tree)
        before = tree.entries(at.commit, contents)
        changes = {path: (before.get(path, NO_ENTRY), entry) for path, entry in wanted.items()}
        changes = {path: (old, new) for path, (old, new) in changes.items() if old.oid != new.oid}
        if not changes:
            return ""
        entries = {path: TreeEntry((old if old.is_file else new).mode, new.oid) for path, (old, new) in changes.items()}
        commit = tree.commit(tree.graft(at.commit, entries), [at.commit] if at.commit else [], message, who)
        tree.keep(commit)
        tree.put(tree.index.take(), entries.items())
        if _land(tree, at, commit, changes):
            return commit
    raise Deferred("the branch keeps moving; the next sync commits it")


def commit_tree(tree: WorkTree, at: Head, made: str, changes: Changes, message: str, who: Who) -> str:
    """Commit the tree object `made`, which has `changes`; returns the commit, "" when the branch moved meanwhile."""
    commit = tree.commit(made, [at.commit] if at.commit else [], message, who)
    tree.keep(commit)
    return commit if _land(tree, at, commit, changes) else ""


def with_entries(tree: WorkTree, base: str, entries: Mapping[bytes, TreeEntry]) -> str:
    """The tree object that holds what commit or tree `base` does, but for `entries`."""
    index = tree.index.path.with_name("merge-index")
    index.parent.mkdir(exist_ok=True)
    for left in (index, index.with_name("merge-index.lock")):
        left.unlink(missing_ok=True)
    tree.run("read-tree", base, index=index)
    tree.put(index, entries.items())
    try:
        return tree.run("write-tree", index=index).decode().strip()
    finally:
        index.unlink(missing_ok=True)


def _land(tree: WorkTree, at: Head, commit: str, changes: Changes) -> bool:
    """Have the user's index, then the branch, hold the commit; False when the branch is not `at` there any more.

    In this order: were the branch first and we killed, the user's next commit would take the files out again.
    """
    while not tree.index.publish():  # somebody staged something meanwhile, which stays
        tree.put(tree.index.take(), [(path, entry) for path, (_, entry) in changes.items()])
    return refs.advance(tree, at.ref, commit, at.commit, "commit")
