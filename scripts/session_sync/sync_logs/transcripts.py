"""The agents' transcripts in a round: archived in the home, then sent to the log repositories like session logs."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from stat import S_ISREG

from session_sync.errors import SessionSyncError
from session_sync.home import files, paths, spool
from session_sync.home.config import Config
from session_sync.logs.store import Log
from session_sync.sync_logs import digest
from session_sync.sync_logs.repository.request import Request
from session_sync.text.lines import counted
from session_sync.transcripts import run
from session_sync.transcripts.archive import layout
from session_sync.transcripts.archive.index import ArchiveEntry, ArchiveIndex
from session_sync.transcripts.run import Selection
from session_sync.transcripts.sources.claude.store.files import of_subagents
from session_sync.transcripts.sources.source import Transcript
from session_sync.transcripts.target import NOT_UNDERSTOOD, ExportTarget, TaskResult

_LARGEST = 95_000_000  # bytes of a file that forges take


@dataclass
class Archived:
    """What a round has of the archive: the files to send, and which transcripts could not be exported, and why.

    `seen` tells the transcripts that it looked at from others, if it looked at all of them; `is_settled` whether none
    of them waits for its project to be told.
    """

    logs: list[Log] = field(default_factory=list)
    failed: list[tuple[str, str]] = field(default_factory=list)
    seen: tuple[int, int] | None = None
    is_settled: bool = True


def archive(settings: Config, request: Request, progress: Callable[[], None]) -> Archived:
    """Export what changed: all transcripts, or those that the request names. The round's lock must be held.

    What goes wrong is told and never keeps session logs from being synced.
    """
    if not settings.transcripts:
        return Archived()
    try:
        return _archived(settings, request, progress)
    except (OSError, SessionSyncError) as error:
        reason = str(error)
    except Exception as error:  # noqa: BLE001 - whatever is wrong with a transcript, the logs must be synced
        reason = f"unexpected {type(error).__name__}"
    spool.drop(spool.LEFT, "unarchived")  # the next session's start sees it and tries again
    return Archived(failed=[(str(paths.archive()), reason)])


def _archived(settings: Config, request: Request, progress: Callable[[], None]) -> Archived:
    target = ExportTarget.here(settings, files.make_private_dir(paths.archive()))
    roots = run.standard_roots() if request.sweep else list(_named(request.transcripts))
    plan = run.plan(target, Selection(roots))

    def shown(results: Iterable[TaskResult], _: int) -> Iterator[TaskResult]:
        for done in results:
            progress()
            yield done

    results = run.export(target, plan.tasks, shown)
    digest.remove_moved(target, plan.tasks, results)
    with ArchiveIndex(target.index) as index:
        asked = {one[:2] for one in plan.found.transcripts}
        entries = [one for one in index.entries() if request.sweep or one.key in asked]
        index.record(digest.write(target, entries))
    found = Archived(
        failed=[*_not_read(results), *plan.found.unreadable],
        seen=_sum(plan.found.transcripts) if request.sweep else None,
        is_settled=not any(map(target.is_untold, entries)),
    )
    for log in (log for one in entries if one.path and request.wants(one.project) for log in _files(target, one)):
        if log.stat.st_size <= _LARGEST:
            found.logs.append(log)
        else:
            found.failed.append((log.path, "kept here only: forges take no file over 100 MB"))
    return found


def _not_read(results: Iterable[TaskResult]) -> Iterator[tuple[str, str]]:
    """The transcripts that were not read, or not all of them, and why."""
    for one in results:
        name = f"{one.entry.source} {one.entry.transcript}"
        if one.entry.error or one.left_out == NOT_UNDERSTOOD:
            yield name, one.entry.error or one.left_out
        if one.unknown:
            count = counted(sum(number for _, number in one.unknown), "record")
            yield name, f"{count} of unknown type, kept in the JSON; see: export sources"


def waiting(settings: Config) -> list[str]:
    """The transcripts that a round would export; nothing is written."""
    if not settings.transcripts:
        return []
    target = ExportTarget.here(settings, paths.archive())
    return [task.transcript.path for task in run.plan(target, Selection(run.standard_roots())).tasks]


def fingerprint() -> tuple[int, int]:
    """A number that differs when a transcript of the standard places does, and when the newest changed (ns)."""
    return _sum(run.find_all(run.standard_roots()).transcripts)


def _sum(transcripts: Iterable[Transcript]) -> tuple[int, int]:
    import zlib  # its numbers are the same in every process, unlike a hash of text

    total = newest = 0
    for one in transcripts:
        text = f"{one.path} {one.fingerprint}".encode("utf-8", "surrogatepass")
        total += hash((one.modified, zlib.crc32(text)))
        newest = max(newest, one.modified)
    return total, newest


def _named(names: Iterable[str]) -> Iterator[tuple[str, Path]]:
    """The transcripts that hooks named, and those of their subagents, with the source in whose places they are."""
    for name in dict.fromkeys(names):
        path = Path(os.path.normpath(name))
        for source, root in run.standard_roots():
            if path.is_relative_to(root) and path.is_file():
                yield from ((source, one) for one in (path, *of_subagents(path)))
                break


def _files(target: ExportTarget, entry: ArchiveEntry) -> Iterator[Log]:
    """The files of an archived session that are there and may be sent.

    A picture is not scanned: the policy decides, and its name tells which bytes it has.
    """
    folder = entry.path.rpartition("/")[0]
    is_current = target.is_current(entry)
    keeps_pictures = target.keeps_pictures(entry.project)
    for one, sha256 in entry.files:
        is_picture = layout.is_picture(one)
        if is_picture and not keeps_pictures:
            continue
        path = f"{target.folder}/{folder}/{one}"
        with suppress(OSError):
            stat = os.lstat(path)
            if S_ISREG(stat.st_mode):
                redacted = sha256 if is_current or is_picture else ""
                yield Log(entry.project, entry.machine, one, path, stat, f"{folder}/{one}", redacted)
