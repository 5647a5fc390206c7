"""The titles of Codex's threads, which are never in a rollout: in a small index of renames, and in a database."""

from __future__ import annotations

import os
import re
import sqlite3
from contextlib import closing
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import msgspec

from session_sync.home.files import open_regular
from session_sync.transcripts.sources import shapes

_INDEX = "session_index.jsonl"
_DATABASE = re.compile(r"state_([0-9]{1,6})\.sqlite")
_LARGEST = 64 << 20  # bytes of the index
_MOST = 200_000  # threads of the database
_LONGEST = 300  # characters


class _Entry(msgspec.Struct):
    id: str
    thread_name: str


class _FileState(NamedTuple):
    """A file as it is now: another one is read again."""

    path: str
    size: int
    modified: int


_entry = msgspec.json.Decoder(_Entry).decode


def renamed(home: Path) -> dict[str, str]:
    """The titles that people gave to threads of the CODEX_HOME `home`, by the threads' ids."""
    file = _state(home / _INDEX)
    return _index(file) if file else {}


def title_of(home: Path, thread: str) -> str:
    """The title of `thread`, in one line; "" if it has none."""
    given = renamed(home).get(thread)
    if given is None:
        file = _newest_database(home)
        given = _database(file).get(thread, "") if file else ""
    return shapes.cut(" ".join(given.split()), _LONGEST)


@lru_cache(maxsize=2)
def _index(file: _FileState) -> dict[str, str]:
    """The last name of each thread."""
    names: dict[str, str] = {}
    try:
        with open_regular(Path(file.path), follow=True) as stream:
            lines = stream.read(_LARGEST).splitlines()
    except OSError:
        return names
    for line in lines:
        try:
            entry = _entry(line)
        except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
            continue
        names[entry.id] = entry.thread_name
    return names


@lru_cache(maxsize=2)
def _database(file: _FileState) -> dict[str, str]:
    """The title of each thread. The database belongs to the client, which may be writing: we only read."""
    for option in ("mode=ro", "immutable=1"):  # a log that nobody opened can be opened in no other way
        try:
            with closing(sqlite3.connect(f"{Path(file.path).as_uri()}?{option}", uri=True, timeout=0.2)) as database:
                columns = {row[1] for row in database.execute("PRAGMA table_info(threads)")}
                names = [f"nullif({name}, '')" for name in ("name", "title") if name in columns]
                query = f"SELECT id, substr(coalesce({', '.join(names)}, ''), 1, ?) FROM threads LIMIT ?"  # noqa: S608
                rows = database.execute(query, (_LONGEST * 2, _MOST))
                return {one: text for one, text in rows if isinstance(one, str) and isinstance(text, str)}
        except (sqlite3.Error, ValueError, OverflowError):
            continue
    return {}


def _newest_database(home: Path) -> _FileState | None:
    folder = _state(home)
    path = _database_in(folder) if folder else ""
    return _state(path) if path else None


@lru_cache(maxsize=2)
def _database_in(folder: _FileState) -> str:
    """The path of the database with the highest number."""
    try:
        with os.scandir(folder.path) as entries:
            found = [(int(match[1]), entry.path) for entry in entries if (match := _DATABASE.fullmatch(entry.name))]
    except OSError:
        return ""
    return max(found)[1] if found else ""


def _state(path: str | Path) -> _FileState | None:
    try:
        found = os.stat(path)
    except OSError:
        return None
    return _FileState(str(path), found.st_size, found.st_mtime_ns)
