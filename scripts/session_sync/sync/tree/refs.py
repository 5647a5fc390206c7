"""Moves branches of a user's repository by compare and swap, and clears away what a killed git of ours left."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from session_sync.errors import UserError
from session_sync.git.failure import GitError
from session_sync.home import files
from session_sync.sync.tree import held
from session_sync.sync.tree.tree import WorkTree

REF_PATIENCE = 5.0  # seconds that another git command may hold a branch
_POLL = 0.02


def advance(tree: WorkTree, ref: str, new: str, old: str, why: str) -> bool:
    """Move `ref` from commit `old` ("" for none) to `new`; False when it is not at `old` any more.

    Raises Deferred while another git command holds its lock, UserError when a dead one left it.
    """
    deadline = time.monotonic() + REF_PATIENCE
    while True:
        try:
            with _moving(tree, ref):
                tree.git.run("update-ref", "-m", f"session-sync: {why}", ref, new, old)
            return True
        except GitError as error:
            lock = held.in_the_way(tree.root, error)
            if not lock and "cannot lock ref" not in error.detail:
                raise
            if not lock:
                return False
            refusal = held.refusal(lock, (tree.root, tree.common_dir))
            if time.monotonic() > deadline or isinstance(refusal, UserError):  # a dead git's goes by no waiting
                raise refusal from None
            time.sleep(_POLL)


def remove(tree: WorkTree, ref: str, commit: str) -> None:
    """Remove a ref of our own that is at `commit`; git locks all packed refs for that."""
    with _moving(tree, ref):
        tree.git.run("update-ref", "-d", ref, commit)


@contextmanager
def _moving(tree: WorkTree, ref: str) -> Iterator[None]:
    """Note that we move `ref`: a git that is killed leaves its locks behind, and only ours may be removed."""
    note = tree.git_dir / "session-sync" / "moving"
    note.parent.mkdir(exist_ok=True)
    files.write_atomic(note, ref.encode(), tree.file_mode, durable=False)
    try:
        yield
    except GitError:  # it ended by itself, and took its locks away
        note.unlink(missing_ok=True)
        raise
    note.unlink(missing_ok=True)


def clear_locks(tree: WorkTree) -> None:
    """Remove what a killed git of ours left: locks on refs of our own, and on the branch that we were moving.

    None of ours can be running: it would hold the round's lock.
    """
    common = tree.common_dir
    for left in (common / "refs" / "session-sync").glob("**/*.lock"):
        left.unlink(missing_ok=True)
    note = tree.git_dir / "session-sync" / "moving"
    try:
        ref, since = note.read_text(errors="replace"), note.stat().st_mtime
    except FileNotFoundError:
        return
    for left in (tree.git_dir / "HEAD.lock", common / f"{ref}.lock", common / "packed-refs.lock"):
        with suppress(OSError):
            if ref.startswith("refs/") and ".." not in ref and left.stat().st_mtime >= since - 1:
                left.unlink()
    note.unlink(missing_ok=True)
