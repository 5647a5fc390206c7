"""What a round did in one tree."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from session_sync.errors import DONE
from session_sync.scan.gate import Findings
from session_sync.sync.tree.tree import Changes, Commit


@dataclass
class Outcome:
    """What a round did in one tree."""

    root: Path
    branch: str = ""
    upstream: str = ""  # "origin/main"; "" without a remote
    code: int = DONE
    message: str = ""
    committed: str = ""  # our commit, and the paths in it
    files: list[str] = field(default_factory=list)
    pulled: list[Commit] = field(default_factory=list)
    waiting: int = 0  # commits of the remote that a save left for the next sync
    incoming: Changes = field(default_factory=dict)  # what those commits changed
    pushed: list[str] = field(default_factory=list)  # the commits that the remote took
    conflicts: list[str] = field(default_factory=list)
    conflict_branch: str = ""
    left: list[tuple[str, str]] = field(default_factory=list)
    withheld: list[tuple[bytes, Findings]] = field(default_factory=list)
    moved: list[tuple[str, Path]] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    head: str = ""
    remote_head: str = ""  # the upstream's commit when we last saw it
    retries: int = 0
