"""One try of a round in one log repository, with its index open: commit, fetch, make the branches fit, push."""

from __future__ import annotations

import time
from collections.abc import Callable

from session_sync.git.causes import Kind
from session_sync.git.failure import Diagnosis, GitError, is_contention
from session_sync.home import paths
from session_sync.identity.user import Identity
from session_sync.logs.store import Log
from session_sync.scan.gate import Gate
from session_sync.sync_logs.repository import branch, history, main_view
from session_sync.sync_logs.repository.index import Index
from session_sync.sync_logs.repository.outcome import Outcome
from session_sync.sync_logs.repository.outgoing import Committer, Outgoing, compare
from session_sync.sync_logs.repository.purged import Purge
from session_sync.sync_logs.repository.repository import PROPOSAL, Repository, remote_branch
from session_sync.sync_logs.repository.repository import branch as own_branch
from session_sync.sync_logs.repository.request import Request

PUSHES = 4  # tries to get our own branch accepted
ListLogs = Callable[[bool], list[Log]]  # of the repository; True looks at the store anew


class Attempt:
    """What it does is in `outcome`, also when it fails."""

    def __init__(
        self,
        repository: Repository,
        index: Index,
        identity: Identity,
        gate: Gate,
        request: Request,
        list_logs: ListLogs,
        outcome: Outcome,
    ) -> None:
        self._repository = repository
        self._index = index
        self._identity = identity
        self._gate = gate
        self._request = request
        self._list_logs = list_logs
        self._outcome = outcome
        self._moved = False  # our branch now stands on a commit that the remote had

    def run(self) -> None:
        """Commit what changed, fetch, make the branches fit, push; raises GitError and SessionSyncError."""
        if self._request.push_purged:
            Purge(self._repository.name).forget(self._list_logs(False))
        self._committer().refresh()
        found = self._compare()
        if not found.changed and self._is_acknowledged():
            self._committer().remember(found)
            self._outcome.note(found)
            self._outcome.pushed = True
            return
        self._outcome.caught_up = self._waits()
        offline = self._fetch()
        if offline is None:
            found = self._settle(found)
        self._committer().commit(found)
        self._outcome.note(found)
        if offline is not None:
            raise offline
        self._push()

    def _committer(self) -> Committer:
        skip = self._request.skip_pii_check
        machine = self._outcome.machine
        shared = self._moved or machine.fixed  # others may have written to our branch
        return Committer(self._repository, self._index, machine, self._identity, self._gate, skip, shared)

    def _compare(self, again: bool = False) -> Outgoing:
        request, purge = self._request, Purge(self._repository.name)
        return compare(self._index, self._list_logs(again), request.force, request.skip_pii_check, purge)

    def _is_acknowledged(self) -> bool:
        """Whether the remote itself says now that it has all we committed; offline, whether it said so last."""
        ours = own_branch(self._outcome.machine.uuid)
        here, acknowledged = self._repository.ids([ours, remote_branch(self._outcome.machine.uuid)])
        if not here or here != acknowledged or self._index.fact("main_behind"):
            return False
        try:
            return self._repository.remote_ids(ours).get(ours) == here
        except GitError as error:
            if not error.unreachable or self._index.fact("acknowledged_by") != self._repository.url_hash:
                raise
            self._outcome.warnings.append(f"{error}; nothing was waiting to be pushed")
            return True

    def _waits(self) -> bool:
        """Whether something is committed that the remote has not acknowledged."""
        uuid = self._outcome.machine.uuid
        here, acknowledged = self._repository.ids([own_branch(uuid), remote_branch(uuid)])
        return bool(here) and here != acknowledged

    def _fetch(self) -> GitError | None:
        """Fetch; returns the error when the remote is out of reach, which must not keep us from committing."""
        try:
            self._repository.fetch()
        except GitError as error:
            if error.refused:
                self._committer().commit(self._compare())
                raise
            return error
        return None

    def _settle(self, found: Outgoing) -> Outgoing:
        """Make our branch fit the remote's; look at the logs again when that moved it."""
        who = self._gate.author(self._identity, self._outcome.machine)
        settled = branch.settle(self._repository, self._outcome.machine, who, self._last_push())
        self._outcome.machine = settled.machine
        self._outcome.warnings += settled.warnings
        if not settled.moved:
            return found
        self._moved = True
        self._committer().refresh()
        return self._compare(again=True)

    def _last_push(self) -> branch.LastPush:
        """What is known of it; what is not known is taken to be the same."""
        remote, home = self._index.fact("acknowledged_by"), self._index.fact("home")
        return branch.LastPush(remote in ("", self._repository.url_hash), home in ("", str(paths.home())))

    def _push(self) -> None:
        """Push our branch, and the merged view as far as nobody else was quicker."""
        for attempt in range(PUSHES):
            view = history.view(self._repository)
            main_ref = f"refs/heads/{view}"
            machine = self._outcome.machine
            ours = own_branch(machine.uuid)
            refs = [(ours, ours)]
            has_proposal = self._propose(view)
            if has_proposal:
                refs.append((PROPOSAL, main_ref))
            refused = self._repository.push(*refs)
            if has_proposal and "declined" in refused.get(ours, ""):  # a whole push, for the sake of main
                refused = {main_ref: "declined", **self._repository.push((ours, ours))}
            if ours not in refused:
                self._repository.acknowledge(machine.uuid, view)
                self._acknowledge(has_proposal, refused.get(main_ref, ""))
                return
            if not is_contention(refused[ours]):
                raise _refused(refused[ours], Kind.USER)
            self._repository.pause(attempt)
            self._repository.fetch()
            found = self._settle(Outgoing())
            self._committer().commit(found)
            self._outcome.note(found)
        raise _refused(refused[ours], Kind.BUSY)

    def _propose(self, view: str) -> bool | None:
        """Whether the merged view has something new to push; None when it could not be made, which stops nothing."""
        machine = self._outcome.machine
        try:
            return main_view.propose(self._repository, machine.uuid, self._gate.author(self._identity, machine), view)
        except GitError as error:
            self._outcome.warnings.append(f"main was not advanced: {error}")
            return None

    def _acknowledge(self, has_proposal: bool | None, main_refused: str) -> None:
        declined = "declined" in main_refused
        if declined:
            self._outcome.warnings.append("the remote does not let main be advanced; our own branch has everything")
        behind = has_proposal is None or bool(main_refused and not declined)
        self._outcome.pushed, self._outcome.main_behind = True, behind
        facts = {"acknowledged": str(time.time()), "main_behind": "1" if behind else ""}
        where = {"acknowledged_by": self._repository.url_hash, "home": str(paths.home())}
        self._index.record([], {**facts, **where})
        try:
            self._repository.tidy()
        except GitError as error:
            self._outcome.warnings.append(f"{error}; nothing is lost, the repository only grows")


def _refused(why: str, kind: Kind) -> GitError:
    return GitError("push", why, found=Diagnosis(kind, f"the remote refused our branch: {why}"))
