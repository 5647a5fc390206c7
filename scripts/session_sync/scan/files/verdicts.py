"""What was found in files that were scanned before, so that only what changed is scanned again.

A cache: SQLite below state/, made anew when it is lost, damaged or of another format. No value is in it.
"""

from __future__ import annotations

import contextlib
import json
import marshal
import os
import sqlite3
import time
import zlib
from dataclasses import astuple
from operator import attrgetter
from pathlib import Path
from typing import Any, NamedTuple

from session_sync.home import cache, paths
from session_sync.home.cache import Schema
from session_sync.scan.scanner.scanner import Finding
from session_sync.scan.scanner.stream import START, Mark

BUSY_TIMEOUT = 2.0  # seconds to wait for another process that writes
WRITE_EVERY = 500  # verdicts that a killed process may lose
SURE = 60_000_000_000  # ns: a system may give a change that is made in mapped memory a time half a minute before it
_SCHEMA = Schema(
    2,
    """
CREATE TABLE IF NOT EXISTS verdicts (
    path BLOB PRIMARY KEY, size INTEGER, mtime INTEGER, ctime INTEGER, inode INTEGER,
    offset INTEGER, line INTEGER, characters INTEGER, digest BLOB, findings TEXT, version TEXT, checksum INTEGER
) WITHOUT ROWID;
""",
)
_MARSHAL = 2  # the format: the same bytes for the same values
_UNSURE = -1  # the size of a file that may have changed since without a sign of it
_SEPARATOR = os.fsencode(os.sep)
_SELECT = """
SELECT path, size, mtime, ctime, inode, offset, line, characters, digest, findings, checksum FROM verdicts
WHERE version = ? AND """
_BELOW = f"{_SELECT} path >= ? AND path < ? ORDER BY path"
_ONE = f"{_SELECT} path = ?"
_INSERT = f"INSERT OR REPLACE INTO verdicts VALUES ({', '.join('?' * 12)})"  # noqa: S608 - only question marks
FileState = tuple[bytes, int, int, int, int]  # a file: its path, size, times and inode
stat_key = attrgetter("st_size", "st_mtime_ns", "st_ctime_ns", "st_ino")


class Known(NamedTuple):
    """A finding in a file, its places counted from the file's beginning, with its line and its value's keyed tag."""

    finding: Finding
    line: int
    tag: str


class Verdict(NamedTuple):
    """What is in a file, and how far its bytes, which have the SHA-256 `digest` up to there, are settled."""

    findings: tuple[Known, ...]
    settled: Mark = START
    digest: bytes = b""


class Verdicts:
    """The verdicts of one `version` of the scanner; any number of processes may use them, and none fails for them."""

    def __init__(self, version: str) -> None:
        self._version = version
        self._clean: list[FileState] = []  # sorted
        self._findings: dict[FileState, str] = {}
        self._new: dict[bytes, tuple[Any, ...]] = {}
        self._database = _opened(paths.verdicts_file())

    def __enter__(self) -> Verdicts:
        return self

    def __exit__(self, *_: object) -> None:
        self._write()
        self._database.close()

    def load(self, root: bytes, is_folder: bool) -> None:
        """Have just what is known of the file `root` at hand, or of the files below the folder `root`."""
        below = root.rstrip(_SEPARATOR) + _SEPARATOR
        bounds = (below, below[:-1] + bytes([below[-1] + 1])) if is_folder else (root, root + b"\0")
        rows = self._select(_BELOW, (self._version, *bounds))
        self._clean = [row[:5] for row in rows if not row[-1]]
        self._findings = {row[:5]: row[-1] for row in rows if row[-1]}

    @property
    def count(self) -> int:
        """Of how many files something is at hand."""
        return len(self._clean) + len(self._findings)

    def not_clean(self, files: list[FileState]) -> list[FileState]:
        """Those of `files`, which are sorted, that are not known to hold nothing."""
        if files == self._clean:  # takes a tenth of what the sets take
            return []
        clean = set(self._clean)
        return [file for file in files if file not in clean]

    def of_unchanged(self, file: FileState) -> tuple[Known, ...] | None:
        """What is in `file`, which is not clean, if it is what it was when it was scanned; else None."""
        found = self._findings.get(file)
        return None if found is None else _known(found)

    def earlier(self, path: bytes) -> Verdict | None:
        """The last verdict on the file at `path`, whatever became of it since."""
        for *_, offset, line, characters, digest, findings in self._select(_ONE, (self._version, path)):
            return Verdict(_known(findings), Mark(offset, line, characters), digest)
        return None

    def record(self, path: bytes, stat: os.stat_result, verdict: Verdict, is_sure: bool) -> None:
        """Remember the verdict on the file at `path`, which had `stat` before it was read.

        Unless `is_sure`, the file is read again next time, at least what is not settled of it.
        """
        size, *rest = stat_key(stat)
        findings = [[*astuple(one.finding), one.line, one.tag] for one in verdict.findings]
        text = json.dumps(findings) if findings else ""
        size = size if is_sure else _UNSURE
        row = (path, size, *rest, *verdict.settled, verdict.digest, text)
        self._new[path] = (*row, self._version, _checksum(row))
        if len(self._new) >= WRITE_EVERY:
            self._write()

    def keep_only(self, present: set[bytes]) -> None:
        """Forget the files at hand that are not `present`."""
        gone = {row[0] for row in (*self._clean, *self._findings)} - present
        self._run("DELETE FROM verdicts WHERE path = ?", [(path,) for path in gone])

    def _write(self) -> None:
        rows, self._new = list(self._new.values()), {}
        if rows:
            self._run(_INSERT, rows)

    def _run(self, statement: str, rows: list[tuple[Any, ...]]) -> None:
        """Change the table; what cannot be kept is found again next time."""
        try:
            with self._database:
                self._database.executemany(statement, rows)
        except sqlite3.Error as error:
            self._leave(error)

    def _select(self, query: str, values: tuple[Any, ...]) -> list[Any]:
        """The rows, without their checksum, that are what was written; none when the table cannot be read."""
        try:
            rows = self._database.execute(query, values).fetchall()
            return [row[:-1] for row in rows if row[-1] == _checksum(row[:-1])]
        except sqlite3.Error as error:
            self._leave(error)
            return []

    def _leave(self, error: sqlite3.Error) -> None:
        """Go on without what is kept, because of `error`; a damaged file goes, so that the next one is made anew."""
        self._database.close()
        if not isinstance(error, sqlite3.OperationalError):
            with contextlib.suppress(OSError):
                paths.verdicts_file().unlink(missing_ok=True)
        self._database = cache.in_memory(_SCHEMA)


def is_sure(stat: os.stat_result) -> bool:
    """Whether a file of which `stat` was just taken cannot change any more without showing it."""
    return max(stat.st_mtime_ns, stat.st_ctime_ns) < time.time_ns() - SURE


def _checksum(row: tuple[Any, ...]) -> int:
    """What tells a row that was damaged; three times as fast as SHA-256 of its repr."""
    return zlib.crc32(marshal.dumps(row, _MARSHAL))


def _known(text: str) -> tuple[Known, ...]:
    return tuple(Known(Finding(*finding), line, tag) for *finding, line, tag in json.loads(text or "[]"))


def _opened(path: Path) -> sqlite3.Connection:
    """The database at `path`; in memory when it cannot be used. What is damaged in it is told by the checksums."""
    try:
        return cache.opened(path, _SCHEMA, BUSY_TIMEOUT, checked=False)
    except OSError:
        return cache.in_memory(_SCHEMA)
