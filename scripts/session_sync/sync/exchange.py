"""Exchanges commits with the remote of a shared tree: fetched, joined, pushed; the working tree is not touched.

What cannot be joined goes to a branch of its own on the remote, so that nothing is ever only here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from session_sync.errors import Deferred, UserError
from session_sync.git.failure import is_contention
from session_sync.sync import merge, rewritten
from session_sync.sync.conflict_branch import ConflictBranches
from session_sync.sync.tree import advice
from session_sync.sync.tree.commit import Who
from session_sync.sync.tree.remote_history import Where, Withdrawn
from session_sync.sync.tree.tree import Changes, Commit, WorkTree, path_text
from session_sync.sync.tree.upstream import Upstream
from session_sync.text.lines import counted

MOST_PUSHES = 8  # tries to get the branch accepted
MOST_COMMITS = 200  # that are told


@dataclass
class Exchanged:
    """What an exchange did so far, also when it ends in an error; see `report.TreeReport`."""

    upstream: str = ""
    remote_head: str = ""
    pulled: list[Commit] = field(default_factory=list)
    incoming: Changes = field(default_factory=dict)  # what those commits changed
    pushed: list[str] = field(default_factory=list)
    conflicts: list[str] = field(default_factory=list)
    conflict_branch: str = ""
    warnings: list[str] = field(default_factory=list)


class Exchange:
    """Exchanges commits between `branch` of a tree on this machine and its upstream; what happened is in `done`.

    `who` and `host` give the name and address of who commits, and where, without secrets: the scanner is asked late.
    """

    def __init__(
        self,
        tree: WorkTree,
        branch: str,
        upstream: Upstream,
        machine: str,
        who: Callable[[], Who],
        host: Callable[[], str],
    ) -> None:
        self.done = Exchanged(upstream.shown)
        self._tree = tree
        self._branch = branch
        self._upstream = upstream
        self._rescues = ConflictBranches(tree, upstream, machine)
        self._who = who
        self._host = host
        self._since: str | None = None

    @property
    def retries(self) -> int:
        """How often something was tried again."""
        return self._upstream.retries

    def fetch(self) -> str:
        """The remote's commit now, "" when it has none; raises GitError."""
        self.done.remote_head = self._upstream.fetch()
        return self.done.remote_head

    def note_incoming(self, head: str) -> None:
        """Take note of what the remote had at the last `fetch` that `head`, where we began, has not."""
        self._since = head if self._since is None else self._since
        done = self.done
        if done.remote_head in ("", self._since):
            return
        done.pulled = self._tree.log(self._since, done.remote_head, MOST_COMMITS)
        base = self._tree.merge_base(self._since, done.remote_head) if self._since and done.pulled else ""
        done.incoming = self._tree.changes(base, done.remote_head) if base else {}

    def push(self, head: str, log: str = "") -> str:
        """Push commit `head`, joined with what `fetch` found; returns the commit that the remote then has.

        Where that cannot be joined, the session log at `log` goes alone: others' conflicts must not hold it back.
        Raises UserError for conflicts, with our commits safe on the remote, Deferred when others keep pushing.
        """
        for attempt in range(MOST_PUSHES):
            remote_head = self.done.remote_head
            self._refuse_gone(remote_head)
            self.note_incoming(head)
            withdrawn = self._upstream.history.withdrawn(head, remote_head)
            if withdrawn:
                target = self._carried_over(head, remote_head, withdrawn, log)
            else:
                target = self._joined(head, remote_head) or self._without_conflicts(head, remote_head, log)
            refused = "" if target == remote_head else self._upstream.push(target)
            if not refused:
                self._note_pushed(remote_head, target)
                if withdrawn and not self.done.conflicts:
                    self._upstream.history.settle(head)
                return target
            if not is_contention(refused):
                self._rescue(head)
                raise UserError(f"{self.done.upstream} does not take pushes ({refused}){self._rescued()}")
            self._upstream.pause(attempt)
            self.fetch()
        raise Deferred(f"others keep pushing to {self.done.upstream}; committed here, pushed by the next round")

    def _note_pushed(self, before: str, now: str) -> None:
        if now != before:
            self.done.pushed = [one.commit for one in self._tree.log(before, now, MOST_COMMITS)]
            self.done.remote_head = now
        self._rescues.remove_resolved(now)

    def _refuse_gone(self, remote_head: str) -> None:
        """Raise UserError where the remote had our branch and has it no more: it is not for us to make it again."""
        if not remote_head and self._upstream.history.last:
            raise UserError(rewritten.branch_is_gone(self._tree, self._upstream, self._branch))

    def _carried_over(self, head: str, remote_head: str, withdrawn: Withdrawn, log: str) -> str:
        """The commit that has what is new in `head` on top of the remote's, whose history was rewritten."""
        if withdrawn.where is not Where.UPSTREAM:
            raise UserError(rewritten.refused(self._tree, self._upstream, self._branch, withdrawn))
        merged = merge.merge_onto(self._tree, withdrawn.commit, head, remote_head)
        self.done.conflicts = [path_text(path) for path in merged.conflicts]
        if merged.conflicts:
            what = rewritten.conflict(self._tree, self._upstream, withdrawn, len(merged.conflicts))
            return self._log_alone(head, remote_head, log, what, withdrawn.commit)
        kept = rewritten.keep_aside(self._tree, self._branch, head)
        self.done.warnings.append(rewritten.told(self._tree, self._upstream, withdrawn, kept))
        if merged.tree == self._tree.tree_of(remote_head):
            return remote_head
        message = f"sync: put what is new on {self._host()} onto {self.done.upstream}, which was rewritten\n"
        return self._kept(self._tree.commit(merged.tree, [remote_head], message, self._who()))

    def _joined(self, head: str, remote_head: str) -> str:
        """The commit that has all of both, "" when only the user can join them."""
        if not remote_head or self._tree.is_ancestor(remote_head, head):
            return head
        if self._tree.is_ancestor(head, remote_head):
            return remote_head
        try:
            joined = merge.merge_commits(self._tree, head, remote_head)
        except merge.NoCommonHistory as error:
            self._rescue(head)
            command = self.command_to_pull("--no-rebase", "--no-edit", "--allow-unrelated-histories")
            resolve = "resolve what conflicts, commit, and sync again"
            raise UserError(f"{error}{self._rescued()}; run {command} first, {resolve}") from None
        except UserError:
            self._rescue(head)
            raise
        self.done.conflicts = [path_text(path) for path in joined.conflicts]
        if joined.conflicts:
            return ""
        message = f"sync: merge {self.done.upstream} on {self._host()}\n"
        return self._kept(self._tree.commit(joined.tree, [head, remote_head], message, self._who()))

    def command_to_pull(self, *options: str) -> str:
        """The command by which the user brings the upstream's commits here."""
        return advice.git(self._tree.root, "pull", *options, self._upstream.remote, self._upstream.ref)

    def _without_conflicts(self, head: str, remote_head: str, log: str) -> str:
        """The remote's commit with our `log` added. Raises UserError, with our commits safe, when that cannot be."""
        self._rescue(head)
        upstream, number = self.done.upstream, len(self.done.conflicts)
        known = upstream if self._tree.resolve(upstream) == remote_head else remote_head[:12]
        what = (
            f"{counted(number, 'file')} changed here and on {upstream} in ways that only you can join"
            f"{self._rescued()}; run {advice.git(self._tree.root, 'merge', known)}, resolve, commit, and sync again"
        )
        return self._log_alone(head, remote_head, log, what)

    def _log_alone(self, head: str, remote_head: str, log: str, what: str, base: str = "") -> str:
        """The remote's commit with our `log` added, unless the remote took out what `base` has there.

        `what` holds the rest back, and is raised as UserError when the log cannot go either.
        """
        may_go = log and self._tree.entries(base, [log]) in ({}, self._tree.entries(remote_head, [log]))
        tree = merge.with_log(self._tree, head, remote_head, log) if may_go else ""
        if not tree:
            raise UserError(what)
        self.done.warnings.append(what)
        message = f"save: {PurePosixPath(log).stem}\n"
        return self._kept(self._tree.commit(tree, [remote_head], message, self._who()))

    def _kept(self, commit: str) -> str:
        self._tree.keep(commit)
        return commit

    def _rescue(self, head: str) -> None:
        """Push our commits to a branch of their own, so that nothing is only here; a later round adds to it."""
        if self._upstream.history.withdrawn(head, self.done.remote_head):
            return  # nothing that was taken out of the remote goes back there
        try:
            self.done.conflict_branch = self._rescues.rescue(head)
        except UserError as error:
            self.done.warnings.append(f"our commits are only here: {error}")

    def _rescued(self) -> str:
        branch = self.done.conflict_branch
        return f"; our commits are safe on {branch}" if branch else ""
