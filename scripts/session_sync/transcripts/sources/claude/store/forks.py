"""Tells which lines of a Claude Code session were copied from another one: a fork repeats the history it goes on from.

Copied lines keep their `uuid`. Which of two sessions is the copy must not change while both grow: else each would be
archived without the lines that it leaves to the other. So only what is fixed with the copy tells: lines that name
another session, a beginning that is later than the first message, history written in one go. Where nothing tells, a
session that has all of another one is the copy, and of two that went their own ways both keep everything.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import msgspec

from session_sync.home import files
from session_sync.transcripts.sources.claude.records import ForkedFrom, line_time
from session_sync.transcripts.sources.claude.store import files as claude_files
from session_sync.transcripts.sources.claude.store.line_facts import line_facts
from session_sync.transcripts.sources.claude.store.places import LINES

LARGEST_SCANNED = 64 << 20  # bytes of a file that is looked through for copies
_HEADS = (4 << 10, 64 << 10)  # bytes of a file in which its first uuid is looked for
_OPEN = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
_MOST_LINES = 200_000  # in scans that are remembered
_ROOT = re.compile(rb'"uuid"\s*:\s*"([^"\\]{1,100})"')
_PARENT = re.compile(rb'"forkedFrom"\s*:\s*\{[^{}]{0,300}?"sessionId"\s*:\s*"([\w-]{1,100})"')


class Fork(NamedTuple):
    """The session that another one goes on from, and the uuids of the lines copied from it or from further ones."""

    session_id: str
    copied: frozenset[str]


class _Line(msgspec.Struct):
    uuid: str = ""
    timestamp: str = ""
    sessionId: str = ""
    requestSessionId: str = ""
    forkedFrom: ForkedFrom | None = None


class _Scan(NamedTuple):
    """What is known of a session: its lines' times by their uuid, and when the file was begun."""

    session_id: str
    times: dict[str, str]
    begun: str
    marked: list[str]  # uuids of lines that come after a line of the client's own: those are not copied
    others: dict[str, str]  # uuid of a line that is of another session, such as one that resumed this one -> that one


class _Folder(NamedTuple):
    changed: int
    roots: dict[bytes, list[str]]  # the first uuid -> names of the files
    heads: dict[str, tuple[bytes, str]]  # the name of a file -> its first uuid, and the session it says it forked


_folders: dict[str, _Folder] = {}
_scans: dict[tuple[str, int, int], _Scan] = {}


def fork_of(path: str) -> Fork | None:
    """What of the session at `path` is in older sessions of its folder; None if it stands for itself."""
    folder, name = os.path.split(path)
    if os.path.islink(path) or _began_by_itself(path):
        return None
    known = _folder(folder)
    root, named = known.heads.get(name, (b"", ""))
    others = [other for other in known.roots.get(root, ()) if other != name] if root else []
    if named and named + LINES in known.heads and named + LINES not in (*others, name):
        others.append(named + LINES)
    own = _scan(path) if others else None
    if own is None:
        return None
    scans = filter(None, (_scan(os.path.join(folder, other)) for other in others))
    return _joined(own, [scan for scan in scans if _is_older(scan, own)])


def _joined(own: _Scan, older: list[_Scan]) -> Fork | None:
    """The fork of the session that has most of `own`'s lines; of two, the one that was begun first."""
    best, most, copied = "", 0, set[str]()
    for scan in sorted(older, key=lambda one: (one.begun, one.session_id)):
        both = own.times.keys() & scan.times.keys()
        common = {one for one in both if scan.others.get(one) != own.session_id} if scan.others else both
        if len(common) > most:
            best, most = scan.session_id, len(common)
        copied |= common
    return Fork(best, frozenset(copied)) if best else None


def _is_older(one: _Scan, other: _Scan) -> bool:
    """Whether `other` is the copy."""
    if one.begun != other.begun:
        return one.begun < other.begun
    grew = _was_written_along(one, other)
    if grew != _was_written_along(other, one):
        return grew
    return one.times.keys() < other.times.keys()


def _was_written_along(one: _Scan, other: _Scan) -> bool:
    """Whether what `one` has in common with `other` was written bit by bit."""
    return any(uuid in other.times for uuid in one.marked)


def _folder(folder: str) -> _Folder:
    """The files in `folder` by their first uuid. Heads never change, so only new files are looked at."""
    changed = os.stat(folder).st_mtime_ns
    known = _folders.get(folder)
    if known and known.changed == changed:
        return known
    heads = {} if known is None else known.heads
    with os.scandir(folder) as found:
        names = [entry.name for entry in found if entry.name.endswith(LINES)]
    now = {name: heads.get(name) or _head(os.path.join(folder, name)) for name in names}
    roots: dict[bytes, list[str]] = {}
    for name, (root, _) in now.items():
        if root and not claude_files.is_of_subagent(name):
            roots.setdefault(root, []).append(name)
    _folders[folder] = _Folder(changed, roots, now)
    return _folders[folder]


def _head(path: str) -> tuple[bytes, str]:
    """The first uuid in a file, and the session that it says it was forked from."""
    data = b""
    with suppress(OSError):
        descriptor = os.open(path, _OPEN)  # thousands of them: less than files.open_regular does
        try:
            for size in _HEADS:
                data += os.read(descriptor, size - len(data))
                if found := _ROOT.search(data):
                    parent = _PARENT.search(data)
                    return found[1], parent[1].decode() if parent else ""
        finally:
            os.close(descriptor)
    return b"", ""


def _began_by_itself(path: str) -> bool:
    """Whether a line of the client's own is older than the first message: no copy is."""
    before = ""
    with files.open_regular(os.fsencode(path), follow=False) as stream:
        for line in line_facts(stream, _Line, _HEADS[-1]):
            if line.uuid:
                return "" < before <= line_time(line.timestamp)
            before = before or line_time(line.timestamp)
    return False


def _scan(path: str) -> _Scan | None:
    """What is known of the session at `path`; None if it cannot be read or is too large for that."""
    try:
        found = os.lstat(path)
        if found.st_size > LARGEST_SCANNED:
            return None
        key = (path, found.st_size, found.st_mtime_ns)
        if key not in _scans:
            with files.open_regular(os.fsencode(path), follow=False) as stream:
                made = _scanned(Path(path).stem, line_facts(stream, _Line))
            if sum(len(scan.times) for scan in _scans.values()) + len(made.times) > _MOST_LINES:
                _scans.clear()
            _scans[key] = made
    except OSError:
        return None
    return _scans[key]


def _scanned(session_id: str, lines: Iterator[_Line]) -> _Scan:
    """Go through a session.

    A copy was begun after its first message: the client's own line before that, or the first line after the last one
    that names another session, tells when.
    """
    times: dict[str, str] = {}
    marked: list[str] = []
    others: dict[str, str] = {}
    before = first = named = own = ""
    is_marked = is_named = False
    for line in lines:
        time = line_time(line.timestamp)
        own = own or line.sessionId
        if not line.uuid:
            before = before or ("" if times else time)
            is_marked = bool(times)
            continue
        first = first or time
        if is_marked:
            marked.append(line.uuid)
        was_named, is_named, is_marked = is_named, _other(line) not in ("", session_id), False
        if is_named or was_named:
            named = max(named, time)
        times.setdefault(line.uuid, time)
        if line.sessionId not in ("", own, session_id):
            others[line.uuid] = line.sessionId
    return _Scan(session_id, times, max(before, first, named), marked, others)


def _other(line: _Line) -> str:
    """The session that a copied line comes from, if it says so."""
    return line.requestSessionId or (line.forkedFrom.sessionId if line.forkedFrom else "")
