"""One round in one log repository: commit what changed, fetch, make the branches fit, push."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from session_sync.errors import DEFERRED, DONE, FAILED, SessionSyncError, masked
from session_sync.git.failure import GitError
from session_sync.home import paths
from session_sync.identity.machine import Machine
from session_sync.identity.user import Identity
from session_sync.logs.store import Log
from session_sync.scan.gate import Findings, Gate
from session_sync.sync_logs.repository import branch, main_view
from session_sync.sync_logs.repository.index import Index
from session_sync.sync_logs.repository.outgoing import Committer, Outgoing, compare
from session_sync.sync_logs.repository.repository import PROPOSAL, Repository, remote_branch
from session_sync.sync_logs.repository.repository import branch as own_branch
from session_sync.sync_logs.repository.request import Request

MAIN_REF = "refs/heads/main"
PUSHES = 4  # tries to get our own branch accepted


@dataclass
class Outcome:
    """What a round did in one log repository."""

    repository: str
    remote: str  # without credentials
    machine: Machine  # a new one when another machine was found to have the same UUID
    code: int = DONE
    message: str = ""
    committed: list[Log] = field(default_factory=list)
    withheld: list[tuple[Log, Findings]] = field(default_factory=list)
    unreadable: list[tuple[str, str]] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    pushed: bool = False
    caught_up: bool = False  # with commits of earlier rounds that had not reached the remote
    main_behind: bool = False  # another machine was quicker: the next round mends it
    head: str = ""  # the commit of our branch
    logs: int = 0  # all that are committed
    transcripts: int = 0
    retries: int = 0


class RepositoryRound:
    """The round in one repository, for the logs that `list_logs(again)` gives; `again` looks at the store anew."""

    def __init__(
        self,
        repository: Repository,
        machine: Machine,
        identity: Identity,
        gate: Gate,
        request: Request,
        list_logs: Callable[[bool], list[Log]],
    ) -> None:
        self._repository = repository
        self._identity = identity
        self._gate = gate
        self._request = request
        self._list_logs = list_logs
        self._moved = False  # our branch now stands on a commit that the remote had
        self._outcome = Outcome(repository.name, masked(repository.url), machine)

    def sync(self) -> Outcome:
        """Do the round; what went wrong is in the outcome, and never stops other repositories."""
        try:
            self._attempt()
        except GitError as error:
            outcome = self._outcome
            outcome.code = DEFERRED if error.unreachable or error.contended else FAILED
            outcome.message = f"{error}; {self._advice(error)}"
        except SessionSyncError as error:
            self._outcome.code, self._outcome.message = error.code, str(error)
        except (OSError, sqlite3.OperationalError) as error:
            self._outcome.code = FAILED
            self._outcome.message = f"{error}; the logs are safe in the store"
        self._outcome.warnings = list(dict.fromkeys(self._outcome.warnings))
        self._outcome.retries = self._repository.retries
        return self._outcome

    def _attempt(self) -> None:
        """Do the round, a second time in a new git directory when ours turns out to be damaged."""
        for last in (False, True):
            try:
                self._repository.prepare()
                with Index(paths.index_file(self._repository.name), self._gate.version) as index:
                    self._index = index
                    self._sync()
                    self._outcome.logs = index.count("projects")
                    self._outcome.transcripts = index.count(paths.HISTORY)
                    self._outcome.head = index.fact("head")
                    return
            except GitError as error:
                if last or error.refused or error.contended or error.unreachable or not self._repository.is_damaged():
                    raise
                away = self._repository.set_aside()
                warning = f"the git directory was damaged and has been made again from the store; the old one is {away}"
                self._outcome = replace(
                    self._outcome, committed=[], withheld=[], unreadable=[], warnings=[*self._outcome.warnings, warning]
                )

    def _advice(self, error: GitError) -> str:
        if self._outcome.code == DEFERRED:
            return "committed here, pushed by the next round"
        if "declined" in error.detail:
            return "the logs are safe here; ask who runs the remote"
        if error.refused:
            return "the logs are safe here; git must authenticate without a prompt (credential helper, ssh agent)"
        return "the logs are safe in the store"

    def _sync(self) -> None:
        self._committer().refresh()
        found = self._compare()
        if not found.changed and self._is_acknowledged():
            self._committer().remember(found)
            self._note(found)
            self._outcome.pushed = True
            return
        self._outcome.caught_up = self._waits()
        offline = self._fetch()
        if offline is None:
            found = self._settle(found)
        self._committer().commit(found)
        self._note(found)
        if offline is not None:
            raise offline
        self._push()

    def _committer(self) -> Committer:
        skip = self._request.skip_pii_check
        machine = self._outcome.machine
        shared = self._moved or machine.fixed  # others may have written to our branch
        return Committer(self._repository, self._index, machine, self._identity, self._gate, skip, shared)

    def _compare(self, again: bool = False) -> Outgoing:
        return compare(self._index, self._list_logs(again), self._request.force, self._request.skip_pii_check)

    def _note(self, found: Outgoing) -> None:
        self._outcome.committed += found.committed
        self._outcome.withheld += found.withheld
        self._outcome.unreadable += found.unreadable

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
        settled = branch.settle(self._repository, self._outcome.machine, who)
        self._outcome.machine = settled.machine
        self._outcome.warnings += settled.warnings
        if not settled.moved:
            return found
        self._moved = True
        self._committer().refresh()
        return self._compare(again=True)

    def _push(self) -> None:
        """Push our branch, and the merged view as far as nobody else was quicker."""
        for attempt in range(PUSHES):
            machine = self._outcome.machine
            ours = own_branch(machine.uuid)
            refs = [(ours, ours)]
            has_proposal = self._propose()
            if has_proposal:
                refs.append((PROPOSAL, MAIN_REF))
            refused = self._repository.push(*refs)
            if has_proposal and "declined" in refused.get(ours, ""):  # a whole push, for the sake of main
                refused = {MAIN_REF: "declined", **self._repository.push((ours, ours))}
            if ours not in refused:
                self._acknowledge(has_proposal, refused.get(MAIN_REF, ""))
                return
            if "declined" in refused[ours]:
                break
            self._repository.pause(attempt)
            self._repository.fetch()
            found = self._settle(Outgoing())
            self._committer().commit(found)
            self._note(found)
        raise GitError("push", f"fatal: the remote refused our branch: {refused[ours]}")

    def _propose(self) -> bool | None:
        """Whether there is a new merged view to push; None when it could not be made, which stops nothing."""
        machine = self._outcome.machine
        try:
            return main_view.propose(self._repository, machine.uuid, self._gate.author(self._identity, machine))
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
        self._index.record([], {**facts, "acknowledged_by": self._repository.url_hash})
        try:
            self._repository.tidy()
        except GitError as error:
            self._outcome.warnings.append(f"{error}; nothing is lost, the repository only grows")
