"""One round in a shared tree: commit, fetch, join, push, and bring the files up to date. The lock must be held.

A save does all but the last: it pushes the session's log and leaves the working tree to those who work in it.
"""

from __future__ import annotations

import os
import re
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import PurePosixPath

from session_sync import (
    checkout,
    git,
    git_user,
    session_log,
    shared_tree,
    sweep,
    tree_commit,
    tree_ref,
    tree_status,
    withholding,
)
from session_sync.errors import DEFERRED, FAILED, Deferred, SessionSyncError, UserError
from session_sync.exchange import Exchange
from session_sync.gate import Gate
from session_sync.identity import Identity
from session_sync.machine import Machine
from session_sync.outgoing import author
from session_sync.tree import Tree
from session_sync.tree_commit import Head
from session_sync.tree_outcome import Outcome
from session_sync.tree_status import Status
from session_sync.upstream import of_branch
from session_sync.withholding import shown

LOOKS = 3  # how often files may change under a round before it leaves them to the next
_IN_THE_WAY = re.compile(r"(?:Entry|file|Updating) '(.+?)'")


class Moved(Deferred):
    """Somebody else committed at the same time."""


class TreeRound:
    """The round of one tree for its user on this machine."""

    def __init__(self, tree: Tree, machine: Machine, identity: Identity, gate: Gate) -> None:
        self._tree = tree
        self._machine = machine
        self._identity = identity
        self._gate = gate
        self._exchange: Exchange | None = None  # None without a remote
        self._outcome = Outcome(tree.root)
        self._is_incomplete = False

    def mend(self) -> None:
        """Finish or clear away what a kill left; raises SessionSyncError. A sync begins with it."""
        tree_ref.clear_locks(self._tree)
        with suppress(git.GitError, OSError):  # what could not be written then cannot be now: the round goes on
            checkout.resume(self._tree)

    def sync(self) -> Outcome:
        """Commit all that is changed, exchange it with the remote, and bring the files up to date."""
        return self._guarded(self._sync)

    def save(self, log: str, contents: Mapping[str, bytes]) -> Outcome:
        """Commit `contents` (tree-relative path -> bytes) alone and push; no other file and nothing staged changes.

        `log` is the path of the session log among them.
        """
        return self._guarded(lambda: self._save(log, contents))

    def _guarded(self, work: Callable[[], None]) -> Outcome:
        outcome = self._outcome
        try:
            work()
            if self._is_incomplete:
                raise UserError("some files could not be committed; see below")
        except git.GitError as error:
            outcome.code = DEFERRED if error.unreachable or error.contended else FAILED
            advice = "committed here, pushed by the next round" if outcome.code == DEFERRED else "nothing is lost here"
            outcome.message = f"{error}; {advice}"
        except SessionSyncError as error:
            outcome.code, outcome.message = error.code, str(error)
        except OSError as error:
            outcome.code, outcome.message = FAILED, f"{error}; nothing is lost here"
        warnings = [*outcome.warnings, *self._tree.warnings, *self._gate.warnings]
        outcome.warnings = list(dict.fromkeys(warnings))
        outcome.retries = self._exchange.retries if self._exchange else 0
        return outcome

    def _save(self, log: str, contents: Mapping[str, bytes]) -> None:
        message = f"save: {PurePosixPath(log).stem}\n"
        tree_status.refuse_under_way(self._tree.git_dir)
        at = tree_commit.head(self._tree)
        if not at.branch:
            raise UserError(tree_status.DETACHED)
        self._follow(at.branch)
        if self._exchange and not at.commit:
            self._refuse_new_history(at.branch, self._exchange.fetch())
        passing = self._passing(at.commit, log, contents)
        commit = tree_commit.commit_files(self._tree, passing, message, self._who()) if passing else ""
        names = sorted(shown(os.fsencode(path)) for path in passing)
        self._outcome.committed, self._outcome.files = commit, names if commit else []
        self._outcome.head = tree_commit.head(self._tree).commit
        if self._exchange and self._outcome.head:
            self._exchange.push(self._outcome.head, self._exchange.fetch(), log if passing else "")
        self._outcome.waiting, self._outcome.pulled = len(self._outcome.pulled), []

    def _passing(self, head: str, log: str, contents: Mapping[str, bytes]) -> dict[str, bytes]:
        """Those of `contents` that may leave, given what commit `head` holds already; the rest is withheld.

        All of them tell of the session and so go by the policy of its project; none goes without the `log`.
        """
        passing, known = {}, self._tree.entries(head, contents)
        project = shared_tree.project_of(log)
        for path, data in contents.items():
            entry = known.get(os.fsencode(path))
            before = self._tree.blob(entry.oid) if entry and entry.is_file else b""
            findings = self._gate.check_file(path, project, data, before, may_be_binary=False)
            if findings:
                name = withholding.named(self._gate, os.fsencode(path), findings)
                self._outcome.withheld.append((name, findings))
            else:
                passing[path] = data
        return passing if log in passing else {}

    def _refuse_new_history(self, branch: str, remote_head: str) -> None:
        """A first commit here would have nothing to do with the remote's."""
        if remote_head:
            raise UserError(f"{branch} has no commit yet but {self._outcome.upstream} has; run git pull first")

    def _sync(self) -> None:
        self.mend()
        at = tree_commit.head(self._tree)
        self._follow(at.branch)
        offline, remote_head, status = self._look_and_fetch()
        self._outcome.head, self._outcome.remote_head = status.head, remote_head
        tree_status.refuse(self._tree, status)
        if self._exchange and remote_head:
            self._exchange.note_incoming(status.head, remote_head)
        self._outcome.warnings += git_user.reconcile(self._tree, self._identity)
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

    def _look_and_fetch(self) -> tuple[git.GitError | None, str, Status]:
        """The status, and at the same time the remote's commit or why it cannot be asked."""
        answers: list[str | git.GitError] = []

        def fetch(exchange: Exchange) -> None:
            try:
                answers.append(exchange.fetch())
            except git.GitError as error:
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
        return (answer, "", status) if isinstance(answer, git.GitError) else (None, answer, status)

    def _commit_and_exchange(self, status: Status, remote_head: str, offline: git.GitError | None) -> str:
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
            except (checkout.Dirty, git.GitError, OSError):
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
        commit = tree_commit.commit_sweep(self._tree, at, swept, message, self._who())
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
        except (git.GitError, OSError) as error:
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

    def _follow(self, branch: str) -> None:
        self._outcome.branch = branch
        upstream = of_branch(self._tree, branch) if branch else None
        if upstream:
            uuid = self._machine.uuid
            self._exchange = Exchange(self._tree, upstream, uuid, self._who, self._host, self._outcome)
            self._outcome.upstream = upstream.shown

    def _who(self) -> tuple[str, str]:
        return author(self._identity, self._machine, self._gate)

    def _host(self) -> str:
        return self._gate.published(self._machine.hostname)
