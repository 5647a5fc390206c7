"""The sessions in opencode's SQLite database, which is read while the client writes and never written.

Text comes as bytes: what is no UTF-8 must not stop the rest.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from session_sync.transcripts.session import Session
from session_sync.transcripts.sources.shapes import JsonObject, count, read_object
from session_sync.transcripts.sources.source import Transcript

_TIMEOUT = 2.0  # seconds to wait for the client
_NEWEST = (
    "SELECT session_id, count(*), max(time_updated) FROM message GROUP BY session_id",
    "SELECT session_id, count(*), max(time_updated) FROM part GROUP BY session_id",
    "SELECT session_id, count(*), max(time_updated) FROM session_message GROUP BY session_id",
)
_MESSAGES = "SELECT id, data, time_created FROM message WHERE session_id = ? ORDER BY time_created, id"
_PARTS = "SELECT id, data, time_created FROM part WHERE message_id = ? ORDER BY id"
_ALL_PARTS = "SELECT id, data, time_created FROM part WHERE session_id = ? ORDER BY id"
_STRAY_PARTS = (
    "SELECT id, data, time_created FROM part WHERE session_id = ? "
    "AND message_id NOT IN (SELECT id FROM message WHERE session_id = ?) ORDER BY id"
)
_LATER_MESSAGES = "SELECT id, data, time_created, type FROM session_message WHERE session_id = ? ORDER BY seq"


class Row(NamedTuple):
    """A row, or a file, that holds a JSON object."""

    id: str
    data: bytes
    time: object = None
    type: str = ""


class Database:
    """One session in a database."""

    def __init__(self, connection: sqlite3.Connection, session_id: str) -> None:
        self._connection = connection
        self._id = session_id
        self._tables = {_text(name) for (name,) in connection.execute("SELECT name FROM sqlite_master")}

    def facts(self, session: Session) -> JsonObject:
        """What the database says of the session as a whole, as `opencode export` says it; {} if it knows none."""
        cursor = self._connection.execute("SELECT * FROM session WHERE id = ?", (self._id,))
        row = cursor.fetchone()
        if row is None:
            return {}
        for table in {"message", "part"} - self._tables:
            session.name_problem(0, f"no table {table}")
        of = dict(zip((column[0] for column in cursor.description), row, strict=True))
        revert = of.get("revert")
        return {
            "parentID": _text(of.get("parent_id")),
            "directory": _text(of.get("directory")),
            "title": _text(of.get("title")),
            "version": _text(of.get("version")),
            "time": {"created": of.get("time_created"), "updated": of.get("time_updated")},
            "revert": read_object(_bytes(revert), 0, "revert", session) if revert else None,
        }

    def messages(self) -> Iterator[Row]:
        """The messages in order."""
        return self._rows("message", _MESSAGES, self._id)

    def parts(self, message_id: str) -> Iterator[Row]:
        """The parts of a message in order."""
        return self._rows("part", _PARTS, message_id)

    def stray(self) -> Iterator[Row]:
        """The parts whose message is not there."""
        if "message" in self._tables:
            return self._rows("part", _STRAY_PARTS, self._id, self._id)
        return self._rows("part", _ALL_PARTS, self._id)

    def later(self) -> Iterator[Row]:
        """What stands in the table that later versions of the client are going to use."""
        return self._rows("session_message", _LATER_MESSAGES, self._id)

    def _rows(self, table: str, query: str, *values: str) -> Iterator[Row]:
        if table in self._tables:
            for identity, data, time, *kind in self._connection.execute(query, values):
                yield Row(_text(identity), _bytes(data), time, _text(kind[0]) if kind else "")


def find(path: Path) -> list[Transcript]:
    """The sessions in the database at `path`; raises OSError when it cannot be read."""
    with _opened(path) as connection:
        newest: dict[str, list[str]] = {}
        for query in _NEWEST:
            for identity, number, time in _optional(connection, query):
                newest.setdefault(_text(identity), []).append(f"{number}-{time}")
        rows = connection.execute("SELECT id, time_updated FROM session ORDER BY time_created, id").fetchall()
    found = []
    for identity, updated in rows:
        name = _text(identity)
        fingerprint = " ".join([str(updated), *newest.get(name, [])])
        found.append(Transcript("opencode", name, str(path), fingerprint, count(updated) * 1_000_000))
    return found


@contextmanager
def open_session(path: Path, session_id: str) -> Iterator[Database]:
    """A session of the database at `path`, as it is at this moment. Raises OSError, also from within."""
    with _opened(path) as connection:
        yield Database(connection, session_id)


@contextmanager
def _opened(path: Path) -> Iterator[sqlite3.Connection]:
    if not path.is_file():
        raise FileNotFoundError(f"{path} is not there")
    before = _state(path)
    connection, is_locked = None, True
    try:
        connection, is_locked = _connected(path)
        yield connection
    except sqlite3.Error as error:
        raise OSError(f"{path} cannot be read: {error}") from error
    finally:
        if connection:
            connection.close()
    if not is_locked and _state(path) != before:
        raise OSError(f"{path} was written while it was read")


def _connected(path: Path) -> tuple[sqlite3.Connection, bool]:
    """A connection that sees one state of the database, and whether a lock sees to that.

    Without a log beside it no client has the database open. Then no lock is taken, since even a reader would leave
    files beside it; neither where the folder cannot be written.
    """
    has_log = any(Path(f"{path}{end}").exists() for end in ("-wal", "-journal"))
    uri = f"{path.absolute().as_uri()}?mode=ro"
    if has_log:
        try:
            return _begun(uri), True
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF not in (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY):
                raise
    return _begun(f"{uri}&immutable=1"), False


def _begun(uri: str) -> sqlite3.Connection:
    connection = sqlite3.connect(uri, timeout=_TIMEOUT, isolation_level=None, uri=True)
    try:
        connection.text_factory = bytes
        connection.execute("BEGIN")
        connection.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchall()
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def _optional(connection: sqlite3.Connection, query: str) -> list[tuple[object, ...]]:
    """What `query` gives; nothing if there is no such table or column."""
    try:
        return connection.execute(query).fetchall()
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode != sqlite3.SQLITE_ERROR:
            raise
        return []


def _state(path: Path) -> tuple[int, int]:
    found = os.stat(path)
    return found.st_size, found.st_mtime_ns


def _text(value: object) -> str:
    """What a column holds, which need not be what it is declared to hold."""
    return "" if value is None else _bytes(value).decode("utf-8", "replace")


def _bytes(value: object) -> bytes:
    return value if isinstance(value, bytes) else b"" if value is None else str(value).encode()
