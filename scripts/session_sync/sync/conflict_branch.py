"""Our commits that cannot be joined with the remote's go to a branch of their own there: nothing is ever only here.

The branch goes when the conflict is resolved. What this machine pushed so is kept as a ref, to be known without asking.
"""

from __future__ import annotations

import time
from contextlib import suppress

from session_sync.errors import UserError
from session_sync.git.failure import GitError
from session_sync.sync.tree import refs
from session_sync.sync.tree.tree import WorkTree
from session_sync.sync.tree.upstream import Upstream

_RECORDS = "refs/session-sync/conflicts"


class ConflictBranches:
    """The branches `conflicts/<machine>/...` of the machine `uuid` on the remote of `upstream`."""

    def __init__(self, tree: WorkTree, upstream: Upstream, uuid: str) -> None:
        self._tree = tree
        self._upstream = upstream
        self._prefix = f"refs/heads/conflicts/{uuid}/"
        self._records = f"{_RECORDS}/{upstream.history.key}/{uuid}/"

    def rescue(self, head: str) -> str:
        """Push commit `head` to such a branch, one that has less of it if there is one; returns its short name.

        Raises UserError when the remote takes none.
        """
        taken = self._upstream.refs(f"{self._prefix}*")
        ours = [ref for ref in sorted(taken, reverse=True) if self._tree.has(taken[ref], head)]
        ref = ours[0] if ours else self._prefix + time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
        refused = "" if taken.get(ref) == head else self._upstream.push(head, ref)
        if refused:
            raise UserError(refused)
        self._tree.run("update-ref", self._records + ref.removeprefix(self._prefix), head)
        return ref.removeprefix("refs/heads/")

    def remove_resolved(self, head: str) -> None:
        """Remove those whose commits are all in `head`, which the remote has; a remote may refuse that."""
        for record, commit in self._tree.refs(self._records.rstrip("/")).items():
            if self._tree.is_ancestor(commit, head):
                with suppress(GitError):  # out of reach now: the next round does it
                    self._upstream.remove(self._prefix + record.removeprefix(self._records), commit)
                    refs.remove(self._tree, record, commit)
