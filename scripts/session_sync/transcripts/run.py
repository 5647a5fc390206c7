"""A run over the transcripts of all sources: finds what changed since the last one, and exports just that.

What reads and writes sessions is imported when there is one that changed: mostly there is none.
"""

from __future__ import annotations

import os
import re
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import NamedTuple

from session_sync.transcripts import contents as archive_contents
from session_sync.transcripts.agents import SOURCES
from session_sync.transcripts.archive.index import ArchiveIndex, Entry
from session_sync.transcripts.contents import Key
from session_sync.transcripts.export_task import Done, Task, hidden
from session_sync.transcripts.sources.shapes import path_text
from session_sync.transcripts.sources.source import Transcript
from session_sync.transcripts.target import Target

_FINGERPRINT = re.compile(r"[0-9a-f.-]{1,200}")
_FLUSHED_EVERY = 1.0  # seconds of work that a killed run does again at most
Show = Callable[[Iterable[Done], int], Iterable[Done]]


class Wanted(NamedTuple):
    """Which transcripts a run looks at: of `roots`, (source, place), `most` of those changed since `since` (ns)."""

    roots: Sequence[tuple[str, Path]]
    since: int = -sys.maxsize
    most: int | None = None


@dataclass
class Outcome:
    """What a run did."""

    found: list[Transcript] = field(default_factory=list)
    unreadable: list[tuple[str, str]] = field(default_factory=list)  # places that could not be looked at, and why
    tasks: list[Task] = field(default_factory=list)
    later: int = 0  # transcripts that changed and are not asked for
    exported: list[Entry] = field(default_factory=list)  # of which a file was written
    failed: list[Entry] = field(default_factory=list)
    damaged: list[tuple[Entry, int]] = field(default_factory=list)  # and how many lines are
    left_out: dict[str, list[Entry]] = field(default_factory=dict)  # why -> sessions that are not in the archive
    messages: int = 0


def everywhere() -> list[tuple[str, Path]]:
    """The standard locations of all sources."""
    return [(name, root) for name, source in SOURCES.items() for root in source.roots()]


def look(target: Target, wanted: Wanted) -> Outcome:
    """What there is, and what of it would be exported, the newest first; nothing is written but the index."""
    outcome = Outcome()
    with ArchiveIndex(target.index) as index:
        known = archive_contents.load(index, target)
    for transcript in found(wanted.roots, outcome.unreadable):
        outcome.found.append(transcript)
        if known.has(transcript):
            continue
        if transcript.modified < wanted.since:
            outcome.later += 1
        else:
            outcome.tasks.append(Task(transcript, known.before(transcript)))
    outcome.tasks.sort(key=lambda task: -task.transcript.modified)
    outcome.later += len(outcome.tasks[wanted.most :]) if wanted.most is not None else 0
    outcome.tasks = outcome.tasks[: wanted.most]
    return outcome


def run(target: Target, outcome: Outcome, show: Show = lambda results, _: results) -> None:
    """Export the tasks in `outcome`; `show` passes the results on and may tell how far it is."""
    with ArchiveIndex(target.index) as index:
        entries = _export(target, index, outcome.tasks, outcome, show)
        again = [
            Task(task.transcript, entry)
            for task in outcome.tasks
            if (entry := entries[task.transcript[:2]])
            and any(index.path_of(entry.source, one) for one in entry.open_links)
        ]
        if again:  # sessions that tell of each other: now all of them have names
            _export(target, index, again, Outcome(), lambda results, _: results)


def prune(target: Target, wanted: Wanted) -> list[str]:
    """Remove the sessions of this machine whose transcripts are gone from the places that are looked at.

    Returns the paths of their Markdown. Where a place is not there or cannot be read, nothing of its source is
    removed: it may be a disk that is not mounted.
    """
    from session_sync.transcripts.archive import write as archive

    unreadable: list[tuple[str, str]] = []
    present = {one[:2] for one in found(wanted.roots, unreadable)}
    away = {name for name, root in wanted.roots if not root.exists()} | {name for name, _ in unreadable}
    places = [(name, f"{path_text(str(root))}{os.sep}") for name, root in wanted.roots if name not in away]
    with ArchiveIndex(target.index) as index:
        gone = [
            one
            for one in index.entries()
            if one.machine in target.machines and one.key not in present and _is_in(one, places)
        ]
        for one in gone:
            if one.path:
                archive.remove(target.folder / one.path)
        index.forget(gone)
    return [one.path for one in gone if one.path]


def _is_in(entry: Entry, places: Iterable[tuple[str, str]]) -> bool:
    """Whether the transcript of `entry` was in one of `places`."""
    return any(name == entry.source and entry.place.startswith(root) for name, root in places)


def found(roots: Iterable[tuple[str, Path]], unreadable: list[tuple[str, str]]) -> Iterator[Transcript]:
    """The transcripts in `roots`, each once; a place that cannot be looked at becomes `unreadable`, with the reason."""
    seen: dict[Key, Transcript] = {}
    for name, root in roots:
        try:
            for transcript in map(_named, SOURCES[name].find(root)):
                other = seen.setdefault(transcript[:2], transcript)
                if other is transcript:
                    yield transcript
                elif other.path != transcript.path and other.fingerprint != transcript.fingerprint:
                    yield _apart(transcript)
        except OSError as error:
            unreadable.append((name, f"{root}: {error.strerror or error}"))


def _apart(transcript: Transcript) -> Transcript:
    """`transcript` with an id that tells it from another one with the same id in another folder."""
    folder = hidden(os.path.dirname(transcript.path))[:8]
    return transcript._replace(session_id=f"{transcript.session_id}@{folder}")


def _named(transcript: Transcript) -> Transcript:
    """`transcript` with an id that any text can hold, and a fingerprint that tells nothing."""
    if not transcript.session_id.isascii():
        transcript = transcript._replace(session_id=path_text(transcript.session_id))
    if not _FINGERPRINT.fullmatch(transcript.fingerprint):
        transcript = transcript._replace(fingerprint=hidden(transcript.fingerprint))
    return transcript


def _export(
    target: Target, index: ArchiveIndex, tasks: Sequence[Task], outcome: Outcome, show: Show
) -> dict[Key, Entry]:
    """Export `tasks`, remembering as it goes what became of them; returns that."""
    from session_sync.transcripts import parallel
    from session_sync.transcripts.exporter import Exporter

    entries: dict[Key, Entry] = {}
    unsaved: list[Entry] = []
    saved = time.monotonic()
    try:
        for done in show(parallel.results(tasks, partial(Exporter, target)), len(tasks)):
            entries[done.entry.key] = done.entry
            unsaved.append(done.entry)
            _note(done, outcome)
            if time.monotonic() - saved > _FLUSHED_EVERY:
                index.record(unsaved)
                unsaved, saved = [], time.monotonic()
    finally:
        index.record(unsaved)
    # what was known by an earlier UUID of this machine, or by a hidden id, is known as it is now
    befores = [task.before for task in tasks if task.before]
    index.forget(one for one in befores if one[:3] not in {entry[:3] for entry in entries.values()})
    return entries


def _note(done: Done, outcome: Outcome) -> None:
    outcome.messages += done.messages
    if done.entry.error:
        outcome.failed.append(done.entry)
    if done.changed:
        outcome.exported.append(done.entry)
    if done.left_out:
        outcome.left_out.setdefault(done.left_out, []).append(done.entry)
    if done.problems:
        outcome.damaged.append((done.entry, done.problems))
