"""What a round did in one log repository."""

from __future__ import annotations

from dataclasses import dataclass, field

from session_sync.errors import DONE
from session_sync.identity.machine import Machine
from session_sync.logs.store import Log
from session_sync.scan.gate import Findings
from session_sync.sync_logs.repository.outgoing import Outgoing


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
    purged: list[Log] = field(default_factory=list)  # from the remote: they stay here
    warnings: list[str] = field(default_factory=list)
    pushed: bool = False
    caught_up: bool = False  # with commits of earlier rounds that had not reached the remote
    main_behind: bool = False  # another machine was quicker: the next round puts it right
    head: str = ""  # the commit of our branch
    logs: int = 0  # all that are committed
    transcripts: int = 0
    retries: int = 0

    def note(self, found: Outgoing) -> None:
        """Add what became of the logs that were looked at."""
        self.committed += found.committed
        self.withheld += found.withheld
        self.unreadable += found.unreadable
        self.purged = found.purged or self.purged

    def begin_again(self, warning: str) -> None:
        """Forget what was done to logs in a git directory that turned out to be damaged."""
        self.committed, self.withheld, self.unreadable, self.purged = [], [], [], []
        self.warnings.append(warning)
