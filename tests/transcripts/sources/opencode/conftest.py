"""A database of opencode's."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from support.opencode_sessions import FIXTURE, insert


@pytest.fixture
def database(tmp_path: Path) -> Path:
    """The client's database with three sessions, as it is when the client is not running."""
    path = tmp_path / ".local" / "share" / "opencode" / "opencode.db"
    path.parent.mkdir(parents=True)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("PRAGMA journal_mode=WAL")
        for statement in FIXTURE["schema"]:
            connection.execute(statement)
        for table in ("session", "message", "part"):
            for row in FIXTURE[table]:
                insert(connection, table, row)
    return path
