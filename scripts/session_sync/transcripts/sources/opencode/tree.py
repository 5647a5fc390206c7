"""The sessions in the folder of JSON files that opencode had before its database: one file per message and part.

They are `session/<project>/<id>.json`, `message/<session>/<id>.json` and `part/<message>/<id>.json` in `storage`; in
the first versions `info/<id>.json`, `message/<session>/<id>.json` and `part/<session>/<message>/<id>.json` in
`project/<project>/storage/session`.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import msgspec

from session_sync.transcripts.session import Message, Session
from session_sync.transcripts.sources import links
from session_sync.transcripts.sources.opencode.layers import Draft, Key, Records, Row
from session_sync.transcripts.sources.opencode.message import ROLES, MessageBuilder
from session_sync.transcripts.sources.search import Search
from session_sync.transcripts.sources.shapes import (
    JsonObject,
    count,
    counted_name,
    decode_object,
    mapping,
    path_text,
    read_object,
    text,
)
from session_sync.transcripts.sources.source import Transcript

_FIRST = "info"  # the folder with the sessions in the first versions


class FileTree:
    """One session, told of by the file at `path`."""

    def __init__(self, path: Path, records: Records) -> None:
        self._path = path
        self._records = records
        self._messages = _messages(path)

    def facts(self, session: Session) -> JsonObject:
        """See `Layer`. Raises OSError."""
        found = read_object(links.content(self._path), 0, path_text(self._path.name), session)
        return found if found is not None else {"id": path_text(self._path.stem)}

    def keys(self) -> list[Key]:
        """See `Layer`; by the names of the files they are in order."""
        return [Key(one.stem, _time(one), one) for one in _files(self._messages)]

    def draft(self, key: Key) -> Draft:
        """See `Layer`."""
        session = self._records.session
        if info := self._records.read(Row(key.id, _content(key.place)), "message"):
            role = text(info.get("role"))
            session.keep(unknown="" if role in ROLES else counted_name(role, "message"))
        builder = MessageBuilder(info or {}, key.id, None, session)
        owner = self._path.stem if _is_first(self._path) else ""
        for path in _files(self._messages.parent.parent / "part" / owner / key.id):
            if part := self._records.read(Row(path.stem, _content(path)), "part"):
                builder.add(part, path.stem)
        return builder

    def stray(self) -> Iterator[Message]:
        """No part is found without its message."""
        yield from ()


def find(storage: Path, search: Search) -> Iterator[Transcript]:
    """The sessions in the folder `storage`."""
    for project in search.entries(storage / "session"):
        yield from _sessions(project.path, search)


def find_first(projects: Path, search: Search) -> Iterator[Transcript]:
    """The sessions of the first versions in the folder `projects`."""
    for project in search.entries(projects):
        yield from _sessions(os.path.join(project.path, "storage", "session", _FIRST), search)


def _sessions(folder: str, search: Search) -> Iterator[Transcript]:
    for entry in search.entries(folder):
        if entry.name.endswith(".json") and links.leads_to_file(entry, search):
            yield from filter(None, [find_file(Path(entry.path))])


def find_file(path: Path) -> Transcript | None:
    """The session whose file is at `path`; None if it cannot be.

    A part that is rewritten comes with its message rewritten, so that the parts need not be looked at.
    """
    try:
        own = os.stat(path)
        messages = [os.stat(one) for one in _files(_messages(path))]
    except OSError:
        return None
    newest = max((one.st_mtime_ns for one in (own, *messages)), default=0)
    size = sum(one.st_size for one in messages)
    fingerprint = f"{own.st_size}-{own.st_mtime_ns} {len(messages)}-{size}-{newest}"
    return Transcript("opencode", path_text(path.stem), str(path), fingerprint, newest)


def _is_first(path: Path) -> bool:
    return path.parent.name == _FIRST


def _messages(path: Path) -> Path:
    """The folder with the messages of the session that the file at `path` tells of."""
    return (path.parent.parent if _is_first(path) else path.parent.parent.parent) / "message" / path.stem


def _files(folder: Path) -> list[Path]:
    """The JSON files in `folder`, by their names; nothing if it is none."""
    try:
        with os.scandir(folder) as entries:
            return sorted(Path(one.path) for one in entries if one.name.endswith(".json"))
    except (OSError, ValueError):
        return []


def _content(path: Path) -> bytes:
    """What is in the file; one that cannot be read is as good as empty."""
    try:
        return links.content(path)
    except OSError:
        return b""


def _time(path: Path) -> int:
    """When the message in the file was made."""
    try:
        return count(mapping(decode_object(_content(path)).get("time")).get("created"))
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return 0
