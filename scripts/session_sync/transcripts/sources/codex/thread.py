"""Reads the rollouts of one thread: what a later file of it, or a rollback, took back is "reverted"."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any

import msgspec

from session_sync.transcripts.session import Hidden, Message, Session, ToolOutput
from session_sync.transcripts.sources import json_lines, shapes
from session_sync.transcripts.sources.codex import parents
from session_sync.transcripts.sources.codex.facts import base_of
from session_sync.transcripts.sources.codex.format import document
from session_sync.transcripts.sources.codex.format.lines import RolloutLine, decode, recovered
from session_sync.transcripts.sources.codex.format.records import Meta
from session_sync.transcripts.sources.codex.reader import RolloutReader
from session_sync.transcripts.sources.codex.rollbacks import Rollbacks, TakenBack, has_rollback
from session_sync.transcripts.sources.codex.store import files as codex_files
from session_sync.transcripts.sources.codex.store.rollout_file import id_of, open_rollout

_LONGEST_META = 1 << 24  # bytes of a first line
_ALL_OF_IT = 1 << 62


class Thread:
    """The thread `name`, whose rollouts `paths` are in `home`, the oldest first."""

    def __init__(self, name: str, paths: Sequence[str], home: Path) -> None:
        self._paths = paths
        self._home = home
        self._own_ids = {name, *map(id_of, paths)}
        self._limits = _valid_ends(paths) if len(paths) > 1 else {}

    def read(self, session: Session) -> Iterator[Message | ToolOutput]:
        """The messages, in the order of the files. Raises OSError when none of them can be read."""
        reverted = self._taken_back() if any(map(has_rollback, self._paths)) else None
        reader = self._reader(session)
        failed: OSError | None = None
        for number, path in enumerate(self._paths):
            try:
                for given in self._file(number, reader, session, reverted):
                    yield from given
            except OSError as error:
                session.name_problem(0, "unreadable", codex_files.name_of(path, self._home))
                failed = error
            yield from reader.end_file()
        if failed and not session.raw:
            raise failed

    def _reader(self, session: Session) -> RolloutReader:
        return RolloutReader(session, self._own_ids, partial(parents.turns_of, self._home))

    def _taken_back(self) -> TakenBack:
        """What rollbacks took back, which is known when all was read once."""
        session, rollbacks = Session("", ""), Rollbacks()
        reader = self._reader(session)
        for number in range(len(self._paths)):
            with suppress(OSError):
                deque(self._file(number, reader, session, None, rollbacks), maxlen=0)
            reader.end_file()
        return rollbacks.found

    def _file(
        self,
        file: int,
        reader: RolloutReader,
        session: Session,
        reverted: TakenBack | None,
        rollbacks: Rollbacks | None = None,
    ) -> Iterator[Sequence[Message | ToolOutput]]:
        """What is to be given because of each line of a file; `rollbacks` sees it instead if it is there."""
        path, ordinal = self._paths[file], 0
        name, end = codex_files.name_of(path, self._home), self._limits.get(path)
        with _opened(path, name, session) as lines:
            for number, found in lines:
                record = found if isinstance(found, RolloutLine) else recovered(found)
                hidden: Hidden = "reverted" if reverted and (file, number) in reverted else ""
                if end is not None:
                    ordinal = shapes.count(record.ordinal) or ordinal
                    hidden = "reverted" if ordinal >= end else hidden
                given = reader.read(record, number, name, hidden)
                if rollbacks:
                    rollbacks.see((file, number), record, given)
                elif given:
                    yield given


@contextmanager
def _opened(path: str, name: str, session: Session) -> Iterator[Iterator[tuple[int, RolloutLine | dict[str, Any]]]]:
    """The numbered lines of the rollout at `path`, or the records of a document."""
    if path.endswith(document.ENDING):
        yield document.read(path, name, session)
        return
    with open_rollout(path) as stream:
        yield json_lines.read(stream, name, session, decode, dict[str, object])
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
