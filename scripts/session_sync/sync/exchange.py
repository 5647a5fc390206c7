"""Exchanges commits with the remote of a shared tree: fetched, joined, pushed; the working tree is not touched.

What cannot be joined goes to a branch of its own on the remote, so that nothing is ever only here.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import PurePosixPath

from session_sync.errors import Deferred, UserError
from session_sync.git.failure import is_contention
from session_sync.sync import merge
from session_sync.sync.outcome import Outcome
from session_sync.sync.tree.tree import Tree
from session_sync.sync.tree.upstream import Upstream
from session_sync.sync.withholding import shown
from session_sync.text.lines import counted

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

    @property
    def retries(self) -> int:
        """How often something was tried again."""
        return self._upstream.retries

    def fetch(self) -> str:
        """The remote's commit now, "" when it has none; raises GitError."""
        return self._upstream.fetch()

    def note_incoming(self, head: str, remote_head: str) -> None:
        """Take note of what the remote has that `head`, where we began, has not."""
        self._since = head if self._since is None else self._since
        outcome = self._outcome
        if remote_head in ("", self._since):
            return
        outcome.pulled = self._tree.log(self._since, remote_head, MOST_TOLD)
        base = self._tree.merge_base(self._since, remote_head) if self._since and outcome.pulled else ""
        outcome.incoming = self._tree.changes(base, remote_head) if base else {}

    def push(self, head: str, remote_head: str, log: str = "") -> str:
        """Push commit `head`, joined with the remote's; returns the commit that the remote then has.

        Where that cannot be joined, the session log at `log` goes alone: others' conflicts must not hold it back.
        Raises UserError for conflicts, with our commits safe on the remote, Deferred when others keep pushing.
        """
        for attempt in range(PUSHES):
            self._outcome.remote_head = remote_head
            self.note_incoming(head, remote_head)
            target = self._joined(head, remote_head) or self._without_conflicts(head, remote_head, log)
            if target == remote_head:
                return target
            refused = self._upstream.push(target)
            if not refused:
                self._outcome.pushed = self._between(remote_head, target)
                self._outcome.remote_head = target
                return target
            if not is_contention(refused):
                self._rescue(head)
                raise UserError(f"{self._outcome.upstream} does not take pushes ({refused}){self._rescued()}")
            self._upstream.pause(attempt)
            remote_head = self.fetch()
        raise Deferred(f"others keep pushing to {self._outcome.upstream}; committed here, pushed by the next round")

    def _joined(self, head: str, remote_head: str) -> str:
        """The commit that has all of both, "" when only the user can join them."""
        if not remote_head or self._tree.is_ancestor(remote_head, head):
            return head
        if self._tree.is_ancestor(head, remote_head):
            return remote_head
        try:
            joined = merge.merge(self._tree, head, remote_head)
        except UserError:
            self._rescue(head)
            raise
        self._outcome.conflicts = [shown(path) for path in joined.conflicts]
        if joined.conflicts:
            return ""
        message = f"sync: merge {self._outcome.upstream} on {self._host()}\n"
        return self._kept(self._tree.commit(joined.tree, [head, remote_head], message, self._who()))

    def _without_conflicts(self, head: str, remote_head: str, log: str) -> str:
        """The remote's commit with our `log` added. Raises UserError, with our commits safe, when that cannot be."""
        self._rescue(head)
        upstream, number = self._outcome.upstream, len(self._outcome.conflicts)
        what = (
            f"{counted(number, 'file')} changed here and on {upstream} as only you can join"
            f"{self._rescued()}; run git merge {upstream}, resolve, commit, and sync again"
        )
        tree = merge.with_log(self._tree, head, remote_head, log) if log else ""
        if not tree:
            raise UserError(what)
        self._outcome.warnings = [*(text for text in self._outcome.warnings if text != what), what]
        message = f"save: {PurePosixPath(log).stem}\n"
        return self._kept(self._tree.commit(tree, [remote_head], message, self._who()))

    def _kept(self, commit: str) -> str:
        self._tree.keep(commit)
        return commit

    def _rescue(self, head: str) -> None:
        """Push our commits to a branch of their own, so that nothing is only here; a later round adds to it."""
        outcome, prefix = self._outcome, f"refs/heads/conflicts/{self._uuid}/"
        try:
            taken = self._upstream.refs(f"{prefix}*")
            ours = [ref for ref in sorted(taken, reverse=True) if self._tree.has(taken[ref], head)]
            ref = ours[0] if ours else prefix + time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
            refused = "" if taken.get(ref) == head else self._upstream.push(head, ref)
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
