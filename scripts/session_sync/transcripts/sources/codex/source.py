"""Codex: rollouts below CODEX_HOME, one or more files for each thread, some of them compressed."""

from __future__ import annotations

import os
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path

from session_sync.transcripts.session import Hidden, Message, Session, ToolOutput
from session_sync.transcripts.sources import json_lines, shapes
from session_sync.transcripts.sources.codex import files as codex_files
from session_sync.transcripts.sources.codex import titles as codex_titles
from session_sync.transcripts.sources.codex.lineage import ends
from session_sync.transcripts.sources.codex.lines import Record, decode, recovered
from session_sync.transcripts.sources.codex.reader import Rollout
from session_sync.transcripts.sources.folders import Folders
from session_sync.transcripts.sources.source import Transcript

SOURCE = "codex"
_NONE: tuple[str, ...] = ()


def roots() -> list[Path]:
    """CODEX_HOME, else ~/.codex."""
    chosen = os.environ.get("CODEX_HOME")
    return [Path(chosen).expanduser() if chosen else Path.home() / ".codex"]


def find(root: Path) -> Iterable[Transcript]:
    """The threads below `root`: a CODEX_HOME, a folder that holds `.codex`, a folder of rollouts, or one rollout."""
    seen = Folders()
    home, threads = codex_files.threads(root, seen)
    names = codex_titles.renamed(home)
    for thread, files in threads.items():
        first = files[0]
        fingerprint, modified, more = f"{first.size}-{first.modified}", first.modified, _NONE
        if len(files) > 1:
            fingerprint = "+".join(f"{one.size}-{one.modified}" for one in files)
            modified = max(one.modified for one in files)
            more = tuple(one.path for one in files[1:])
        if thread in names:
            fingerprint += f"+{zlib.crc32(names[thread].encode('utf-8', 'replace')):08x}"
        yield Transcript(SOURCE, thread, first.path, fingerprint, modified, more)
    seen.tell()


def read(transcript: Transcript, session: Session) -> Iterator[Message | ToolOutput]:
    """The messages of a thread; what a later file of it took back is hidden as "reverted".

    Raises OSError when none of its files can be read.
    """
    paths = [transcript.path, *transcript.more]
    home = codex_files.home_of(Path(transcript.path))
    session.title = codex_titles.title(home, transcript.session_id)
    rollout = Rollout(session, {transcript.session_id, *map(codex_files.id_of, paths)})
    limits = ends(paths) if transcript.more else {}
    failed: OSError | None = None
    for path in paths:
        try:
            yield from _file(path, home, limits.get(path), rollout, session)
        except OSError as error:
            session.name_problem(0, "unreadable", codex_files.name_of(path, home))
            failed = error
        yield from rollout.end_file()
    if failed and not session.raw:
        raise failed


def _file(path: str, home: Path, end: int | None, rollout: Rollout, session: Session) -> Iterator[Message | ToolOutput]:
    """The messages of a file; those of the ordinals from `end` on were reverted."""
    name = codex_files.name_of(path, home)
    ordinal = 0
    with codex_files.opened(path) as stream:
        for number, found in json_lines.read(stream, name, session, decode, dict[str, object]):
            record = found if isinstance(found, Record) else recovered(found)
            hidden: Hidden = ""
            if end is not None:
                ordinal = shapes.count(record.ordinal) or ordinal
                hidden = "reverted" if ordinal >= end else ""
            if given := rollout.read(record, number, name, hidden):
                yield from given
        if stream.is_damaged:
            session.name_problem(0, "damaged compression", name)
