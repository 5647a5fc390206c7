"""The round of a sync in a shared tree: commit all, fetch, join, push, and bring the files up to date."""

from __future__ import annotations

import re
import threading
import time

from session_sync.errors import Deferred, UserError
from session_sync.git.failure import GitError
from session_sync.logs import session_log, shared_tree
from session_sync.sync import sweep
from session_sync.sync.exchange import Exchange
from session_sync.sync.outcome import Outcome
from session_sync.sync.round import TreeRound, set_git_user
from session_sync.sync.tree import checkout
from session_sync.sync.tree import commit as tree_commit
from session_sync.sync.tree import status as tree_status
from session_sync.sync.tree.commit import Head
from session_sync.sync.tree.status import Status
from session_sync.sync.withholding import shown

LOOKS = 3  # how often files may change under a round before it leaves them to the next
_IN_THE_WAY = re.compile(r"(?:Entry|file|Updating) '(.+?)'")


class Moved(Deferred):
    """Somebody else committed at the same time."""


class SyncRound(TreeRound):
    """The round of one sync."""

    def run(self) -> Outcome:
        """Commit all that is changed, exchange it with the remote, and bring the files up to date."""
        return self._guarded(self._sync)

    def _sync(self) -> None:
        self.mend()
        at = tree_commit.head(self._tree)
        self._follow(at.branch)
        offline, remote_head, status = self._look_and_fetch()
        self._outcome.head, self._outcome.remote_head = status.head, remote_head
        tree_status.refuse(self._tree, status)
        if self._exchange and remote_head:
            self._exchange.note_incoming(status.head, remote_head)
        self._outcome.warnings += set_git_user(self._tree, self._identity)
        for attempt in range(LOOKS):
            status = status if not attempt else tree_status.look(self._tree)
            tree_status.refuse(self._tree, status)
            is_last = attempt == LOOKS - 1
            try:
                target = self._commit_and_exchange(status, remote_head, offline)
            except Moved:
                if is_last:
                    raise
                continue
            if target == self._outcome.head or self._bring_in(status.branch, target, is_last):
                return
            remote_head = self._outcome.remote_head

    def _look_and_fetch(self) -> tuple[GitError | None, str, Status]:
        """The status, and at the same time the remote's commit or why it cannot be asked."""
        answers: list[str | GitError] = []

        def fetch(exchange: Exchange) -> None:
            try:
                answers.append(exchange.fetch())
            except GitError as error:
                answers.append(error)

        asking = threading.Thread(target=fetch, args=(self._exchange,)) if self._exchange else None
        if asking:
            asking.start()
        try:
            status = tree_status.look(self._tree)
        finally:
            if asking:
                asking.join()
        answer = answers[0] if answers else ""
        return (answer, "", status) if isinstance(answer, GitError) else (None, answer, status)

    def _commit_and_exchange(self, status: Status, remote_head: str, offline: GitError | None) -> str:
        """Commit what is changed and exchange it; returns the commit that the tree should have."""
        head = self._fast_forward(status, remote_head)
        if status.changes or status.unreadable:
            head = self._commit(Head(status.branch, head), status)
        self._outcome.head = head
        if offline:
            raise offline
        return self._exchange.push(head, remote_head) if self._exchange and head else head

    def _fast_forward(self, status: Status, remote_head: str) -> str:
        """Bring the remote's commits in first where nothing is in their way: then there is nothing to join."""
        head = status.head
        self._outcome.remote_head = remote_head
        if head and remote_head and head != remote_head and self._tree.is_ancestor(head, remote_head):
            try:
                self._update(status.branch, head, remote_head)
            except (checkout.Dirty, GitError, OSError):
                return head  # changed here too, or not to be written: git joins it below, and we say so then
            return remote_head
        if not head:
            self._refuse_new_history(status.branch, remote_head)
        return head

    def _commit(self, at: Head, status: Status) -> str:
        """Commit what the sweep finds; returns the commit that the branch is at then."""
        status.head = at.commit
        swept = sweep.sweep(self._tree, status, self._gate)
        outcome = self._outcome
        outcome.left, outcome.withheld = swept.left, swept.withheld
        self._is_incomplete = swept.is_incomplete
        outcome.moved += swept.moved
        if not swept.tree:
            return at.commit
        message = f"sync: auto-sync from {self._host()} at {time.strftime('%Y-%m-%dT%H:%M:%S%z')}\n"
        commit = tree_commit.commit_tree(self._tree, at, swept.tree, swept.changes, message, self._who())
        if not commit:
            raise Moved(f"{at.branch} keeps moving; the next round commits the rest")
        outcome.committed = commit
        outcome.files += [shown(path) for path in swept.changes]
        return commit

    def _bring_in(self, branch: str, target: str, last: bool) -> bool:
        """Bring the files to commit `target`; False when they changed just now and another look is worth it."""
        try:
            self._update(branch, self._outcome.head, target)
        except checkout.Dirty as error:
            if last:
                self._say_in_the_way(str(error))
            return False
        except (GitError, OSError) as error:
            raise UserError(f"all is pushed, but the remote's files cannot be written here: {error}") from None
        self._outcome.head = target
        return True

    def _update(self, branch: str, old: str, new: str) -> None:
        """Bring the files from one commit to another; raises Dirty.

        Saves that add to a log are kept out meanwhile: they read it, and write it again.
        """
        with session_log.exclusive() as alone:
            if not alone:
                raise checkout.Dirty("file 'a session log' is being written")
            self._outcome.moved += checkout.update(self._tree, branch, old, new)

    def _say_in_the_way(self, error: str) -> None:
        found = _IN_THE_WAY.search(error)
        name = found[1] if found else "a file"
        kept = {shown(path) for path, _ in self._outcome.withheld} | {path for path, _ in self._outcome.left}
        if "cannot be moved" in error:
            raise UserError(f"{error}; move it away and sync again")
        if name in kept:
            raise UserError(
                f"{name} is not committed (see why below) but changed on the remote; mend that and sync again"
            )
        if name == shared_tree.MARKERS[0]:
            raise UserError(
                f"the remote has a {name}, which would replace yours; have it removed there: git rm --cached"
            )
        if name not in {shown(change.path) for change in tree_status.look(self._tree).changes}:
            raise UserError(
                f"{name} is in the way of the remote's, and git shows no change in it; move it away (or run git "
                "update-index --no-assume-unchanged --no-skip-worktree on it) and sync again"
            )
        raise Deferred(f"{name} keeps changing; all is pushed, and the next round brings the remote's changes in")
