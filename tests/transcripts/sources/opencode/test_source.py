from __future__ import annotations

import base64
import hashlib
import json
import os
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import msgspec
import pytest

from session_sync.transcripts.session import Link, Message, Session
from session_sync.transcripts.sources.opencode import source as opencode
from support.homes import FIXTURES

FIXTURE = json.loads((FIXTURES / "opencode" / "database.json").read_text())
SHELL, TASK, CHILD = (one["id"] for one in FIXTURE["session"])


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


def insert(connection: sqlite3.Connection, table: str, row: dict[str, Any]) -> None:
    values = {key: json.dumps(value) if isinstance(value, dict) else value for key, value in row.items()}
    places = ", ".join(f":{key}" for key in values)
    connection.execute(f"INSERT INTO {table} ({', '.join(values)}) VALUES ({places})", values)  # noqa: S608 - ours


def change(database: Path, statement: str, *values: Any) -> None:
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute(statement, values)


def add_session(database: Path, *messages: tuple[Any, list[Any]], **columns: Any) -> str:
    """A session "mine" of messages and their parts."""
    session = {"project_id": "p", "slug": "s", "directory": "/d", "title": "t", "version": "1"}
    with closing(sqlite3.connect(database)) as connection, connection:
        insert(connection, "session", {"id": "mine", **session, "time_created": 1000, "time_updated": 2000, **columns})
        for number, (data, parts) in enumerate(messages):
            times = {"session_id": "mine", "time_created": number, "time_updated": number}
            insert(connection, "message", {"id": f"m{number}", "data": data, **times})
            for index, part in enumerate(parts):
                name = f"p{number}-{index:03}"
                insert(connection, "part", {"id": name, "message_id": f"m{number}", "data": part, **times})
    return "mine"


def read(root: Path, session_id: str) -> tuple[Session, list[Message]]:
    (transcript,) = [one for one in opencode.find(root) if one.session_id == session_id]
    session = Session("opencode", session_id)
    messages = list(opencode.read(transcript, session))
    lines = session.lines
    assert lines.read == lines.kept + sum(lines.dropped.values())
    msgspec.json.encode([session, messages])
    return session, messages


def asked(*parts: Any, **more: Any) -> tuple[dict[str, Any], list[Any]]:
    return {"role": "user", "time": {"created": 1000}, **more}, list(parts)


def answered(*parts: Any, **more: Any) -> tuple[dict[str, Any], list[Any]]:
    return {"role": "assistant", "time": {"created": 1000}, "modelID": "m", **more}, list(parts)


def text(said: Any, **more: Any) -> dict[str, Any]:
    return {"type": "text", "text": said, **more}


def tree(folder: Path, sessions: list[str]) -> Path:
    """The same sessions as files, as earlier versions of the client kept them."""
    for row in FIXTURE["session"]:
        if row["id"] in sessions:
            info = {"id": row["id"], "title": row["title"], "directory": row["directory"], "version": "0.9"}
            times = {"created": row["time_created"], "updated": row["time_updated"]}
            more = {"parentID": row["parent_id"]} if "parent_id" in row else {}
            put(folder / "storage/session/project" / f"{row['id']}.json", {**info, "time": times, **more})
    for row in FIXTURE["message"]:
        put(folder / "storage/message" / row["session_id"] / f"{row['id']}.json", {"id": row["id"], **row["data"]})
    for row in FIXTURE["part"]:
        put(folder / "storage/part" / row["message_id"] / f"{row['id']}.json", {"id": row["id"], **row["data"]})
    return folder


def put(path: Path, value: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value, indent=2))


def test_a_session_with_a_tool(database: Path) -> None:
    session, messages = read(database, SHELL)
    assert [(one.role, one.text) for one in messages] == [
        ("user", '"[shell] run it"'),
        ("assistant", ""),
        ("assistant", 'Mock opencode answer to: "[shell] run it"'),
    ]
    (call,) = messages[1].tool_calls
    assert (call.name, call.status, call.output) == ("bash", "ok", "hello-from-opencode\n")
    assert call.input == {"command": "echo hello-from-opencode", "description": "say hello"}
    assert messages[2].thinking == "thinking about it"
    assert (session.title, session.cwd) == ('Mock opencode answer to: "[shell] run it"', "/home/ada/code/widget")
    assert (session.client, session.models, session.tokens.input) == ("1.18.33", ["mock-model"], 200)
    assert (session.started, session.ended) == ("2026-11-21T17:55:10.226Z", "2026-11-21T17:55:12.459Z")
    assert (session.lines.read, session.lines.dropped) == (11, {"step": 4})


def test_the_raw_reference_is_over_the_rows_in_order(database: Path) -> None:
    data = b""
    for message in (one for one in FIXTURE["message"] if one["session_id"] == SHELL):
        data += json.dumps(message["data"]).encode()
        data += b"".join(
            json.dumps(one["data"]).encode() for one in FIXTURE["part"] if one["message_id"] == message["id"]
        )
    (raw,) = read(database, SHELL)[0].raw
    assert (raw.path, raw.size) == (f"opencode.db#{SHELL}", len(data))
    assert raw.sha256 == hashlib.sha256(data).hexdigest()


def test_a_task_names_its_session_and_that_its_parent(database: Path) -> None:
    calls = [call for one in read(database, TASK)[1] for call in one.tool_calls]
    assert [one.session_id for one in calls] == [CHILD]
    assert read(database, CHILD)[0].parent == Link(TASK)


@pytest.mark.parametrize("root", ["", ".local/share", ".local/share/opencode", ".local/share/opencode/opencode.db"])
def test_sessions_are_found_from_any_folder_above_them(database: Path, tmp_path: Path, root: str) -> None:
    found = list(opencode.find(tmp_path / root))
    assert [one.session_id for one in found] == [SHELL, TASK, CHILD]
    assert found[0].modified == 1795283712487 * 1_000_000
    assert {one.path for one in found} == {str(database)}


def test_a_fingerprint_changes_with_what_belongs_to_the_session_alone(database: Path) -> None:
    def fingerprints() -> list[str]:
        return [one.fingerprint for one in opencode.find(database)]

    seen = [fingerprints()]
    for statement in (
        "UPDATE part SET time_updated = time_updated + 9000 WHERE session_id = ?",
        "DELETE FROM part WHERE id = (SELECT max(id) FROM part WHERE session_id = ?)",
        "UPDATE message SET time_updated = time_updated + 9000 WHERE session_id = ?",
        "UPDATE session SET time_updated = time_updated + 9000 WHERE id = ?",
    ):
        change(database, statement, SHELL)
        seen.append(fingerprints())
    assert len({one[0] for one in seen}) == 5
    assert len({tuple(one[1:]) for one in seen}) == 1


def test_nothing_is_left_beside_a_database_that_is_not_open(database: Path) -> None:
    read(database, SHELL)
    assert [one.name for one in database.parent.iterdir()] == ["opencode.db"]


def test_nothing_is_made_where_no_database_is(tmp_path: Path) -> None:
    assert list(opencode.find(tmp_path)) == []
    assert list(opencode.find(tmp_path / "opencode.db")) == []
    assert list(tmp_path.iterdir()) == []


def test_what_a_running_client_has_written_is_read_and_it_writes_on(database: Path) -> None:
    with closing(sqlite3.connect(database)) as client:
        client.execute("UPDATE session SET title = 'new'")
        client.commit()
        (transcript, *_) = opencode.find(database)
        session = Session("opencode", SHELL)
        messages = opencode.read(transcript, session)
        next(messages)
        client.execute("DELETE FROM part")
        client.commit()
        assert len(list(messages)) == 2  # as it was when the reading began
        assert session.title == "new"


def test_a_database_written_over_while_it_is_read_is_an_error(database: Path) -> None:
    (transcript, *_) = opencode.find(database)
    messages = opencode.read(transcript, Session("opencode", SHELL))
    next(messages)
    os.utime(database, ns=(5, 5))
    with pytest.raises(OSError, match="was written while it was read"):
        list(messages)


def test_what_is_put_in_with_a_prompt_is_not_in_the_reading_view(database: Path) -> None:
    add_session(database, asked(text("look at @a"), text("Called the Read tool", synthetic=True)))
    messages = read(database, "mine")[1]
    assert [(one.text, one.hidden) for one in messages] == [("look at @a", ""), ("Called the Read tool", "injected")]


def test_what_was_reverted_is_marked(database: Path) -> None:
    add_session(
        database,
        asked(text("one")),
        answered(text("two")),
        asked(text("three")),
        revert=json.dumps({"messageID": "m1", "snapshot": "x"}),
    )
    assert [(one.text, one.hidden) for one in read(database, "mine")[1]] == [
        ("one", ""),
        ("two", "reverted"),
        ("three", "reverted"),
    ]


def test_the_summary_of_a_compaction_is_hidden(database: Path) -> None:
    add_session(database, asked({"type": "compaction", "auto": True}), answered(text("so far"), summary=True))
    session, messages = read(database, "mine")
    assert [(one.text, one.hidden) for one in messages] == [("so far", "system")]
    assert session.lines.dropped == {"mark of a compaction": 1}


def test_an_error_is_told(database: Path) -> None:
    failed = {"name": "ProviderAuthError", "data": {"message": "no key"}}
    add_session(database, answered(error=failed))
    assert [(one.role, one.text) for one in read(database, "mine")[1]] == [("system", "ProviderAuthError: no key")]


@pytest.mark.parametrize(
    ("tokens", "output"),
    [
        ({"input": 10, "output": 5, "reasoning": 3, "total": 18}, 8),
        ({"input": 10, "output": 5, "reasoning": 3}, 5),
    ],
)
def test_what_was_reasoned_is_a_part_of_the_output(database: Path, tokens: dict[str, int], output: int) -> None:
    add_session(database, answered(text("x"), tokens=tokens))
    assert read(database, "mine")[0].tokens.output == output


def test_files_become_attachments_without_their_bytes(database: Path) -> None:
    data = bytes(range(256)) * 4
    coded = base64.b64encode(data).decode()
    url = {"type": "file", "mime": "image/png", "filename": "a.png", "url": f"data:image/png;base64,{coded}"}
    state = {"status": "completed", "input": {}, "output": f"![x](data:image/gif;base64,{coded})", "attachments": [url]}
    call = {"type": "tool", "tool": "see", "callID": "c", "state": state}
    linked = {"type": "file", "mime": "text/plain", "filename": "b.txt", "url": "file:///b.txt"}
    add_session(database, asked(text("look"), url, linked), answered(call))
    session, messages = read(database, "mine")
    assert coded[:40].encode() not in msgspec.json.encode([session, messages])
    first, second = messages[0].attachments
    assert (first.kind, first.name, first.size) == ("image", "a.png", len(data))
    assert first.sha256 == hashlib.sha256(data).hexdigest()
    assert (second.kind, second.name, second.size) == ("file", "b.txt", 0)
    made = messages[1].tool_calls[0]
    assert [one.sha256 for one in made.attachments] == [first.sha256, first.sha256]
    assert made.output == "![x]([image/gif, 1,024 bytes])"


def test_a_tool_that_failed_and_one_that_never_ended(database: Path) -> None:
    failed = {"type": "tool", "tool": "a", "state": {"status": "error", "input": {}, "error": "no such file"}}
    running = {"type": "tool", "tool": "b", "state": {"status": "running", "input": {"x": 1}}}
    add_session(database, answered(failed, running))
    calls = read(database, "mine")[1][0].tool_calls
    assert [(one.status, one.output) for one in calls] == [("error", "no such file"), ("", "")]


def test_unknown_rows_are_kept_and_counted(database: Path) -> None:
    add_session(database, asked({"type": "hologram", "x": 1}), ({"role": "oracle"}, [text("omen")]))
    change(database, "INSERT INTO part VALUES ('p', 'none', 'mine', 1, 1, '{\"type\": \"text\"}')")
    change(database, "INSERT INTO session_message VALUES ('s', 'mine', 'prompt', 1, 1, 1, '{\"text\": \"new\"}')")
    session, messages = read(database, "mine")
    records = [one.record for one in messages if one.hidden == "unknown"]
    assert records == [
        {"type": "hologram", "x": 1},
        {"role": "oracle"},
        {"type": "text"},
        {"type": "prompt", "text": "new"},
    ]
    assert session.lines.unknown == {"hologram": 1, "oracle": 1, "part without a message": 1, "prompt": 1}
    assert [one.text for one in messages if one.role == "system"] == ["omen"]


HOSTILE: tuple[Any, ...] = (
    "no JSON",
    "",
    "[]",
    "{}",
    "null",
    5,
    2.5,
    b"\xff\xfe",
    b'{"type":"text","text":"bad \xff byte"}',
    '{"type":"text","text":"lone \\ud800 half"}',
    '{"type":"text","text":"a\0b"}',
    '{"type":"text","text":' + "[" * 700 + "]" * 700 + "}",
    '{"type":"tool","x":"\\ud800","state":{"input":' + '{"a":' * 700 + "1" + "}" * 700 + "}}",
    '{"type":"hologram","x":' + '{"a":' * 900 + "1" + "}" * 900 + "}",
    '{"type":"text","text":"cut off',
    {"type": ["text"], "text": "x"},
    {"type": {"a": 1}},
    {"type": "text", "text": {"x": 1}},
    {"type": "reasoning", "text": 10**40},
    {"type": "tool", "tool": 5, "callID": [], "state": 7},
    {"type": "tool", "state": {"status": [], "input": 5, "output": {}, "metadata": 5, "attachments": {"x": 1}}},
    {"type": "tool", "state": {"attachments": [5, {"url": 5}, {"url": "data:;base64,A"}, {"url": "data:x"}]}},
    {"type": "file", "url": [], "mime": 5, "filename": {}},
    {"type": "retry", "error": 5},
    {"type": "subtask", "prompt": 5},
    {"role": ["user"], "time": 5, "tokens": 5, "summary": "x", "error": 5, "modelID": []},
    {"role": {"x": 1}, "time": {"created": 10**40, "completed": "x"}, "tokens": {"input": -1, "cache": 5}},
    {"role": "assistant", "time": {"created": float("nan")}, "tokens": {"input": 10**40, "cache": {"read": []}}},
)


def test_hostile_rows_are_counted_and_stop_nothing(database: Path) -> None:
    add_session(
        database,
        asked(text("first")),
        *((one, [text(f"below {number}"), *HOSTILE]) for number, one in enumerate(HOSTILE)),
        asked(text("last")),
        revert="no JSON",
        directory=b"\xff",
        title=5,
        time_updated="soon",
    )
    session, messages = read(database, "mine")
    shown = "\n\n".join(one.text for one in messages)
    assert messages[0].text == "first"
    assert messages[-1].text == "last"
    assert [f"below {number}" in shown for number in range(len(HOSTILE))] == [True] * len(HOSTILE)
    assert all(one in shown for one in ("bad � byte", "lone � half", "ab"))
    assert session.lines.read > len(HOSTILE) ** 2
    assert session.problems


@pytest.mark.parametrize("table", ["message", "part", "session_message"])
def test_a_table_that_is_missing_does_not_stop_the_rest(database: Path, table: str) -> None:
    change(database, f"DROP TABLE {table}")
    session, messages = read(database, SHELL)
    assert session.title
    assert len(messages) == {"message": 8, "part": 0, "session_message": 3}[table]
    assert [one.reason for one in session.problems] == ([] if table == "session_message" else [f"no table {table}"])


def test_a_database_without_sessions_is_an_error(database: Path) -> None:
    change(database, "DROP TABLE session")
    with pytest.raises(OSError, match=r"opencode\.db cannot be read: no such table: session"):
        list(opencode.find(database))


def test_a_session_that_is_gone_is_an_error(database: Path) -> None:
    (transcript, *_) = opencode.find(database)
    change(database, "DELETE FROM session")
    with pytest.raises(OSError, match="has no session"):
        list(opencode.read(transcript, Session("opencode", SHELL)))


@pytest.mark.parametrize("content", [b"", b"no database at all" * 100])
def test_a_damaged_database_is_an_error_and_the_files_beside_it_are_found(database: Path, content: bytes) -> None:
    tree(database.parent, [CHILD])
    database.write_bytes(content)
    found = opencode.find(database.parent)
    assert next(iter(found)).session_id == CHILD
    with pytest.raises(OSError, match=r"opencode\.db cannot be read"):
        list(found)


def test_a_database_cut_off_is_an_error(database: Path) -> None:
    (transcript, *_) = opencode.find(database)
    os.truncate(database, 8192)
    with pytest.raises(OSError, match=r"opencode\.db cannot be read"):
        list(opencode.read(transcript, Session("opencode", SHELL)))


def test_the_files_of_earlier_versions(tmp_path: Path) -> None:
    folder = tree(tmp_path / "opencode", [SHELL, TASK, CHILD])
    session, messages = read(folder, SHELL)
    assert [one.text for one in messages] == ['"[shell] run it"', "", 'Mock opencode answer to: "[shell] run it"']
    assert messages[1].tool_calls[0].output == "hello-from-opencode\n"
    assert (session.client, session.lines.read, session.raw[0].path) == ("0.9", 11, f"storage#{SHELL}")
    assert read(folder / "storage", CHILD)[0].parent == Link(TASK)
    assert read(folder / f"storage/session/project/{TASK}.json", TASK)[0].title


def test_a_session_in_the_database_and_in_files_is_found_once(database: Path) -> None:
    tree(database.parent, [SHELL, TASK])
    shutil.copy(database, database.parent / "opencode-dev.db")
    found = [Path(one.path).name for one in opencode.find(database.parent)]
    assert found == ["opencode-dev.db"] * 3


def test_files_that_are_damaged_do_not_stop_the_rest(tmp_path: Path) -> None:
    folder = tree(tmp_path, [SHELL])
    messages = sorted((folder / "storage/message" / SHELL).iterdir())
    messages[0].write_bytes(b"")
    messages[1].write_bytes(b"\0\0\0")
    (folder / f"storage/session/project/{SHELL}.json").write_text("{")
    session, found = read(folder, SHELL)
    assert found[-1].text == 'Mock opencode answer to: "[shell] run it"'
    assert {one.reason for one in session.problems} == {"empty", "only NULs", "no JSON"}


def test_a_fingerprint_of_files_changes_with_a_message(tmp_path: Path) -> None:
    folder = tree(tmp_path, [SHELL])
    (before,) = opencode.find(folder)
    put(folder / "storage/message" / SHELL / "msg_z.json", {"role": "user"})
    (after,) = opencode.find(folder)
    assert before.fingerprint != after.fingerprint


def test_standard_roots(sealed_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert opencode.roots() == [sealed_home / ".local/share/opencode"]
    monkeypatch.setenv("XDG_DATA_HOME", "/data")
    assert opencode.roots() == [Path("/data/opencode")]
