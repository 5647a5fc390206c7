"""Which sessions a database of opencode's holds, and what of it nobody would read."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from session_sync.text.lines import counted
from session_sync.transcripts.sources.opencode import database as opencode_database
from session_sync.transcripts.sources.opencode.database import Database, as_text
from session_sync.transcripts.sources.opencode.tables import ENTRIES, WAITING
from session_sync.transcripts.sources.shapes import count, cut

_SESSIONS = ("session_v2", "session")
_MESSAGES = ("message", "part", *ENTRIES)
_NEEDED = {  # columns without which a table cannot be read as what it is
    "message": ("data",),
    "part": ("message_id", "data"),
    "session_message": ("type", "data"),
    "session_entry": ("type", "data"),
}
_LIKE_MESSAGES = re.compile("message|part|entry|turn|chat|prompt|conversation|transcript|history", re.IGNORECASE)
_LIKE_SESSIONS = re.compile(f"session|thread|{_LIKE_MESSAGES.pattern}", re.IGNORECASE)
_ASIDE = {*WAITING, "instruction_entry", "session_context_entry"}  # that are known to be none
_MOST_NAMES = 10  # tables that are named
_LONGEST_NAME = 80


class StoredSession(NamedTuple):
    """A session in a database: `state` differs whenever something of it does; `updated` is in ms since the epoch."""

    id: str
    state: str
    updated: int


class Catalog(NamedTuple):
    """What a database holds: its sessions, those changed last in the end, and what is wrong with it."""

    sessions: list[StoredSession]
    problems: list[str]


def of(path: Path) -> Catalog:
    """What the database at `path` holds. Raises OSError when it cannot be read, or holds no table that we know."""
    with opencode_database.opened(path) as database:
        if not database.tables:
            raise OSError(f"{path} cannot be read: it holds nothing")
        if not any(database.has(one, "id") for one in _SESSIONS) and not _readable(database):
            raise OSError(f"{path} holds no table that we know, but {_named(database.tables)}")
        states: dict[str, list[str]] = {}
        updated: dict[str, int] = {}
        for table in _SESSIONS:
            _note_sessions(database, table, states, updated)
        spoken: set[str] = set()
        for table in (*_MESSAGES, *WAITING):
            spoken |= _note_messages(database, table, states, updated)
        problems = [
            *_misshapen(database),
            *(_strange(database, bool(states)) if states.keys() - spoken or not states else ()),
        ]
    return Catalog([StoredSession(one, " ".join(state), updated[one]) for one, state in states.items()], problems)


def _readable(database: Database) -> list[str]:
    """The tables of messages that we can read."""
    return [one for one in _MESSAGES if database.has(one, "id", "session_id")]


def _note_sessions(database: Database, table: str, states: dict[str, list[str]], updated: dict[str, int]) -> None:
    if not database.has(table, "id"):
        return
    time = "time_updated" if database.has(table, "time_updated") else "NULL"
    order = "time_created, id" if database.has(table, "time_created") else "id"
    for identity, changed in database.query(f"SELECT id, {time} FROM {table} ORDER BY {order}"):  # noqa: S608 - ours
        name = as_text(identity)
        states.setdefault(name, []).append(str(changed))
        updated[name] = max(updated.get(name, 0), count(changed))


def _note_messages(database: Database, table: str, states: dict[str, list[str]], updated: dict[str, int]) -> set[str]:
    """Note how many messages the sessions have and when they changed; returns the sessions that have any."""
    if not database.has(table, "session_id"):
        return set()
    time = next((one for one in ("time_updated", "time_created") if database.has(table, one)), "0")
    query = f"SELECT session_id, count(*), max({time}) FROM {table} GROUP BY session_id"  # noqa: S608 - ours
    found = set()
    for identity, number, changed in database.query(query):
        name = as_text(identity)
        if name not in states and table in WAITING:
            continue
        states.setdefault(name, []).append(f"{number}-{changed}")
        updated.setdefault(name, count(changed))
        found.add(name)
    return found


def _misshapen(database: Database) -> Iterator[str]:
    """The tables that hold something and lack columns without which it is not understood."""
    for table, columns in _NEEDED.items():
        lacking = [one for one in columns if table in database.tables and not database.has(table, one)]
        if lacking and (rows := _rows(database, table)):
            yield f"the table {table} has no column {' or '.join(lacking)}: {counted(rows, 'row')} not understood"


def _strange(database: Database, has_sessions: bool) -> Iterator[str]:
    """The tables that look as if they held the sessions, or messages, that are not in the tables that we know."""
    like, lacking = (_LIKE_MESSAGES, "messages") if has_sessions else (_LIKE_SESSIONS, "sessions")
    for table in sorted(set(database.tables) - {*_SESSIONS, *_MESSAGES, *_ASIDE}):
        if like.search(table) and (rows := _rows(database, table)):
            yield f"{lacking} are missing, and the table {_named([table])} holds {counted(rows, 'row')} not understood"


def _rows(database: Database, table: str) -> int:
    name = table.replace('"', '""')
    return next((int(rows) for (rows,) in database.query(f'SELECT count(*) FROM "{name}"')), 0)  # noqa: S608 - quoted


def _named(tables: dict[str, frozenset[str]] | list[str]) -> str:
    """The names of tables, which may be anything."""
    names = [cut(one, _LONGEST_NAME) or "?" for one in sorted(tables)]
    more = [f"{len(names) - _MOST_NAMES} more"] if len(names) > _MOST_NAMES else []
    return ", ".join([*names[:_MOST_NAMES], *more])
