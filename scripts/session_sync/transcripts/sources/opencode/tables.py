"""The tables of opencode's databases: those of its first version, and those that its version 2 put beside them."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from session_sync.transcripts.session import Message, Session
from session_sync.transcripts.sources.opencode import content, rows
from session_sync.transcripts.sources.opencode.database import Database, as_bytes, as_text
from session_sync.transcripts.sources.opencode.entry import Entry
from session_sync.transcripts.sources.opencode.layers import Draft, Flow, Key, Records, Row
from session_sync.transcripts.sources.opencode.message import ROLES, MessageBuilder
from session_sync.transcripts.sources.shapes import (
    JsonObject,
    counted_name,
    decode_object,
    mapping,
    moment,
    text,
)

ENTRIES = ("session_message", "session_entry")  # of version 2; the latter was its first name
WAITING = {"session_inbox": "payload", "session_pending": "data", "session_input": "data"}  # prompts that wait
_OLD_WAITING = "prompt"  # the column that `session_input` had first
_MOVES = "location-switched"
_MOST_MOVES = 100


class OldTables:
    """A session in the tables `session`, `message` and `part`."""

    def __init__(self, database: Database, session_id: str, records: Records) -> None:
        self._database, self._id, self._records = database, session_id, records
        self._parts_query = ""  # without its end
        if database.has("part", "id", "message_id", "session_id", "data"):
            time = "time_created" if database.has("part", "time_created") else "NULL"
            self._parts_query = f"SELECT id, data, {time} FROM part WHERE "  # noqa: S608 - ours

    def facts(self, session: Session) -> JsonObject:
        """See `Layer`."""
        if not (self._database.has("session", "id") and (of := self._database.row("session", "id", self._id))):
            return {}
        for table in [one for one in ("message", "part") if one not in self._database.tables]:
            session.name_problem(0, f"no table {table}")
        return rows.facts(of, session)

    def keys(self) -> list[Key]:
        """See `Layer`."""
        return rows.keys(self._database, "message", self._id, "time_created, id")

    def draft(self, key: Key) -> Draft:
        """See `Layer`."""
        session = self._records.session
        row = rows.row(self._database, "message", key)
        info = self._records.read(row, "message")
        if info:
            role = text(info.get("role")) if row.is_known else "message of other columns"
            session.keep(unknown="" if role in ROLES else counted_name(role, "message"))
        builder = MessageBuilder(info or {}, row.id, row.time, session)
        for part in self._parts("message_id = ?", row.id):
            if found := self._records.read(part, "part"):
                builder.add(found, part.id)
        return builder

    def stray(self) -> Iterator[Message]:
        """The parts whose message is not there."""
        where, values = "session_id = ?", [self._id]
        for table in [one for one in ("message", *ENTRIES) if self._database.has(one, "id", "session_id")]:
            where += f" AND message_id NOT IN (SELECT id FROM {table} WHERE session_id = ?)"  # noqa: S608 - ours
            values.append(self._id)
        for row in self._parts(where, *values):
            if part := self._records.read(row, "part"):
                self._records.session.keep(unknown="part without a message")
                yield content.unknown(part, moment(row.time), row.id)

    def _parts(self, where: str, *values: str) -> Iterator[Row]:
        if self._parts_query:
            query = f"{self._parts_query}{where} ORDER BY id"
            for identity, data, created in self._database.query(query, *values):
                yield Row(as_text(identity), as_bytes(data), created)


class NewTables:
    """A session in the tables `session_v2` and `table`, which holds its messages."""

    def __init__(self, database: Database, session_id: str, records: Records, table: str) -> None:
        self._database, self._id, self._records, self._table = database, session_id, records, table
        self._is_fork = False

    def facts(self, session: Session) -> JsonObject:
        """See `Layer`."""
        if not (self._database.has("session_v2", "id") and (of := self._database.row("session_v2", "id", self._id))):
            return {}
        found = rows.facts(of, session)
        self._is_fork = bool(found["forkID"])
        found["moves"] = [*self._moves()]
        return found

    def keys(self) -> list[Key]:
        """See `Layer`."""
        order = "seq" if self._database.has(self._table, "seq") else "time_created, id"
        return rows.keys(self._database, self._table, self._id, order)

    def draft(self, key: Key) -> Draft:
        """See `Layer`."""
        row = rows.row(self._database, self._table, key)
        info = self._records.read(row, self._table)
        if info is None:
            return _Nothing()
        if not row.is_known:
            return _Unknown(row, info, self._table, self._records.session)
        number = row.id.rpartition("_")[2]  # a copied row has its own number behind the new id
        is_copy = self._is_fork and row.id.count("_") > 1 and number.isdecimal()
        return Entry(row, info, self._records.session, is_copy)

    def stray(self) -> Iterator[Message]:
        """The prompts that wait for the end of a turn."""
        for table, column in WAITING.items():
            column = column if self._database.has(table, column) else _OLD_WAITING
            if self._database.has(table, "id", "session_id", column, "time_created"):
                yield from self._waiting(table, column)

    def _waiting(self, table: str, column: str) -> Iterator[Message]:
        kind = "type" if self._database.has(table, "type") else "'user'"
        taken = " AND promoted_seq IS NULL" if self._database.has(table, "promoted_seq") else ""
        query = (
            f"SELECT id, {column}, time_created, {kind} FROM {table} WHERE session_id = ?{taken} "  # noqa: S608 - ours
            f"AND id NOT IN (SELECT id FROM {self._table}) ORDER BY time_created, id"
        )
        for identity, data, time, what in self._database.query(query, self._id):
            row = Row(as_text(identity), as_bytes(data), time, as_text(what))
            if row.type not in ("user", "synthetic"):
                continue  # a command of the client's to itself
            if info := self._records.read(row, table):
                yield from Entry(row, info, self._records.session).messages(Flow())

    def _moves(self) -> Iterator[str]:
        """The folders that the session was in: the row of the session tells only the last one."""
        if not self._database.has(self._table, "type", "session_id", "data"):
            return
        query = f"SELECT data FROM {self._table} WHERE session_id = ? AND type = ? ORDER BY rowid LIMIT ?"  # noqa: S608
        for (data,) in self._database.query(query, self._id, _MOVES, _MOST_MOVES):
            try:
                told = decode_object(as_bytes(data))
            except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
                continue
            yield _directory(mapping(told.get("previous")))
            yield _directory(told)


class _Nothing:
    """A row in which nothing could be read; that is told already."""

    is_whole = False

    def messages(self, _: Flow, /) -> Iterator[Message]:
        yield from ()


class _Unknown:
    """A row of a table that has other columns than those that we know."""

    is_whole = False

    def __init__(self, row: Row, info: JsonObject, table: str, session: Session) -> None:
        self._row, self._info = row, info
        session.keep(unknown=f"{table} of other columns")

    def messages(self, _: Flow, /) -> Iterator[Message]:
        yield content.unknown(self._info, moment(self._row.time), self._row.id)


def _directory(told: JsonObject) -> str:
    return text(mapping(told.get("location")).get("directory")) or text(told.get("directory"))
