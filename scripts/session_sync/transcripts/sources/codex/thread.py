"""Reads the rollouts of one thread: what a later file of it, or a rollback, took back is "reverted"."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

import msgspec

from session_sync.transcripts.session import Hidden, Message, Session, ToolOutput
from session_sync.transcripts.sources import json_lines, shapes
from session_sync.transcripts.sources.codex import document, parents
from session_sync.transcripts.sources.codex import files as codex_files
from session_sync.transcripts.sources.codex.facts import base_of
from session_sync.transcripts.sources.codex.lines import RolloutLine, decode, recovered
from session_sync.transcripts.sources.codex.reader import RolloutReader
from session_sync.transcripts.sources.codex.records import Meta
from session_sync.transcripts.sources.codex.rollbacks import Read, TakenBack, taken_back
from session_sync.transcripts.sources.codex.rollout_file import id_of, open_rollout

_LONGEST_META = 1 << 24  # bytes of a first line
_ALL_OF_IT = 1 << 62
Given = Sequence[Message | ToolOutput]


class Thread:
    """The thread `name`, whose rollouts `paths` are in `home`, the oldest first."""

    def __init__(self, name: str, paths: Sequence[str], home: Path) -> None:
        self._paths = paths
        self._home = home
        self._own_ids = {name, *map(id_of, paths)}
        self._limits = _valid_ends(paths) if len(paths) > 1 else {}

    def read(self, session: Session) -> Iterator[Message | ToolOutput]:
        """The messages, in the order of the files. Raises OSError when none of them can be read."""
        reverted = taken_back(self._paths, self._trial)
        reader = self._reader(session)
        failed: OSError | None = None
        for number, path in enumerate(self._paths):
            try:
                for _, _, given in self._file(number, reader, session, reverted):
                    yield from given
            except OSError as error:
                session.name_problem(0, "unreadable", codex_files.name_of(path, self._home))
                failed = error
            yield from reader.end_file()
        if failed and not session.raw:
            raise failed

    def _reader(self, session: Session) -> RolloutReader:
        return RolloutReader(session, self._own_ids, partial(parents.turns_of, self._home))

    def _trial(self) -> Read:
        """What `read` would find if nothing was taken back by a rollback."""
        session = Session("", "")
        reader = self._reader(session)
        for number in range(len(self._paths)):
            try:
                yield from self._file(number, reader, session, None)
            except OSError:
                continue
            reader.end_file()

    def _file(self, file: int, reader: RolloutReader, session: Session, reverted: TakenBack | None) -> Read:
        """The records of a file, each with its place, and what is to be given because of it."""
        path, ordinal = self._paths[file], 0
        name, end = codex_files.name_of(path, self._home), self._limits.get(path)
        for number, record in _records(path, name, session):
            hidden: Hidden = ""
            if end is not None:
                ordinal = shapes.count(record.ordinal) or ordinal
                hidden = "reverted" if ordinal >= end else ""
            if reverted and (file, number) in reverted:
                hidden = "reverted"
            yield (file, number), record, reader.read(record, number, name, hidden)


def _records(path: str, name: str, session: Session) -> Iterator[tuple[int, RolloutLine]]:
    if path.endswith(document.ENDING):
        yield from document.read(path, name, session)
        return
    with open_rollout(path) as stream:
        for number, found in json_lines.read(stream, name, session, decode, dict[str, object]):
            yield number, found if isinstance(found, RolloutLine) else recovered(found)
        if stream.is_damaged:
            session.name_problem(0, "damaged compression", name)


def _valid_ends(paths: Sequence[str]) -> dict[str, int]:
    """For each file of a thread, the ordinal from which on it was reverted.

    A later file continues from the middle of an earlier one. The last of `paths` is valid as a whole.
    """
    ids = {id_of(path): path for path in paths}
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
        with open_rollout(path) as stream:
            payload = decode(stream.readline(_LONGEST_META)).payload
    except (OSError, msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return "", None
    return base_of(payload) if isinstance(payload, Meta) else ("", None)
