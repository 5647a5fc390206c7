"""A round in one log repository: what goes wrong in it becomes its outcome, and never stops other repositories."""

from __future__ import annotations

import sqlite3
from contextlib import suppress
from dataclasses import dataclass

from session_sync.errors import DEFERRED, FAILED, SessionSyncError, masked, told
from session_sync.git import query
from session_sync.git.failure import GitError
from session_sync.home import paths
from session_sync.identity.machine import Machine
from session_sync.identity.user import Identity
from session_sync.scan.gate import Gate
from session_sync.sync_logs.repository.attempt import Attempt, ListLogs
from session_sync.sync_logs.repository.index import Index
from session_sync.sync_logs.repository.outcome import Outcome
from session_sync.sync_logs.repository.repository import Repository
from session_sync.sync_logs.repository.request import Request
from session_sync.transcripts.archive import layout


@dataclass(frozen=True)
class RepositoryRound:
    """The round in one repository, for the logs that `list_logs(again)` gives; `again` looks at the store anew."""

    repository: Repository
    machine: Machine
    identity: Identity
    gate: Gate
    request: Request
    list_logs: ListLogs

    def sync(self) -> Outcome:
        """Do the round; what went wrong is in the outcome."""
        outcome = Outcome(self.repository.name, masked(self.repository.url), self.machine)
        try:
            self._attempt(outcome)
        except GitError as error:
            outcome.code = DEFERRED if error.unreachable or error.contended else FAILED
            is_deferred = outcome.code == DEFERRED
            kept = "committed here, pushed by the next round" if is_deferred else "the logs are safe in the store"
            outcome.message = f"{error}; {kept}"
        except SessionSyncError as error:
            outcome.code, outcome.message = error.code, str(error)
        except OSError as error:
            outcome.code, outcome.message = FAILED, f"{told(error)}; the logs are safe in the store"
        except sqlite3.OperationalError as error:
            outcome.code, outcome.message = FAILED, f"{error}; the logs are safe in the store"
        outcome.warnings = list(dict.fromkeys(outcome.warnings))
        outcome.retries = self.repository.retries
        return outcome

    def _attempt(self, outcome: Outcome) -> None:
        """Do the round, a second time in a new git directory when ours turns out to be damaged."""
        for last in (False, True):
            try:
                self.repository.prepare()
                with Index(paths.index_file(self.repository.name), self.gate.version) as index:
                    self._attempt_with(index, outcome)
                return
            except GitError as error:
                with suppress(GitError):
                    query.check_version()  # one that is too old says anything but that
                if last or error.refused or error.contended or error.unreachable or not self.repository.is_damaged():
                    raise
                away = self.repository.set_aside()
                outcome.begin_again(
                    f"the git directory was damaged and has been made again from the store; the old one is {away}"
                )

    def _attempt_with(self, index: Index, outcome: Outcome) -> None:
        Attempt(self.repository, index, self.identity, self.gate, self.request, self.list_logs, outcome).run()
        outcome.logs, outcome.transcripts = index.count("projects"), index.count(paths.HISTORY, but=layout.LATER_PARTS)
        outcome.head = index.fact("head")
