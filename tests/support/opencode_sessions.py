"""opencode's sessions for tests: recorded ones, and rows made here."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import msgspec

from session_sync.transcripts.session import Message, Session
from session_sync.transcripts.sources.opencode import source as opencode
from session_sync.transcripts.sources.search import Search
from support.homes import FIXTURES

FIXTURE = json.loads((FIXTURES / "opencode" / "database.json").read_text())
SHELL, TASK, CHILD = (one["id"] for one in FIXTURE["session"])


def insert(connection: sqlite3.Connection, table: str, row: dict[str, Any]) -> None:
    values = {key: json.dumps(value) if isinstance(value, dict) else value for key, value in row.items()}
    places = ", ".join(f":{key}" for key in values)
    connection.execute(f"INSERT INTO {table} ({', '.join(values)}) VALUES ({places})", values)  # noqa: S608 - ours


def create(database: Path) -> None:
    """An empty database of the client's."""
    database.parent.mkdir(parents=True)
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute("PRAGMA journal_mode=WAL")
        for statement in FIXTURE["schema"]:
            connection.execute(statement)


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


NEWER = (  # tables of the client's version 2
    "CREATE TABLE IF NOT EXISTS session_v2 (id text PRIMARY KEY, parent_id text, fork_session_id text, "
    "fork_boundary text, directory text NOT NULL, title text, version text NOT NULL, revert text, "
    "time_created integer NOT NULL, time_updated integer NOT NULL)",
    "CREATE TABLE IF NOT EXISTS session_message (id text PRIMARY KEY, session_id text NOT NULL, type text NOT NULL, "
    "seq integer NOT NULL, time_created integer NOT NULL, time_updated integer NOT NULL, data text NOT NULL)",
)


def add_newer(database: Path, *entries: tuple[str, Any], **columns: Any) -> str:
    """A session "mine" in the tables of version 2, of messages by their types; the ids are m0, m1 and so on."""
    session = {"id": "mine", "directory": "/d", "title": "t", "version": "2.0.12", "time_created": 0, "time_updated": 9}
    database.parent.mkdir(parents=True, exist_ok=True)
    with closing(sqlite3.connect(database)) as connection, connection:
        for statement in NEWER:
            connection.execute(statement)
        insert(connection, "session_v2", {**session, **columns})
        for number, (kind, data) in enumerate(entries):
            times = {"time_created": number, "time_updated": number}
            row = {"id": f"m{number}", "session_id": "mine", "type": kind, "seq": number, "data": data}
            insert(connection, "session_message", {**row, **times})
    return "mine"


def read(root: Path, session_id: str) -> tuple[Session, list[Message]]:
    (transcript,) = [one for one in opencode.find(root, Search()) if one.session_id == session_id]
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
