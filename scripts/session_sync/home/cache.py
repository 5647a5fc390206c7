"""The one opener of databases that can be made again: SQLite below state/, each with a format of its own."""

from __future__ import annotations

import errno
import os
import sqlite3
from pathlib import Path
from typing import NamedTuple

from session_sync.home import files


class Schema(NamedTuple):
    """The tables of a database as SQL; another `format` is a reason to make it anew."""

    format: int
    tables: str


def opened(path: Path, schema: Schema, patience: float = 5.0, checked: bool = True) -> sqlite3.Connection:
    """The database at `path`, made when it is missing, and made anew when it is damaged or of another format.

    `patience` are the seconds to wait for another process that writes. Without `checked`, damage is left to who reads.
    Raises OSError when it cannot be used: it is locked, the disk is full, its folder is not ours.
    """
    try:
        try:
            return _opened(path, schema, patience, checked)
        except sqlite3.OperationalError:
            raise
        except sqlite3.DatabaseError:  # everything in it can be found again
            path.unlink()
            return _opened(path, schema, patience, checked)
    except sqlite3.Error as error:
        raise OSError(errno.EIO, str(error), str(path)) from None


def copied(path: Path, schema: Schema) -> sqlite3.Connection:
    """What the database at `path` holds now, in memory; empty when there is none that can be read."""
    copy = in_memory(schema)
    if not path.exists():
        return copy
    try:
        original = sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)
        try:
            if original.execute("PRAGMA user_version").fetchone() == (schema.format,):
                original.backup(copy)
        finally:
            original.close()
    except sqlite3.OperationalError as error:
        raise OSError(errno.EIO, str(error), str(path)) from None
    except sqlite3.DatabaseError:
        return in_memory(schema)
    return copy


def in_memory(schema: Schema) -> sqlite3.Connection:
    """An empty database that is gone when it is closed."""
    database = sqlite3.connect(":memory:")
    database.executescript(schema.tables)
    return database


def _opened(path: Path, schema: Schema, patience: float, checked: bool) -> sqlite3.Connection:
    files.make_private_dir(path.parent)
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, files.PRIVATE_FILE))
    is_new = path.stat().st_size == 0  # seen before the format: another process may be making it
    database = sqlite3.connect(path, timeout=patience)
    try:
        database.execute("PRAGMA synchronous = OFF")  # a power cut costs a rebuild, not data
        (version,) = database.execute("PRAGMA user_version").fetchone()
        if version != schema.format and not (is_new and version == 0):
            raise sqlite3.DatabaseError
        if version == 0:
            making = f"BEGIN IMMEDIATE; {schema.tables} PRAGMA user_version = {schema.format}; COMMIT;"
            database.executescript(making)
        elif checked and database.execute("PRAGMA quick_check(1)").fetchone() != ("ok",):
            raise sqlite3.DatabaseError
    except sqlite3.Error:
        database.close()
        raise
    return database
