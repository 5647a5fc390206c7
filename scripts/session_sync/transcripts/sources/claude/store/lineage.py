"""Tells whose the lines of another session are that stand in a transcript, as clients write them when one is resumed.

They are left to that session's own file as far as it holds them. Where that is not known, they are taken: twice in the
archive is better than not at all.
"""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import msgspec

from session_sync.transcripts.sources.claude.records import TranscriptLine
from session_sync.transcripts.sources.claude.store.line_facts import line_facts
from session_sync.transcripts.sources.claude.store.places import LINES
from session_sync.transcripts.sources.claude.store.put_aside import is_name
from session_sync.transcripts.sources.links import opened

_MOST_OTHERS = 10_000
_MOST_LINES = 200_000  # of all other sessions' files that are looked at
_MOST_BYTES = 256 << 20


class _Line(msgspec.Struct, gc=False):
    type: str = ""
    uuid: str = ""
    timestamp: str = ""
    sessionId: str = ""


class _Held(NamedTuple):
    """The lines that a file holds: their uuids, and type and time of those that have none."""

    uuids: frozenset[str] = frozenset()
    moments: frozenset[tuple[str, str]] = frozenset()

    def has(self, record: TranscriptLine) -> bool:
        """Whether `record` is among them; one that nothing tells from others is, if there is a conversation at all."""
        if record.uuid:
            return record.uuid in self.uuids
        return (record.type, record.timestamp) in self.moments if record.timestamp else bool(self.uuids)


_NOTHING = _Held()


class Lineage:
    """Answers for the transcript at `path`, whose session may be called any of `names`, of its lines."""

    def __init__(self, path: Path, folder: Path, names: set[str]) -> None:
        self.first = ""  # the first session that is named
        self._path = path
        self._folder = folder
        self._names = names
        self._others = {"": _NOTHING}  # session -> what its own file holds
        self._lines_left, self._bytes_left = _MOST_LINES, _MOST_BYTES

    def is_own(self, record: TranscriptLine) -> bool:
        """Whether a line belongs here; the first session named is this one: a copied file keeps the old name."""
        held = self._others.get(record.sessionId)
        if held is None:
            held = self._asked(record.sessionId)
        return held is _NOTHING or not held.has(record)

    def _asked(self, session_id: str) -> _Held:
        """What the file of a session that was not named before holds."""
        is_this = not self.first or session_id in self._names
        self.first = self.first or session_id
        held = _NOTHING if is_this else self._held(session_id)
        if len(self._others) < _MOST_OTHERS:
            self._others[session_id] = held
        return held

    def _held(self, session_id: str) -> _Held:
        """What the file of another session holds."""
        path = self._folder / (session_id + LINES)
        if not is_name(session_id):
            return _NOTHING
        try:
            found = path.stat()
            if os.path.samestat(found, self._path.stat()) or self._lines_left <= 0 or self._bytes_left <= 0:
                return _NOTHING
            held = _scanned(path, found.st_size, found.st_mtime_ns, self._lines_left, self._bytes_left)
        except (OSError, ValueError):
            return _NOTHING
        self._lines_left -= len(held.uuids) + len(held.moments)
        self._bytes_left -= found.st_size
        return held


@lru_cache(maxsize=2)  # a session that was resumed often is asked about by one after the other
def _scanned(path: Path, _size: int, _modified: int, most_lines: int, most_bytes: int) -> _Held:
    """The lines of its own at the beginning of a file, no more than so many lines and bytes of it."""
    uuids: set[str] = set()
    moments: set[tuple[str, str]] = set()
    named = ""
    with opened(path) as stream:
        for line in line_facts(stream, _Line):
            named = named or line.sessionId
            is_own = line.sessionId in ("", path.stem, named)
            if is_own and line.uuid:
                uuids.add(line.uuid)
            elif is_own and line.timestamp:
                moments.add((line.type, line.timestamp))
            if stream.tell() > most_bytes or len(uuids) + len(moments) >= most_lines:
                break
    return _Held(frozenset(uuids), frozenset(moments)) if uuids or moments else _NOTHING
