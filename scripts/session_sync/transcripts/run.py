"""A run over the transcripts of all sources: finds what changed since the last one, and exports just that.

What reads and writes sessions is imported when one changed: mostly none did.
"""

from __future__ import annotations

import os
import re
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import NamedTuple

from session_sync.transcripts import projects
from session_sync.transcripts.agents import SOURCES
from session_sync.transcripts.archive.index import ArchiveEntry, ArchiveIndex
from session_sync.transcripts.contents import Contents, Key
from session_sync.transcripts.sources.search import Search
from session_sync.transcripts.sources.shapes import path_text
from session_sync.transcripts.sources.source import Transcript
from session_sync.transcripts.target import ExportTarget, Task, TaskResult, hashed_id

_FINGERPRINT = re.compile(r"[0-9a-f.-]{1,200}")
_DEEPEST = 8  # subagents within each other whose projects follow one another in one run
_FLUSHED_EVERY = 1.0  # seconds of work that a killed run does again at most
Show = Callable[[Iterable[TaskResult], int], Iterable[TaskResult]]


class Selection(NamedTuple):
    """Which transcripts a run looks at: of `roots`, (source, place), `most` of those changed since `since` (ns)."""

    roots: Sequence[tuple[str, Path]]
    since: int = -sys.maxsize
    most: int | None = None


class FoundTranscripts(NamedTuple):
    """The transcripts that there are, and what (source, reason) could not be looked at or was not understood."""

    transcripts: list[Transcript]
    unreadable: list[tuple[str, str]]


@dataclass(frozen=True)
class Plan:
    """What a run found, and the `tasks` that this makes; `later` counts what changed but was not asked for."""

    found: FoundTranscripts
    tasks: list[Task]
    later: int

    @property
    def unchanged(self) -> int:
        """How many transcripts are in the archive as they are now."""
        return len(self.found.transcripts) - len(self.tasks) - self.later


def standard_roots() -> list[tuple[str, Path]]:
    """The standard locations of all sources."""
    return [(name, root) for name, source in SOURCES.items() for root in source.roots()]


def plan(target: ExportTarget, selection: Selection) -> Plan:
    """What there is, and what of it is to be exported, the newest first; nothing is written but the index."""
    with ArchiveIndex(target.index) as index:
        known = Contents.of(index, target)
    found = find_all(selection.roots)
    changed = [one for one in found.transcripts if not known.has(one)]
    wanted = sorted((one for one in changed if one.modified >= selection.since), key=lambda one: -one.modified)
    tasks = [Task(one, known.before(one)) for one in wanted[: selection.most]]
    return Plan(found, tasks, len(changed) - len(tasks))


def export(target: ExportTarget, tasks: Sequence[Task], show: Show = lambda results, _: results) -> list[TaskResult]:
    """Export `tasks`; `show` passes the results on and may tell how far it is. Returns what became of each."""
    with ArchiveIndex(target.index) as index:
        results = _export(target, index, tasks, show)
        found = {one.entry.key: one for one in results}
        for _ in range(_DEEPEST):  # sessions that tell of each other: now all of them have names, and projects
            entries = (found[task.transcript[:2]].entry for task in tasks)
            pairs = zip(tasks, entries, strict=True)
            again = [Task(task.transcript, entry) for task, entry in pairs if _is_stale(entry, index, target)]
            if not again:
                break
            found |= {one.entry.key: one for one in _export(target, index, again, lambda results, _: results)}
    return [one._replace(entry=found[one.entry.key].entry) for one in results]


def _is_stale(entry: ArchiveEntry, index: ArchiveIndex, target: ExportTarget) -> bool:
    """Whether a session could be linked to another one, or is of another project than its parent's allows."""
    if any(index.path_of(entry.source, one) for one in entry.open_links):
        return True
    parent = index.find(entry.source, entry.parent)[1] if entry.parent and entry.path else ""
    return bool(parent) and projects.joined([entry.project, parent], target.settings) != entry.project


def prune(target: ExportTarget, selection: Selection) -> list[str]:
    """Remove the sessions of this machine whose transcripts are gone from the places that are looked at.

    Returns the paths of their Markdown. Where a place is not there or cannot be read, nothing of its source is
    removed: it may be a disk that is not mounted.
    """
    from session_sync.transcripts.archive.write import remove_session

    found = find_all(selection.roots)
    present = {one[:2] for one in found.transcripts}
    away = {name for name, root in selection.roots if not root.exists()} | {name for name, _ in found.unreadable}
    places = [(name, f"{path_text(str(root))}{os.sep}") for name, root in selection.roots if name not in away]
    with ArchiveIndex(target.index) as index:
        gone = [
            one
            for one in index.entries()
            if one.machine in target.machines and one.key not in present and _is_in(one, places)
        ]
        for one in gone:
            if one.path:
                remove_session(target.folder / one.path)
        index.forget(gone)
    return [one.path for one in gone if one.path]


def _is_in(entry: ArchiveEntry, places: Iterable[tuple[str, str]]) -> bool:
    """Whether the transcript of `entry` was in one of `places`."""
    return any(name == entry.source and entry.place.startswith(root) for name, root in places)


def find_all(roots: Iterable[tuple[str, Path]]) -> FoundTranscripts:
    """The transcripts in `roots`, (source, place), each once, and what could not be looked at."""
    found = FoundTranscripts([], [])
    seen: dict[Key, Transcript] = {}
    for name, root in roots:
        search = Search()
        try:
            for transcript in map(_named, SOURCES[name].find(root, search)):
                other = seen.setdefault(transcript[:2], transcript)
                if other is transcript:
                    found.transcripts.append(transcript)
                elif other.path != transcript.path and other.fingerprint != transcript.fingerprint:
                    found.transcripts.append(_apart(transcript))
        except OSError as error:
            search.tell(root, error.strerror or str(error))
        found.unreadable.extend((name, problem) for problem in search.problems)
    return found


def _apart(transcript: Transcript) -> Transcript:
    """`transcript` with an id that tells it from another one with the same id in another folder."""
    folder = hashed_id(os.path.dirname(transcript.path))[:8]
    return transcript._replace(session_id=f"{transcript.session_id}@{folder}")


def _named(transcript: Transcript) -> Transcript:
    """`transcript` with an id that any text can hold, and a fingerprint that tells nothing."""
    if not transcript.session_id.isascii():
        transcript = transcript._replace(session_id=path_text(transcript.session_id))
    if not _FINGERPRINT.fullmatch(transcript.fingerprint):
        transcript = transcript._replace(fingerprint=hashed_id(transcript.fingerprint))
    return transcript


def _export(target: ExportTarget, index: ArchiveIndex, tasks: Sequence[Task], show: Show) -> list[TaskResult]:
    """Export `tasks`, remembering as it goes what became of them; returns that."""
    from session_sync.transcripts import parallel
    from session_sync.transcripts.exporter import Exporter

    results: list[TaskResult] = []
    unsaved: list[ArchiveEntry] = []
    saved = time.monotonic()
    try:
        for result in show(parallel.results(tasks, partial(Exporter, target)), len(tasks)):
            results.append(result)
            unsaved.append(result.entry)
            if time.monotonic() - saved > _FLUSHED_EVERY:
                index.record(unsaved)
                unsaved, saved = [], time.monotonic()
    finally:
        index.record(unsaved)
    # what was known by an earlier UUID of this machine, or by a hidden id, is known as it is now
    known = {one.entry[:3] for one in results}
    index.forget(task.before for task in tasks if task.before and task.before[:3] not in known)
    return results
