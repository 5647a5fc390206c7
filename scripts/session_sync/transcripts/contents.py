"""What an archive has, by its index and by the files that are really there."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from session_sync.transcripts import projects
from session_sync.transcripts.archive import layout
from session_sync.transcripts.archive.index import ArchiveEntry, ArchiveIndex, FileHashes
from session_sync.transcripts.sources.source import Transcript
from session_sync.transcripts.target import ExportTarget, hashed_id

if TYPE_CHECKING:  # to import it takes longer than a run in which nothing changed
    from session_sync.transcripts.archive.hidden_json import SessionHead

Key = tuple[str, str]  # the source, and its id of a transcript


class Contents:
    """What the archive of `target` has, by `entries` and by what is really there."""

    def __init__(self, target: ExportTarget, entries: Iterable[ArchiveEntry]) -> None:
        self._target = target
        self._own: dict[Key, ArchiveEntry] = {}
        self._others: dict[Key, ArchiveEntry] = {}
        for entry in entries:
            known = self._own if entry.machine in target.machines else self._others
            if entry.machine == target.machines[0] or entry.key not in known:
                known[entry.key] = entry
        self._projects = {(one.source, one.session_id): one.project for one in self._own.values()}
        self._linkable = {(one.source, one.session_id) for one in self._own.values() if one.path}
        self._names: dict[str, set[str]] = {}
        self._current: dict[tuple[str, str], bool] = {}  # (project, version)

    @classmethod
    def of(cls, index: ArchiveIndex, target: ExportTarget) -> Contents:
        """What the archive of `target` has, read from its files when the index is new."""
        entries = index.entries()
        if not entries and (target.folder / target.history).is_dir():
            entries = list(_rebuilt(target))
            index.record(entries)
        return cls(target, entries)

    def before(self, transcript: Transcript) -> ArchiveEntry | None:
        """What became of `transcript` in earlier runs of this machine."""
        return _entry_of(transcript, self._own)

    def has(self, transcript: Transcript) -> bool:
        """Whether `transcript` is in the archive as it is now."""
        entry = _entry_of(transcript, self._own)
        if entry is None or entry.fingerprint != transcript.fingerprint:
            other = _entry_of(transcript, self._others)
            return other is not None and other.fingerprint == transcript.fingerprint and self._is_there(other)
        return (
            self._is_current(entry)
            and self._is_there(entry)
            and not any((entry.source, one) in self._linkable for one in entry.open_links)
            and self._is_of_its_parent(entry)
        )

    def _is_of_its_parent(self, entry: ArchiveEntry) -> bool:
        """Whether the project of a subagent's session is one that its parent's may have."""
        parent = self._projects.get((entry.source, entry.parent), "") if entry.parent else ""
        return (
            parent in ("", entry.project)
            or projects.joined([entry.project, parent], self._target.settings) == entry.project
        )

    def _is_current(self, entry: ArchiveEntry) -> bool:
        known = entry.project, entry.version
        if known not in self._current:
            self._current[known] = self._target.is_current(entry)
        return self._current[known]

    def _is_there(self, entry: ArchiveEntry) -> bool:
        """Whether all files of a session are there, if it has any."""
        top = entry.path.rpartition("/")[0]
        for name, _ in entry.files:
            folder, _, own = f"{top}/{name}".rpartition("/")
            if folder not in self._names:
                self._names[folder] = _listed(self._target.folder / folder)
            if own not in self._names[folder]:
                return False
        return True


def _entry_of(transcript: Transcript, entries: Mapping[Key, ArchiveEntry]) -> ArchiveEntry | None:
    """What is known of `transcript`, whose id may be hidden in an archive."""
    return entries.get(transcript[:2]) or entries.get((transcript.source, hashed_id(transcript.session_id)))


def _listed(folder: Path) -> set[str]:
    with suppress(OSError):
        return set(os.listdir(folder))
    return set()


def _rebuilt(target: ExportTarget) -> Iterator[ArchiveEntry]:
    from session_sync.transcripts.archive import hidden_json

    for path in hidden_json.session_files(target.folder / target.history):
        with suppress(OSError, hidden_json.Damaged):
            head = hidden_json.read_head(path)
            where = layout.markdown(path.relative_to(target.folder).as_posix())
            missing = tuple(one for one, link in head.links.items() if not link)
            fingerprint = head.fingerprint if _is_whole(path.parent, head) else ""
            is_of_now = head.version == target.form(head.project)
            version = target.version_of(head.project, (head.cwd, *head.cwds)) if is_of_now else head.version
            yield ArchiveEntry(
                head.source, head.transcript, head.machine, fingerprint, version, where,
                head.project, head.source_session_id, missing, files=_files(path, head),
                parent=head.parent.session_id if head.parent else "",
            )  # fmt: skip


def _is_whole(folder: Path, head: SessionHead) -> bool:
    """Whether the files beside the JSON of a session are as it was written: a killed run may have left earlier ones."""
    from session_sync.transcripts.archive import hidden_json

    return not any(hidden_json.difference(folder / one.name, one.sha256) for one in head.files)


def _files(data: Path, head: SessionHead) -> FileHashes:
    """The files of the session whose JSON is at `data`; the hash is of use only where the content is its name."""
    named = [(one.name, one.sha256 if layout.is_picture(one.name) else "") for one in head.files]
    return (*(one for one in named if layout.is_of(one[0], data.name[1:-5])), (data.name, ""))
