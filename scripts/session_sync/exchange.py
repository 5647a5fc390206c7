"""Exchanges commits with the remote of a shared tree: fetched, joined, pushed; the working tree is not touched.

What cannot be joined goes to a branch of its own on the remote, so that nothing is ever only here.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from session_sync import git, merge
from session_sync.errors import Deferred, UserError
from session_sync.sweep import shown
from session_sync.tree import Tree, Upstream
from session_sync.tree_outcome import Outcome

PUSHES = 8  # tries to get the branch accepted
MOST_TOLD = 200  # commits


class Exchange:
    """The way between a tree on this machine and its upstream; what happens is told in `outcome`.

    `who` and `host` give the name and address of who commits, and where, without secrets: the scanner is asked late.
    """

    def __init__(
        self,
        tree: Tree,
        upstream: Upstream,
        machine: str,
        who: Callable[[], tuple[str, str]],
        host: Callable[[], str],
        outcome: Outcome,
    ) -> None:
        self._tree = tree
        self._upstream = upstream
        self._uuid = machine
        self._who = who
        self._host = host
        self._outcome = outcome
        self._since: str | None = None

    def fetch(self) -> str:
        """The remote's commit now, "" when it has none; raises GitError."""
        return self._tree.fetch(self._upstream)

    def note_incoming(self, head: str, remote_head: str) -> None:
        """Take note of what the remote has that `head`, where we began, has not."""
        self._since = head if self._since is None else self._since
        outcome = self._outcome
        if remote_head in ("", self._since):
            return
        outcome.pulled = self._tree.log(self._since, remote_head, MOST_TOLD)
        base = self._tree.merge_base(self._since, remote_head) if self._since and outcome.pulled else ""
        outcome.incoming = self._tree.changes(base, remote_head) if base else {}

    def push(self, head: str, remote_head: str) -> str:
        """Push commit `head`, joined with the remote's; returns the commit that the remote then has."""
        for attempt in range(PUSHES):
            self._outcome.remote_head = remote_head
            self.note_incoming(head, remote_head)
            target = self._joined(head, remote_head)
            if target == remote_head:
                return target
            refused = self._tree.push(self._upstream, target)
            if not refused:
                self._outcome.pushed = self._between(remote_head, target)
                self._outcome.remote_head = target
                return target
            if not git.is_contention(refused):
                self._rescue(head)
                raise UserError(f"{self._outcome.upstream} does not take pushes ({refused}){self._rescued()}")
            self._tree.line.pause(attempt)
            remote_head = self.fetch()
        raise Deferred(f"others keep pushing to {self._outcome.upstream}; committed here, pushed by the next round")

    def _joined(self, head: str, remote_head: str) -> str:
        """The commit that has all of both. Raises UserError for conflicts, with our commits safe on the remote."""
        if not remote_head or self._tree.is_ancestor(remote_head, head):
            return head
        if self._tree.is_ancestor(head, remote_head):
            return remote_head
        joined = merge.merge(self._tree, head, remote_head)
        if joined.conflicts:
            self._outcome.conflicts = [shown(path) for path in joined.conflicts]
            self._rescue(head)
            raise UserError(
                f"{len(joined.conflicts)} files are changed here and on {self._outcome.upstream} in ways that only you "
                f"can join{self._rescued()}; run git merge {self._outcome.upstream}, resolve, commit, and sync again"
            )
        message = f"sync: merge {self._outcome.upstream} on {self._host()}\n"
        commit = self._tree.commit(joined.tree, [head, remote_head], message, self._who())
        self._tree.keep(commit)
        return commit

    def _rescue(self, head: str) -> None:
        """Push our commits to a branch of their own, so that nothing is only here; a later round adds to it."""
        outcome, prefix = self._outcome, f"refs/heads/conflicts/{self._uuid}/"
        try:
            taken = self._tree.remote_refs(self._upstream, f"{prefix}*")
            ours = [ref for ref in sorted(taken, reverse=True) if self._tree.has(taken[ref], head)]
            ref = ours[0] if ours else prefix + time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
            refused = "" if taken.get(ref) == head else self._tree.push(self._upstream, head, ref)
            if refused:
                raise UserError(refused)
            outcome.conflict_branch = ref.removeprefix("refs/heads/")
        except UserError as error:
            outcome.warnings.append(f"our commits are only here: {error}")

    def _rescued(self) -> str:
        branch = self._outcome.conflict_branch
        return f"; our commits are safe on {branch}" if branch else ""

    def _between(self, old: str, new: str) -> list[str]:
        return [one.commit for one in self._tree.log(old, new, MOST_TOLD)]
