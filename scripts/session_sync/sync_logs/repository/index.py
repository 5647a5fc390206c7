"""What each log was when it was last committed or withheld, so that a round reads only what changed.

A cache: SQLite below state/, one per log repository, rebuilt from the machine's branch when it is lost or
belongs to another commit.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

from session_sync.errors import UserError, told
from session_sync.home import cache, files
from session_sync.home.cache import Schema
from session_sync.logs import store
from session_sync.scan.gate import Findings

UNSEEN = -1  # the inode of a log that this store never had
_SCHEMA = Schema(
    1,
    """
CREATE TABLE IF NOT EXISTS logs (
    key BLOB PRIMARY KEY, size INTEGER, changed INTEGER, inode INTEGER, blob TEXT, findings TEXT
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value TEXT);
""",
)


class Entry(NamedTuple):
    """A log as last seen: its stat, the blob that is committed ("" for none), what the scanner found."""

    size: int
    changed: int
    inode: int
    blob: str
    findings: Findings

    @property
    def seen(self) -> bool:
        """Whether this store had the file; else it is known from the branch alone."""
        return self.inode != UNSEEN

    def matches(self, log: store.Log) -> bool:
        """Whether the file is still the one that was seen."""
        stat = log.stat
        return (self.size, self.changed, self.inode) == (stat.st_size, store.changed(stat), stat.st_ino)


class Index:
    """The open index of one log repository; read-only for who does not hold the round's lock.

    What the gate of another `version` found is looked for again.
    """

    def __init__(self, path: Path, version: str, read_only: bool = False) -> None:
        self._version = version
        self._entries: Mapping[bytes, Entry] | None = None
        try:
            self._database = cache.copied(path, _SCHEMA) if read_only else cache.opened(path, _SCHEMA)
        except OSError as error:
            raise UserError(f"{told(error)}; {path} can be removed, and is made again") from None

    def __enter__(self) -> Index:
        return self

    def __exit__(self, *_: object) -> None:
        self._database.close()

    def entries(self) -> Mapping[bytes, Entry]:
        """Everything that is known, by key."""
        if self._entries is None:
            rows = self._database.execute("SELECT key, size, changed, inode, blob, findings FROM logs")
            self._entries = {
                key: Entry(
                    size if self._is_current(text) else -1, changed, inode, blob, _findings(text) if text else []
                )
                for key, size, changed, inode, blob, text in rows
            }
        return self._entries

    def _is_current(self, text: str) -> bool:
        """Whether what was found, if anything, was found by the gate as it is now."""
        return not text or text.startswith(f"{self._version} ")

    def count(self, below: str, suffix: str = ".md", but: str = "") -> int:
        """How many files below the folder `below` are committed whose names end in `suffix` and do not fit `but`."""
        query = (
            "SELECT count(*) FROM logs WHERE blob != '' AND key >= ? AND key < ? AND substr(key, ?) = ?"
            " AND CAST(key AS TEXT) NOT GLOB ?"
        )
        bounds = (f"{below}/".encode(), f"{below}0".encode())  # "0" comes right after "/"
        return int(self._database.execute(query, (*bounds, -len(suffix), suffix.encode(), but)).fetchone()[0])

    def rebuild(self, blobs: Mapping[bytes, str], head: str) -> None:
        """Forget everything but which `blobs` are committed at commit `head`; every file is read again."""
        self._entries = None
        with self._database:
            self._database.execute("DELETE FROM logs")
            rows = ((key, UNSEEN, blob) for key, blob in blobs.items())
            self._database.executemany("INSERT INTO logs VALUES (?, -1, -1, ?, ?, '')", rows)
            self._database.execute("INSERT OR REPLACE INTO facts VALUES ('head', ?)", (head,))

    def record(self, seen: Iterable[tuple[store.Log, str, Findings]], facts: Mapping[str, str]) -> None:
        """Remember logs with their committed blob and findings, and some facts, in one step."""
        self._entries = None
        young = time.time_ns() - files.YOUNG
        rows = []
        for log, blob, findings in seen:
            changed = store.changed(log.stat)
            text = f"{self._version} {json.dumps(findings)}" if findings else ""
            rows.append((log.key, log.stat.st_size, changed if changed < young else -1, log.stat.st_ino, blob, text))
        with self._database:
            self._database.executemany("INSERT OR REPLACE INTO logs VALUES (?, ?, ?, ?, ?, ?)", rows)
            self._database.executemany("INSERT OR REPLACE INTO facts VALUES (?, ?)", facts.items())

    def fact(self, name: str) -> str:
        """A remembered fact, or ""."""
        row = self._database.execute("SELECT value FROM facts WHERE name = ?", (name,)).fetchone()
        return str(row[0]) if row else ""


def _findings(text: str) -> Findings:
    return [(int(line), str(kind)) for line, kind in json.loads(text.partition(" ")[2])]
