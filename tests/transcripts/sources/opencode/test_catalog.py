"""A database of which something would not be read is told, and one that is merely new is not."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from session_sync.transcripts.sources.opencode import database as opencode_database
from session_sync.transcripts.sources.opencode import source as opencode
from session_sync.transcripts.sources.search import Search
from support.opencode_sessions import FIXTURE, NEWER, SHELL, add_newer, add_session, change, read


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where a database is going to be."""
    return tmp_path / "opencode.db"


def made(path: Path, *statements: str) -> list[str]:
    """What is told of a database of `statements`, without its path."""
    with closing(sqlite3.connect(path)) as connection, connection:
        for statement in statements:
            connection.execute(statement)
    list(opencode.find(path.parent, search := Search()))
    return [one.removeprefix(f"{path}: ") for one in search.problems]


def test_a_fresh_database_is_no_problem(path: Path) -> None:
    assert made(path, *FIXTURE["schema"], "CREATE TABLE project (id text)", "CREATE TABLE event (id text)") == []


def test_a_fresh_database_of_version_2_is_no_problem(path: Path) -> None:
    assert made(path, *NEWER) == []


def test_a_session_that_nothing_was_said_in_is_no_problem(path: Path) -> None:
    add_newer(path)
    assert made(path, "CREATE TABLE session_message_v9 (id text, data text)") == []


@pytest.mark.parametrize("content", [b"", b"no database at all" * 100])
def test_an_empty_or_damaged_database_is_told(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    list(opencode.find(path.parent, search := Search()))
    assert [one.startswith(f"{path}: cannot be read: ") for one in search.problems] == [True]


def test_a_database_without_any_table_is_told(path: Path) -> None:
    assert made(path, "CREATE TABLE x (a)", "DROP TABLE x") == ["cannot be read: it holds nothing"]


def test_a_database_of_unknown_tables_is_told(path: Path) -> None:
    statements = ["CREATE TABLE chat (id text)", 'CREATE TABLE "odd name" (id text)']
    assert made(path, *statements) == ["holds no table that we know, but chat, odd name"]


def test_a_locked_database_is_told(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opencode_database, "_TIMEOUT", 0.1)
    add_newer(path)
    with closing(sqlite3.connect(path)) as client:
        client.execute("PRAGMA journal_mode=DELETE")
        client.execute("BEGIN EXCLUSIVE")
        client.execute("DELETE FROM session_v2")
        list(opencode.find(path.parent, search := Search()))
    assert search.problems == [f"{path}: cannot be read: database is locked"]


def test_sessions_whose_messages_are_in_an_unknown_table_are_told(path: Path) -> None:
    add_newer(path)
    more = ["CREATE TABLE session_message_v9 (id text)", "INSERT INTO session_message_v9 VALUES ('a')"]
    assert made(path, *more) == [
        "messages are missing, and the table session_message_v9 holds 1 row not understood",
    ]


def test_sessions_in_an_unknown_table_beside_empty_ones_are_told(path: Path) -> None:
    more = ["CREATE TABLE session_v9 (id text)", "INSERT INTO session_v9 VALUES ('a')"]
    assert made(path, *NEWER, *more) == ["sessions are missing, and the table session_v9 holds 1 row not understood"]


def test_rows_of_other_columns_are_told_and_kept(database: Path) -> None:
    add_session(database)
    change(database, "ALTER TABLE session_message RENAME COLUMN data TO body")
    change(database, "INSERT INTO session_message VALUES ('n', 'mine', 'user', 1, 1, 1, '{\"text\": \"hi\"}')")
    list(opencode.find(database.parent, search := Search()))
    assert search.problems == [f"{database}: the table session_message has no column data: 1 row not understood"]
    session, messages = read(database, "mine")
    assert session.lines.unknown == {"session_message of other columns": 1}
    assert messages[0].record["body"] == {"text": "hi"}


def test_other_columns_of_older_messages_are_kept_too(database: Path) -> None:
    change(database, "ALTER TABLE message RENAME COLUMN data TO info")
    list(opencode.find(database.parent, search := Search()))
    assert "the table message has no column data" in search.problems[0]
    session, messages = read(database, SHELL)
    assert session.lines.unknown["message of other columns"] == 3
    assert '"[shell] run it"' in [one.text for one in messages]  # the parts are as they were
