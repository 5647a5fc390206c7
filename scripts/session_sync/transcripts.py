"""The agents' transcripts in a round: archived in the home, then sent to the log repositories like session logs."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from session_sync import archived, archiver, digest, files, layout, paths
from session_sync.archive_index import ArchiveIndex, Entry
from session_sync.archiver import Wanted
from session_sync.config import Config
from session_sync.errors import SessionSyncError
from session_sync.exporter import Done, Target
from session_sync.request import Request
from session_sync.sources import SOURCES
from session_sync.store import Log

_LARGEST = 95_000_000  # bytes of a file that forges take


@dataclass
class Archived:
    """What a round has of the archive: the files to send, and which transcripts could not be exported, and why."""

    logs: list[Log] = field(default_factory=list)
    failed: list[tuple[str, str]] = field(default_factory=list)


def archive(settings: Config, request: Request, progress: Callable[[], None]) -> Archived:
    """Export what changed: all transcripts, or those that the request names. The round's lock must be held.

    What goes wrong is told and never keeps session logs from being synced.
    """
    if not settings.transcripts:
        return Archived()
    try:
        return _archived(settings, request, progress)
    except (OSError, SessionSyncError) as error:
        return Archived(failed=[(str(paths.archive()), str(error))])


def _archived(settings: Config, request: Request, progress: Callable[[], None]) -> Archived:
    target = archiver.target(settings, files.make_private_dir(paths.archive()))
    roots = archiver.everywhere() if request.sweep else list(_named(request.transcripts))
    outcome = archiver.look(target, Wanted(roots))

    def shown(results: Iterable[Done], _: int) -> Iterator[Done]:
        for done in results:
            progress()
            yield done

    archiver.run(target, outcome, shown)
    digest.write(target, outcome.exported)
    with ArchiveIndex(target.index) as index:
        entries = index.entries() if request.sweep else outcome.exported
    found = Archived(failed=[(f"{one.source} {one.transcript}", one.error) for one in outcome.failed])
    found.failed += outcome.unreadable
    for log in (log for one in entries if one.path and request.wants(one.project) for log in _files(target, one)):
        if log.stat.st_size <= _LARGEST:
            found.logs.append(log)
        else:
            found.failed.append((log.path, "kept here only: forges take no file over 100 MB"))
    return found


def waiting(settings: Config) -> list[str]:
    """The transcripts that a round would export; nothing is written."""
    if not settings.transcripts:
        return []
    target = archiver.target(settings, paths.archive())
    return [task.transcript.path for task in archiver.look(target, Wanted(archiver.everywhere())).tasks]


def fingerprint() -> tuple[int, int]:
    """A number that differs when a transcript of the standard places does, and when the newest changed (ns)."""
    import zlib

    total = newest = 0
    for name, root in archiver.everywhere():
        with suppress(OSError):  # told by the round that looked there
            for one in SOURCES[name].find(root):
                text = f"{one.path} {one.fingerprint}".encode("utf-8", "surrogatepass")
                total += hash((one.modified, zlib.crc32(text)))
                newest = max(newest, one.modified)
    return total, newest


def is_redacted(log: Log, data: bytes, settings: Config) -> bool:
    """Whether `data`, the bytes of an archived file, are what the export wrote by the rules and policies of now."""
    path = Path(log.path)
    is_text = path.suffix == ".md"
    try:
        head = archived.read_head(path.with_name(layout.hidden(path.stem)) if is_text else path)
    except (OSError, archived.Damaged):
        return False
    target = archiver.target(settings, paths.archive(), user="-", system="-")
    if head.project != log.project or head.version != target.form(log.project):
        return False
    if is_text:
        return any(one.name == path.name and one.sha256 == archived.sha256(data) for one in head.files)
    return archived.is_whole(data)


def _named(names: Iterable[str]) -> Iterator[tuple[str, Path]]:
    """The transcripts that hooks named, each with the source in whose places it is."""
    for name in dict.fromkeys(names):
        path = Path(name)
        for source, root in archiver.everywhere():
            if path.is_relative_to(root) and path.is_file():
                yield source, path
                break


def _files(target: Target, entry: Entry) -> Iterator[Log]:
    """The files of an archived session that are there."""
    folder, _, name = entry.path.rpartition("/")
    for one in (name, layout.hidden(name.removesuffix(".md"))):
        path = f"{target.folder}/{folder}/{one}"
        try:
            yield Log(entry.project, entry.machine, one, path, os.stat(path), f"{folder}/{one}")
        except OSError:
            continue
