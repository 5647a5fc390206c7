"""opencode's SQLite database, which is read while the client writes and never written.

Text comes as bytes: what is no UTF-8 must not stop the rest.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

_TIMEOUT = 2.0  # seconds to wait for the client


class Database:
    """A database as it is at this moment: `tables` are those that it has, each with the names of its columns."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        names = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
        self.tables = {as_text(name): self._columns(as_text(name)) for (name,) in names.fetchall()}

    def has(self, table: str, *columns: str) -> bool:
        """Whether there is a `table` with these `columns`."""
        return self.tables.get(table, frozenset()).issuperset(columns) and table in self.tables

    def query(self, statement: str, *values: object) -> Iterator[tuple[Any, ...]]:
        """The rows that `statement` gives."""
        return self._connection.execute(statement, values)

    def row(self, table: str, column: str, value: object) -> dict[str, Any]:
        """The first row of `table` with `value` in `column`, by the names of the columns; {} if there is none."""
        cursor = self._connection.execute(f"SELECT * FROM {table} WHERE {column} = ?", (value,))  # noqa: S608 - ours
        found = cursor.fetchone()
        return dict(zip((one[0] for one in cursor.description), found, strict=True)) if found else {}

    def _columns(self, table: str) -> frozenset[str]:
        name = table.replace('"', '""')
        return frozenset(as_text(one[1]) for one in self._connection.execute(f'PRAGMA table_info("{name}")'))


@contextmanager
def opened(path: Path) -> Iterator[Database]:
    """The database at `path`. Raises OSError, also from within."""
    path = Path(os.path.realpath(path))  # where its log is
    if not path.is_file():
        raise FileNotFoundError(f"{path} is not there")
    before = _state(path)
    connection, is_locked = None, True
    try:
        connection, is_locked = _connected(path)
        yield Database(connection)
    except sqlite3.Error as error:
        raise OSError(f"{path} cannot be read: {error}") from error
    finally:
        if connection:
            connection.close()
    if not is_locked and _state(path) != before:
        raise OSError(f"{path} was written while it was read")


def as_text(value: object) -> str:
    """What a column holds, which need not be what it is declared to hold."""
    return "" if value is None else as_bytes(value).decode("utf-8", "replace")


def as_bytes(value: object) -> bytes:
    """What a column holds, as it is in the database if it is text."""
    return value if isinstance(value, bytes) else b"" if value is None else str(value).encode()


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


def _state(path: Path) -> tuple[int, int]:
    found = os.stat(path)
    return found.st_size, found.st_mtime_ns
