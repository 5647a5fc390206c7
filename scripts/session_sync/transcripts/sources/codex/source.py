"""Codex: rollouts below CODEX_HOME, one or more files for each thread, some of them compressed."""

from __future__ import annotations

import os
import zlib
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import msgspec

from session_sync.transcripts.session import Hidden, Message, Session, ToolOutput
from session_sync.transcripts.sources import json_lines, shapes
from session_sync.transcripts.sources.codex import files as codex_files
from session_sync.transcripts.sources.codex import titles
from session_sync.transcripts.sources.codex.facts import base_of
from session_sync.transcripts.sources.codex.lines import RolloutLine, decode, recovered
from session_sync.transcripts.sources.codex.reader import RolloutReader
from session_sync.transcripts.sources.codex.records import Meta
from session_sync.transcripts.sources.search import Search
from session_sync.transcripts.sources.source import Transcript

SOURCE = "codex"
_NONE: tuple[str, ...] = ()
_LONGEST_META = 1 << 24  # bytes of a first line
_ALL_OF_IT = 1 << 62


def roots() -> list[Path]:
    """CODEX_HOME, else ~/.codex."""
    chosen = os.environ.get("CODEX_HOME")
    return [Path(chosen).expanduser() if chosen else Path.home() / ".codex"]


def find(root: Path, search: Search) -> Iterable[Transcript]:
    """The threads below `root`: a CODEX_HOME, a folder that holds `.codex`, a folder of rollouts, or one reader."""
    home, threads = codex_files.threads(root, search)
    names = titles.renamed(home)
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


def read(transcript: Transcript, session: Session) -> Iterator[Message | ToolOutput]:
    """The messages of a thread; what a later file of it took back is hidden as "reverted".

    Raises OSError when none of its files can be read.
    """
    paths = [transcript.path, *transcript.more]
    home = codex_files.home_of(Path(transcript.path))
    session.title = titles.title_of(home, transcript.session_id)
    reader = RolloutReader(session, {transcript.session_id, *map(codex_files.id_of, paths)})
    limits = _valid_ends(paths) if transcript.more else {}
    failed: OSError | None = None
    for path in paths:
        try:
            yield from _file(path, home, limits.get(path), reader, session)
        except OSError as error:
            session.name_problem(0, "unreadable", codex_files.name_of(path, home))
            failed = error
        yield from reader.end_file()
    if failed and not session.raw:
        raise failed


def _file(
    path: str, home: Path, end: int | None, reader: RolloutReader, session: Session
) -> Iterator[Message | ToolOutput]:
    """The messages of a file; those whose ordinal is `end` or more were reverted."""
    name = codex_files.name_of(path, home)
    ordinal = 0
    with codex_files.open_rollout(path) as stream:
        for number, found in json_lines.read(stream, name, session, decode, dict[str, object]):
            record = found if isinstance(found, RolloutLine) else recovered(found)
            hidden: Hidden = ""
            if end is not None:
                ordinal = shapes.count(record.ordinal) or ordinal
                hidden = "reverted" if ordinal >= end else ""
            if given := reader.read(record, number, name, hidden):
                yield from given
        if stream.is_damaged:
            session.name_problem(0, "damaged compression", name)


def _valid_ends(paths: Sequence[str]) -> dict[str, int]:
    """For each file of a thread, the ordinal from which on it was reverted.

    A later file continues from the middle of an earlier one. The last of `paths` is valid as a whole.
    """
    ids = {codex_files.id_of(path): path for path in paths}
    result = dict.fromkeys(paths, 0)  # what no later file continues was reverted as a whole
    path, end = paths[-1], _ALL_OF_IT
    while not result[path]:
        result[path] = end
        base, base_end = _base(path)
        following = ids.get(base)
        if following is None or base_end is None or base_end <= 0:
            break
        path, end = following, min(end, base_end)
    return result


def _base(path: str) -> tuple[str, int | None]:
    """What `facts.base_of` tells of the file at `path`."""
    try:
        with codex_files.open_rollout(path) as stream:
            payload = decode(stream.readline(_LONGEST_META)).payload
    except (OSError, msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return "", None
    return base_of(payload) if isinstance(payload, Meta) else ("", None)
