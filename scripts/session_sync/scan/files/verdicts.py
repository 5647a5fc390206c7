"""What was found in files that were scanned before, so that only what changed is scanned again.

A cache: SQLite below state/, created again when it is lost, damaged or of another format. It holds no value.
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

BUSY_TIMEOUT = 2.0  # seconds to wait for another process that is writing
WRITE_EVERY = 500  # verdicts: as many may be lost when the process is killed
SURE = 60_000_000_000  # ns: the time that a system gives a change made in mapped memory may be half a minute too early
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
_UNSURE = -1  # stands for the size of a file that may have changed since without showing it
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
    """A finding in a file, with its line and the keyed tag of its value; it counts characters from the file's start."""

    finding: Finding
    line: int
    tag: str


class Verdict(NamedTuple):
    """What is in a file, up to where appended bytes cannot change that, and the SHA-256 of the bytes up to there."""

    findings: tuple[Known, ...]
    settled: Mark = START
    digest: bytes = b""


class Verdicts:
    """The verdicts of one `version` of the scanner. Any number of processes may use them; none fails for them."""

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
        """Load what is known of the file `root`, or of the files below the folder `root`, and nothing else."""
        below = root.rstrip(_SEPARATOR) + _SEPARATOR
        bounds = (below, below[:-1] + bytes([below[-1] + 1])) if is_folder else (root, root + b"\0")
        rows = self._select(_BELOW, (self._version, *bounds))
        self._clean = [row[:5] for row in rows if not row[-1]]
        self._findings = {row[:5]: row[-1] for row in rows if row[-1]}

    @property
    def count(self) -> int:
        """The number of files of which something is loaded."""
        return len(self._clean) + len(self._findings)

    def not_clean(self, files: list[FileState]) -> list[FileState]:
        """Those of the sorted `files` that are not known to be clean."""
        if files == self._clean:  # takes a tenth of the time that the sets take
            return []
        clean = set(self._clean)
        return [file for file in files if file not in clean]

    def of_unchanged(self, file: FileState) -> tuple[Known, ...] | None:
        """What is in `file`, which is not clean; None when it changed since it was scanned, or never was."""
        found = self._findings.get(file)
        return None if found is None else _known(found)

    def earlier(self, path: bytes) -> Verdict | None:
        """The last verdict on the file at `path`, even if it has changed since."""
        for *_, offset, line, characters, digest, findings in self._select(_ONE, (self._version, path)):
            return Verdict(_known(findings), Mark(offset, line, characters), digest)
        return None

    def unchanged(self, file: FileState) -> tuple[Known, ...] | None:
        """What is in `file`, of which nothing need be loaded; None when it changed since it was scanned."""
        for *state, _, _, _, _, findings in self._select(_ONE, (self._version, file[0])):
            return _known(findings) if tuple(state) == file else None
        return None

    def record(self, file: FileState, verdict: Verdict, is_sure: bool) -> None:
        """Remember the verdict on `file` as it was before it was read.

        Unless `is_sure`, the file is opened again next time, and scanned from where it is not settled.
        """
        path, size, *rest = file
        findings = [[*astuple(one.finding), one.line, one.tag] for one in verdict.findings]
        text = json.dumps(findings) if findings else ""
        size = size if is_sure else _UNSURE
        row = (path, size, *rest, *verdict.settled, verdict.digest, text)
        self._new[path] = (*row, self._version, _checksum(row))
        if len(self._new) >= WRITE_EVERY:
            self._write()

    def keep_only(self, present: set[bytes]) -> None:
        """Forget the loaded files that are not `present`."""
        gone = {row[0] for row in (*self._clean, *self._findings)} - present
        self._run("DELETE FROM verdicts WHERE path = ?", [(path,) for path in gone])

    def _write(self) -> None:
        rows, self._new = list(self._new.values()), {}
        if rows:
            self._run(_INSERT, rows)

    def _run(self, statement: str, rows: list[tuple[Any, ...]]) -> None:
        """Change the table; what cannot be stored is found again next time."""
        try:
            with self._database:
                self._database.executemany(statement, rows)
        except sqlite3.Error as error:
            self._give_up(error)

    def _select(self, query: str, values: tuple[Any, ...]) -> list[Any]:
        """The rows, without their checksum, that are what was written; none when the table cannot be read."""
        try:
            rows = self._database.execute(query, values).fetchall()
            return [row[:-1] for row in rows if row[-1] == _checksum(row[:-1])]
        except sqlite3.Error as error:
            self._give_up(error)
            return []

    def _give_up(self, error: sqlite3.Error) -> None:
        """Go on without the database because of `error`; one that is damaged is deleted, to be created again."""
        self._database.close()
        if not isinstance(error, sqlite3.OperationalError):
            with contextlib.suppress(OSError):
                paths.verdicts_file().unlink(missing_ok=True)
        self._database = cache.in_memory(_SCHEMA)


def is_sure(stat: os.stat_result) -> bool:
    """Whether the file of which `stat` was just taken will show any change from now on."""
    return max(stat.st_mtime_ns, stat.st_ctime_ns) < time.time_ns() - SURE


def _checksum(row: tuple[Any, ...]) -> int:
    """By which a damaged row is recognized; three times as fast as SHA-256 of its repr."""
    return zlib.crc32(marshal.dumps(row, _MARSHAL))


def _known(text: str) -> tuple[Known, ...]:
    return tuple(Known(Finding(*finding), line, tag) for *finding, line, tag in json.loads(text or "[]"))


def _opened(path: Path) -> sqlite3.Connection:
    """The database at `path`; one in memory when that cannot be used. The checksums show which rows are damaged."""
    try:
        return cache.opened(path, _SCHEMA, BUSY_TIMEOUT, checked=False)
    except OSError:
        return cache.in_memory(_SCHEMA)
