"""A session that is in several places at once, each with a part of it."""

from __future__ import annotations

import json
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from session_sync.transcripts.sources.opencode import source as opencode
from session_sync.transcripts.sources.search import Search
from support.opencode_sessions import (
    FIXTURE,
    SHELL,
    add_newer,
    add_session,
    answered,
    asked,
    change,
    insert,
    put,
    read,
    text,
    tree,
)

SAID = ['"[shell] run it"', "", 'Mock opencode answer to: "[shell] run it"']


def said(root: Path, session_id: str = "mine") -> list[str]:
    return [one.text for one in read(root, session_id)[1] if not one.hidden]


def test_older_and_newer_tables_are_read_together_and_the_newer_win(database: Path) -> None:
    add_session(database, asked(text("old")), answered(text("older answer")), title="old title", directory="/old")
    add_newer(database, ("user", {"text": "new"}), directory="/new", title=None)
    session, messages = read(database, "mine")
    assert [(one.id, one.text) for one in messages] == [("m0", "new"), ("m1", "older answer")]
    assert (session.title, session.cwd, session.client) == ("old title", "/new", "2.0.12")


def test_sessions_of_both_versions_are_found_in_one_database(database: Path) -> None:
    add_newer(database, ("user", {"text": "new"}))
    assert {one.session_id for one in opencode.find(database.parent, Search())} >= {SHELL, "mine"}


def test_what_was_said_with_the_older_version_after_the_move_has_its_place(database: Path) -> None:
    add_session(database, *(asked(text(one)) for one in ("one", "two", "three")))
    change(database, "UPDATE message SET time_created = 5 WHERE id = 'm2'")
    add_newer(database, ("user", {"text": "one"}), ("user", {"text": "two"}), ("user", {"text": "last"}))
    change(database, "UPDATE session_message SET id = 'later', time_created = 7 WHERE id = 'm2'")
    assert said(database) == ["one", "two", "three", "last"]


@pytest.mark.parametrize("entries", [(), (("user", {"text": ""}), ("assistant", {"content": []}))])
def test_a_move_that_stopped_half_way_loses_nothing(database: Path, entries: tuple[tuple[str, object], ...]) -> None:
    add_session(database, asked(text("one")), answered(text("two")))
    add_newer(database, *entries)
    assert said(database) == ["one", "two"]


def test_messages_without_parts_are_read_from_the_files(database: Path) -> None:
    tree(database.parent, [SHELL])
    change(database, "DELETE FROM part")
    assert said(database.parent, SHELL) == SAID
    assert read(database.parent, SHELL)[0].tokens.input == 200


def test_a_session_without_messages_is_read_from_the_files(database: Path) -> None:
    tree(database.parent, [SHELL])
    change(database, "DELETE FROM part")
    change(database, "DELETE FROM message")
    assert said(database.parent, SHELL) == SAID


def test_newer_tables_alone_beside_the_files(tmp_path: Path) -> None:
    folder = tree(tmp_path / "opencode", [SHELL])
    add_newer(folder / "opencode.db", id=SHELL)
    assert said(folder, SHELL) == SAID
    assert len(list(opencode.find(folder, Search()))) == 1


def test_of_two_databases_each_gives_what_the_other_has_not(database: Path) -> None:
    add_session(database, asked(text("one")))
    shutil.copy(database, database.parent / "opencode-dev.db")
    with closing(sqlite3.connect(database)) as connection, connection:
        row = {"id": "m9", "session_id": "mine", "time_created": 9, "time_updated": 9}
        insert(connection, "message", {**row, "data": json.dumps({"role": "user"})})
        insert(connection, "part", {**row, "id": "p9", "message_id": "m9", "data": json.dumps(text("two"))})
        connection.execute("UPDATE session SET time_updated = 9000 WHERE id = 'mine'")
    (found,) = [one for one in opencode.find(database.parent, Search()) if one.session_id == "mine"]
    assert [Path(one).name for one in (found.path, *found.more)] == ["opencode.db", "opencode-dev.db"]
    assert said(database.parent) == ["one", "two"]
    assert [one.path for one in opencode.find(database, Search()) if one.session_id == "mine"] == [found.path]


def test_a_fingerprint_changes_with_any_place(database: Path) -> None:
    def fingerprint() -> str:
        return next(one.fingerprint for one in opencode.find(database.parent, Search()) if one.session_id == SHELL)

    seen = [fingerprint()]
    add_newer(database, id=SHELL)
    seen.append(fingerprint())
    change(database, "INSERT INTO session_message VALUES ('n', ?, 'user', 9, 9, 9, '{}')", SHELL)
    seen.append(fingerprint())
    tree(database.parent, [SHELL])
    seen.append(fingerprint())
    put(database.parent / "storage/message" / SHELL / "msg_z.json", {"role": "user"})
    assert len({*seen, fingerprint()}) == 5


@pytest.mark.parametrize(
    ("table", "columns", "values"),
    [
        ("session_inbox", "payload text, delivery text, enqueued_seq integer", ("steer", 1)),
        ("session_input", "data text, delivery text, promoted_seq integer", ("queue", None)),
    ],
)
def test_a_prompt_that_waits_is_told(database: Path, table: str, columns: str, values: tuple[object, ...]) -> None:
    add_newer(database, ("user", {"text": "one"}))
    change(database, f"CREATE TABLE {table} (id text, session_id text, time_created integer, type text, {columns})")
    for identity, kind, waits in (("w1", "user", "do this next"), ("m0", "user", "one"), ("w2", "compaction", "")):
        payload = json.dumps({"text": waits})
        statement = f"INSERT INTO {table} VALUES (?, 'mine', 9, ?, ?, ?, ?)"  # noqa: S608 - ours
        change(database, statement, identity, kind, payload, *values)
    assert said(database) == ["one", "do this next"]


def test_a_compaction_that_both_tell_is_one(database: Path) -> None:
    compaction = {"type": "compaction", "auto": True}
    add_session(database, asked(text("a")), asked(compaction), answered(text("so far"), summary=True))
    add_newer(database, ("user", {"text": "a"}), ("compaction", {"summary": "so far", "status": "completed"}))
    assert said(database) == ["a", "so far"]


def test_the_first_form_of_the_newer_table_is_read(database: Path) -> None:
    add_session(database)
    change(
        database, "CREATE TABLE session_entry AS SELECT id, session_id, type, time_created, data FROM session_message"
    )
    change(database, "INSERT INTO session_entry VALUES ('e', 'mine', 'user', 5, '{\"text\": \"hello\"}')")
    assert said(database) == ["hello"]


def test_a_linked_session_file_is_read_and_one_that_leads_nowhere_is_told(tmp_path: Path) -> None:
    folder = tree(tmp_path / "opencode", [SHELL])
    file = folder / "storage/session/project" / f"{SHELL}.json"
    shutil.move(file, tmp_path / "elsewhere.json")
    file.symlink_to(tmp_path / "elsewhere.json")
    (lost := file.with_name("ses_lost.json")).symlink_to(tmp_path / "nowhere")
    found = list(opencode.find(folder, search := Search()))
    assert [one.session_id for one in found] == [SHELL]
    assert search.problems == [f"{lost}: a link that leads nowhere"]
    assert said(folder, SHELL) == SAID


def test_every_row_of_the_fixture_is_told_once(database: Path) -> None:
    for one in FIXTURE["session"]:
        session = read(database, one["id"])[0]
        rows = [row for table in ("message", "part") for row in FIXTURE[table] if row["session_id"] == one["id"]]
        assert session.lines.read == len(rows)
