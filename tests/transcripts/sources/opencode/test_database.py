"""The client's database is read while it writes, and never written."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from session_sync.transcripts.session import Session
from session_sync.transcripts.sources.opencode import source as opencode
from session_sync.transcripts.sources.search import Search
from support.opencode_sessions import CHILD, SHELL, change, read, tree


def test_nothing_is_left_beside_a_database_that_is_not_open(database: Path) -> None:
    read(database, SHELL)
    assert [one.name for one in database.parent.iterdir()] == ["opencode.db"]


def test_nothing_is_made_where_no_database_is(tmp_path: Path) -> None:
    assert list(opencode.find(tmp_path, Search())) == []
    assert list(opencode.find(tmp_path / "opencode.db", Search())) == []
    assert list(tmp_path.iterdir()) == []


def test_what_a_running_client_has_written_is_read_and_it_writes_on(database: Path) -> None:
    with closing(sqlite3.connect(database)) as client:
        client.execute("UPDATE session SET title = 'new'")
        client.commit()
        (transcript, *_) = opencode.find(database, Search())
        session = Session("opencode", SHELL)
        messages = opencode.read(transcript, session)
        next(messages)
        client.execute("DELETE FROM part")
        client.commit()
        assert len(list(messages)) == 2  # as it was when the reading began
        assert session.title == "new"


def test_a_database_written_over_while_it_is_read_is_an_error(database: Path) -> None:
    (transcript, *_) = opencode.find(database, Search())
    messages = opencode.read(transcript, Session("opencode", SHELL))
    next(messages)
    os.utime(database, ns=(5, 5))
    with pytest.raises(OSError, match="was written while it was read"):
        list(messages)


@pytest.mark.parametrize("table", ["message", "part", "session_message"])
def test_a_table_that_is_missing_does_not_stop_the_rest(database: Path, table: str) -> None:
    change(database, f"DROP TABLE {table}")
    session, messages = read(database, SHELL)
    assert session.title
    assert len(messages) == {"message": 8, "part": 0, "session_message": 3}[table]
    assert [one.reason for one in session.problems] == ([] if table == "session_message" else [f"no table {table}"])


def test_messages_whose_session_is_gone_are_a_session(database: Path) -> None:
    change(database, "DROP TABLE session")
    session, messages = read(database, SHELL)
    assert [one.text for one in messages if one.role == "user"] == ['"[shell] run it"']
    assert (session.title, session.cwd) == ("", "/home/ada/code/widget")


def test_a_session_that_is_gone_is_an_error(database: Path) -> None:
    (transcript, *_) = opencode.find(database, Search())
    for statement in ("DELETE FROM session", "DELETE FROM message", "DELETE FROM part"):
        change(database, statement)
    with pytest.raises(OSError, match="has no session"):
        list(opencode.read(transcript, Session("opencode", SHELL)))


@pytest.mark.parametrize("content", [b"", b"no database at all" * 100])
def test_a_damaged_database_is_an_error_and_the_files_beside_it_are_found(database: Path, content: bytes) -> None:
    tree(database.parent, [CHILD])
    database.write_bytes(content)
    found = list(opencode.find(database.parent, search := Search()))
    assert [one.session_id for one in found] == [CHILD]
    assert [one.startswith(f"{database}: cannot be read: ") for one in search.problems] == [True]


def test_a_database_cut_off_is_an_error(database: Path) -> None:
    (transcript, *_) = opencode.find(database, Search())
    os.truncate(database, 8192)
    with pytest.raises(OSError, match=r"opencode\.db cannot be read"):
        list(opencode.read(transcript, Session("opencode", SHELL)))
