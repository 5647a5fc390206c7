"""Where transcripts are exported to, for whom, and by which rules."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from session_sync.home import paths
from session_sync.home.config import Config
from session_sync.identity import machine
from session_sync.identity import user as identity
from session_sync.scan import from_config
from session_sync.scan import policy as policies
from session_sync.scan.policy import Policy

if TYPE_CHECKING:
    from session_sync.transcripts.belonging import Repository

_FORM = 2  # of what is written, and for which project; another one is a reason to write every session again
DEFAULT_POLICY = "standard"  # a transcript holds more than what its writer wanted to tell


@dataclass(frozen=True)
class Target:
    """What is exported to where, for whom."""

    folder: Path
    user: str
    system: str
    machines: tuple[str, ...]  # this machine's UUID and those that it had before
    home: str
    settings: Config
    rules: str  # the version of the scanner
    history: str = paths.HISTORY
    repository: Repository | None = None  # only this one's sessions

    @property
    def index(self) -> Path:
        return paths.archive_index(self.folder / self.history)

    def version(self, project: str) -> str:
        """A text that differs whenever the same transcript of `project` may be written differently."""
        where = self.repository.path if self.repository else ""
        return f"{self.form(project)} {self.user} {self.system} {where}"

    def form(self, project: str) -> str:
        """The part of the version that decides about what is written: the form, the policy, the rules."""
        return f"{_FORM} {self.policy(project).key} {self.rules}"

    def policy(self, project: str) -> Policy:
        """The policy for the transcripts of `project`."""
        return policies.of_project(project, self.settings, DEFAULT_POLICY)


def target(
    settings: Config,
    folder: Path,
    user: str | None = None,
    system: str | None = None,
    history: str = paths.HISTORY,
    repository: Repository | None = None,
) -> Target:
    """Where to export to, for this user and machine unless others are given."""
    here = machine.load()
    return Target(
        folder,
        user or identity.load_anyway().user,
        system or settings.system or here.hostname,
        (here.uuid, *here.previous_uuids),
        str(Path.home()),
        settings,
        from_config.version(settings),
        history,
        repository,
    )
