"""Rows of opencode's tables as what they hold, whatever columns a version of the client gave them."""

from __future__ import annotations

from typing import Any

import msgspec

from session_sync.transcripts.session import Session
from session_sync.transcripts.sources.opencode.database import Database, as_bytes, as_text
from session_sync.transcripts.sources.opencode.layers import Key, Row
from session_sync.transcripts.sources.shapes import JsonObject, count, read_object


def keys(database: Database, table: str, session_id: str, order: str) -> list[Key]:
    """The messages of a session in `table`, in `order`."""
    if not database.has(table, "id", "session_id"):
        return []
    time = "time_created" if database.has(table, "time_created") else "0"
    order = order if time != "0" else "rowid"
    query = f"SELECT id, {time}, rowid FROM {table} WHERE session_id = ? ORDER BY {order}"  # noqa: S608 - ours
    return [Key(as_text(one), count(created), place) for one, created, place in database.query(query, session_id)]


def row(database: Database, table: str, key: Key) -> Row:
    """The row of `table` that `key` tells, all of it as an object if it has no column `data`."""
    if database.has(table, "data"):
        time, kind = (one if database.has(table, one) else "NULL" for one in ("time_created", "type"))
        query = f"SELECT data, {time}, {kind} FROM {table} WHERE rowid = ?"  # noqa: S608 - ours
        for data, created, what in database.query(query, key.place):
            return Row(key.id, as_bytes(data), created, as_text(what))
    of = database.row(table, "rowid", key.place)
    whole = msgspec.json.encode({name: _plain(value) for name, value in of.items()})
    return Row(key.id, whole, of.get("time_created"), as_text(of.get("type")), is_known=False)


def _plain(value: Any) -> Any:
    """What a column holds, as JSON has it."""
    if not isinstance(value, bytes):
        return value
    try:
        return msgspec.json.decode(value) if value[:1] in (b"{", b"[") else as_text(value)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return as_text(value)


def facts(of: dict[str, Any], session: Session) -> JsonObject:
    """What a row of a table of sessions says."""
    revert, boundary = of.get("revert"), of.get("fork_boundary")
    return {
        "parentID": as_text(of.get("parent_id")),
        "forkID": as_text(of.get("fork_session_id")),
        "fork": read_object(as_bytes(boundary), 0, "fork_boundary", session) if boundary else None,
        "directory": as_text(of.get("directory")),
        "title": as_text(of.get("title")),
        "version": as_text(of.get("version")),
        "time": {"created": of.get("time_created"), "updated": of.get("time_updated")},
        "revert": read_object(as_bytes(revert), 0, "revert", session) if revert else None,
    }
