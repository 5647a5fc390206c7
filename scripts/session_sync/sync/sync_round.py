"""The round of a sync in a shared tree: commit all, fetch, join, push, and bring the files up to date."""

from __future__ import annotations

import re
import time
from concurrent.futures import ThreadPoolExecutor

import msgspec

from session_sync.errors import Deferred, SessionSyncError, UserError
from session_sync.git.failure import GitError
from session_sync.logs import session_log, shared_tree
from session_sync.sync.report import SyncTreeReport, count_articles
from session_sync.sync.round import TreeRound, set_git_user
from session_sync.sync.sweep import is_failure, sweep_tree
from session_sync.sync.tree import advice
from session_sync.sync.tree.checkout import Dirty, NotWritten, update_files
from session_sync.sync.tree.commit import Head, commit_tree, current_head
from session_sync.sync.tree.status import TreeStatus, check_ready, read_status
from session_sync.sync.tree.tree import path_text

LOOKS = 3  # how often files may change under a round before it leaves them to the next
_IN_THE_WAY = re.compile(r"(?:Entry|file|Updating) '(.+?)'")


class BranchMoved(Deferred):
    """Somebody else committed at the same time."""


class SyncRound(TreeRound):
    """The round of one sync."""

    def run(self) -> SyncTreeReport:
        """Commit all that is changed, exchange it with the remote, and bring the files up to date."""
        report = self._guarded(self._sync)
        articles = count_articles(self._exchange.done.incoming) if self._exchange and report.pulled else {}
        return SyncTreeReport(**msgspec.structs.asdict(report), wiki=articles)

    def _sync(self) -> None:
        self.recover()
        self._follow(current_head(self._tree).branch)
        status, offline = self._look_and_fetch()
        self._report.head = status.head
        check_ready(self._tree, status)
        if self._exchange and self._remote_head:
            self._exchange.note_incoming(status.head)
        self._report.warnings += set_git_user(self._tree, self._identity)
        for looks_left in reversed(range(LOOKS)):
            try:
                target = self._commit_and_exchange(status, offline)
                if target == self._report.head or self._bring_in(status.branch, target, is_last=not looks_left):
                    break
            except BranchMoved:
                if not looks_left:
                    raise
            status = read_status(self._tree)
            check_ready(self._tree, status)
        if any(map(is_failure, self._report.left)):
            raise UserError("some files could not be committed; see below")

    @property
    def _remote_head(self) -> str:
        return self._exchange.done.remote_head if self._exchange else ""

    def _look_and_fetch(self) -> tuple[TreeStatus, GitError | None]:
        """The status, and why the remote, which is asked at the same time, did not answer."""
        with ThreadPoolExecutor(1) as pool:  # a signal may interrupt Thread.join, and nobody would wait for git's end
            asking = pool.submit(self._exchange.fetch) if self._exchange else None
            status = read_status(self._tree)
            try:
                if asking:
                    asking.result()
            except GitError as error:
                return status, error
        return status, None

    def _commit_and_exchange(self, status: TreeStatus, offline: GitError | None) -> str:
        """Commit what is changed and exchange it; returns the commit that the tree should have."""
        head = self._fast_forward(status)
        if status.changes or status.unreadable:
            head = self._commit(Head(status.branch, head), status)
        self._report.head = head
        if offline:
            raise offline
        if self._exchange and self._remote_head and not head:
            command = self._exchange.command_to_pull()
            raise UserError(f"{status.branch} has no commit yet and nothing to commit; run {command}, and sync again")
        return self._exchange.push(head) if self._exchange and head else head

    def _fast_forward(self, status: TreeStatus) -> str:
        """Bring the remote's commits in first where nothing is in their way: then there is nothing to join."""
        head, remote_head = status.head, self._remote_head
        if head and remote_head and head != remote_head and self._tree.is_ancestor(head, remote_head):
            try:
                self._update(status.branch, head, remote_head)
            except (Dirty, NotWritten):
                return head  # changed here too, or not to be written: git joins it below, and we say so then
            return remote_head
        return head

    def _commit(self, at: Head, status: TreeStatus) -> str:
        """Commit what the sweep finds; returns the commit that the branch is at then."""
        swept = sweep_tree(self._tree, status, at.commit, self.gate)
        report = self._report
        report.left, report.withheld = swept.left, swept.withheld
        report.moved += swept.moved
        self._let_through |= swept.let_through
        if not swept.tree:
            return at.commit
        message = f"sync: auto-sync from {self._host()} at {time.strftime('%Y-%m-%dT%H:%M:%S%z')}\n"
        commit = commit_tree(self._tree, at, swept.tree, swept.changes, message, self._who())
        if not commit:
            raise BranchMoved(f"{at.branch} keeps moving; the next round commits the rest")
        report.committed = commit
        report.files += [path_text(path) for path in swept.changes]
        return commit

    def _bring_in(self, branch: str, target: str, is_last: bool) -> bool:
        """Bring the files to commit `target`; False when they changed just now and another look is worth it."""
        try:
            self._update(branch, self._report.head, target)
        except Dirty as error:
            if is_last:
                raise self._in_the_way(str(error)) from None
            return False
        except NotWritten as error:
            pushed = "all is pushed, but " if self._exchange and self._exchange.done.pushed else ""
            raise UserError(f"{pushed}the remote's files cannot be written here: {error}") from None
        self._report.head = target
        return True

    def _update(self, branch: str, old: str, new: str) -> None:
        """Bring the files from one commit to another; raises Dirty.

        Saves that add to a log are kept out meanwhile: they read it, and write it again.
        """
        with session_log.exclusive() as alone:
            if not alone:
                raise Dirty("file 'a session log' is being written")
            with self._telling_of_files_aside() as aside:
                update_files(self._tree, branch, old, new, aside)

    def _in_the_way(self, error: str) -> SessionSyncError:
        """What to tell of a file that keeps the remote's changes out."""
        found = _IN_THE_WAY.search(error)
        name = found[1] if found else "a file"
        if "cannot be moved" in error:
            return UserError(f"{error}; move it away and sync again")
        if name in {one.path for one in self._report.withheld} | {one.path for one in self._report.left}:
            why = "is not committed (see why below) but changed on the remote; fix that and sync again"
            return UserError(f"{name} {why}")
        if name == shared_tree.MARKERS[0]:
            return UserError(
                f"the remote has a {name}, which would replace yours; whoever added it must take it out again: "
                f"git rm --cached {name}"
            )
        if name not in {path_text(change.path) for change in read_status(self._tree).changes}:
            flags = ("--no-assume-unchanged", "--no-skip-worktree")  # git minds only one at a time
            shown = [advice.git(self._tree.root, "update-index", flag, path=name) for flag in flags]
            return UserError(
                f"{name} is in the way of the remote's file, and git shows no change in it; move it away (or run "
                f"{' && '.join(shown)}) and sync again"
            )
        return Deferred(f"{name} keeps changing; all is pushed, and the next round brings the remote's changes in")
