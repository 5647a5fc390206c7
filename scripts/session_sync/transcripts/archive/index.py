"""What an archive holds and what became of each transcript, so that a run exports only what changed.

A cache: SQLite below state/, one per archive, made anew from the archive's hidden JSON when it is lost or damaged.
"""

from __future__ import annotations

import errno
import json
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from session_sync.home import cache
from session_sync.home.cache import Schema

_PATIENCE = 10.0  # seconds to wait for another run that writes
_SCHEMA = Schema(
    3,
    """
CREATE TABLE IF NOT EXISTS sessions (
    source TEXT, transcript TEXT, machine TEXT, fingerprint TEXT, version TEXT, path TEXT, project TEXT,
    session_id TEXT, open_links TEXT, error TEXT, files TEXT, digested TEXT, place TEXT, parent TEXT,
    PRIMARY KEY (source, transcript, machine)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS by_id ON sessions (source, session_id);
""",
)


# Names of files, each with its SHA-256 as we wrote it; "" for a text of which only the archive tells that it is there.
FileHashes = tuple[tuple[str, str], ...]


class ArchiveEntry(NamedTuple):
    """What became of a transcript; `path` is that of its Markdown below the archive, "" when it is not in it."""

    source: str
    transcript: str
    machine: str
    fingerprint: str
    version: str  # of what it was written with
    path: str
    project: str = ""
    session_id: str = ""
    open_links: tuple[str, ...] = ()  # ids of sessions that were not there to be linked
    error: str = ""  # why it could not be exported
    files: FileHashes = ()  # of the session, in the folder of `path`
    digested: str = ""  # the fingerprint of the transcript when its session log was last looked after
    place: str = ""  # the path of the transcript when it was last read; unknown of those found in the archive
    parent: str = ""  # the id of the session that started this one

    @property
    def key(self) -> tuple[str, str]:
        return self.source, self.transcript


class ArchiveIndex:
    """The open index at `path`; any number of processes may use it. Raises OSError when it cannot be used."""

    def __init__(self, path: Path) -> None:
        self._database = cache.opened(path, _SCHEMA, _PATIENCE)

    def __enter__(self) -> ArchiveIndex:
        return self

    def __exit__(self, *_: object) -> None:
        self._database.close()

    def entries(self) -> list[ArchiveEntry]:
        """Everything that is known."""
        with _as_os_error():
            return [_entry(row) for row in self._database.execute("SELECT * FROM sessions")]

    def path_of(self, source: str, session_id: str) -> str:
        """The Markdown of a session below the archive, "" when it is not there."""
        return self.find(source, session_id)[0]

    def find(self, source: str, session_id: str) -> tuple[str, str]:
        """The Markdown of a session below the archive, "" when it is not there, and the session's project."""
        query = """
            SELECT path, project FROM sessions WHERE source = ? AND session_id = ? ORDER BY path = '', machine LIMIT 1
        """
        with _as_os_error():
            row = self._database.execute(query, (source, session_id)).fetchone()
        return (str(row[0]), str(row[1])) if row else ("", "")

    def record(self, entries: Iterable[ArchiveEntry]) -> None:
        """Remember `entries`, in one step."""
        rows = [
            (*one[:8], json.dumps(one.open_links) if one.open_links else "", one.error, _joined(one.files), *one[11:])
            for one in entries
        ]
        with _as_os_error(), self._database:
            self._database.executemany(f"INSERT OR REPLACE INTO sessions VALUES ({', '.join('?' * 14)})", rows)  # noqa: S608 - only question marks

    def forget(self, entries: Iterable[ArchiveEntry]) -> None:
        """Know nothing of `entries` any more."""
        with _as_os_error(), self._database:
            statement = "DELETE FROM sessions WHERE source = ? AND transcript = ? AND machine = ?"
            self._database.executemany(statement, [one[:3] for one in entries])


@contextmanager
def _as_os_error() -> Iterator[None]:
    """Raise what keeps a database from being used, such as a full disk, as an OSError."""
    try:
        yield
    except sqlite3.OperationalError as error:
        raise OSError(errno.EIO, f"the archive's index: {error}") from None


def _entry(row: tuple[Any, ...]) -> ArchiveEntry:
    *first, open_links, error, files, digested, place, parent = row
    links = tuple(json.loads(open_links)) if open_links else ()
    hashes = tuple([(name, sha256) for sha256, _, name in [line.partition(" ") for line in files.split("\n") if line]])
    return ArchiveEntry._make([*first, links, error, hashes, digested, place, parent])


def _joined(files: FileHashes) -> str:
    return "\n".join(f"{sha256} {name}" for name, sha256 in files)
