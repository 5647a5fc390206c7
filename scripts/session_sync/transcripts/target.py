"""Where transcripts are exported to, for whom and by which rules; a transcript to export, and what became of it."""

from __future__ import annotations

import functools
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from session_sync.home import paths
from session_sync.home.config import UNKNOWN, Config
from session_sync.identity import machine, surroundings
from session_sync.identity import user as identity_user
from session_sync.scan import from_config
from session_sync.scan import policy as scan_policy
from session_sync.scan.policy import Policy
from session_sync.transcripts.archive.index import ArchiveEntry
from session_sync.transcripts.sources.shapes import path_text
from session_sync.transcripts.sources.source import Transcript

if TYPE_CHECKING:
    from session_sync.transcripts.belonging import Repository

_FORM = 3  # of what is written, and for which project; another one is a reason to write every session again
NOT_UNDERSTOOD = "nothing in it could be read"
_UNTOLD = " untold: "
DEFAULT_POLICY = "standard"  # a transcript holds more than what its writer wanted to tell


@dataclass(frozen=True)
class ExportTarget:
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

    @classmethod
    def here(
        cls,
        settings: Config,
        folder: Path,
        user: str | None = None,
        system: str | None = None,
        history: str = paths.HISTORY,
        repository: Repository | None = None,
    ) -> ExportTarget:
        """An export from this machine to `folder`, for its user and under its name unless others are given."""
        own = machine.load()
        return cls(
            folder,
            user or identity_user.load_anyway().user,
            system or settings.system or own.hostname,
            (own.uuid, *own.previous_uuids),
            str(Path.home()),
            settings,
            from_config.version(settings),
            history,
            repository,
        )

    @property
    def index(self) -> Path:
        return paths.archive_index(self.folder / self.history)

    def version(self, project: str) -> str:
        """A text that differs whenever the same transcript of `project` may be written differently."""
        where = self.repository.path if self.repository else ""
        return f"{self.form(project)} {self.user} {self.system} {where}"

    def version_of(self, project: str, cwds: Iterable[str]) -> str:
        """The same for a session that was in `cwds`: with the one that keeps its project from being told, if so."""
        untold = next(filter(surroundings.untold, cwds), "") if project == UNKNOWN else ""
        return f"{self.version(project)}{_UNTOLD}{path_text(untold)}" if untold else self.version(project)

    def is_untold(self, entry: ArchiveEntry) -> bool:
        """Whether a session waits for its project to be told."""
        return _UNTOLD in entry.version

    def is_current(self, entry: ArchiveEntry) -> bool:
        """Whether what became of a transcript is what would become of it now, if it has not changed itself."""
        version, _, untold = entry.version.partition(_UNTOLD)
        return version == self.version(entry.project) and (not untold or bool(surroundings.untold(untold)))

    @functools.cached_property
    def _told(self) -> str:
        """A text that differs whenever the settings may tell another project of the same session."""
        told = self.settings
        named = sorted(told.tenants.items()), sorted(told.repositories)
        rules = repr((told.projects, told.routing, told.policies, *named))
        return f"{zlib.crc32(rules.encode('utf-8', 'surrogatepass')):08x}"

    def form(self, project: str) -> str:
        """The part of the version that decides what is written: the form, the policy, the rules, whose it is."""
        pictures = "+pictures" if self.keeps_pictures(project) else ""
        return f"{_FORM} {self.policy(project).key}{pictures} {self.rules} {self._told}"

    def policy(self, project: str) -> Policy:
        """The policy for the transcripts of `project`."""
        return scan_policy.of_project(project, self.settings, DEFAULT_POLICY)

    def keeps_pictures(self, project: str) -> bool:
        """Whether the pictures in the transcripts of `project` are kept."""
        return scan_policy.keeps_pictures(project, self.settings)


class Task(NamedTuple):
    """A transcript to export, and what became of it before."""

    transcript: Transcript
    before: ArchiveEntry | None


class TaskResult(NamedTuple):
    """What became of a transcript."""

    entry: ArchiveEntry
    changed: bool  # a file was written
    problems: int = 0  # lines that were mended, or left out as damaged
    messages: int = 0
    left_out: str = ""  # why it is not in the archive: NOT_UNDERSTOOD, or a reason for which nothing went wrong
    unknown: tuple[tuple[str, int], ...] = ()  # types of record that we do not know, and how many there were of each
    gone: int = 0  # messages that the archive keeps, and that its source has lost since the last run


def hashed_id(transcript: str) -> str:
    """What an archive has instead of a transcript's id that holds something that must not leave."""
    import hashlib  # mostly there is nothing to hide

    return hashlib.sha256(transcript.encode("utf-8", "surrogatepass")).hexdigest()
