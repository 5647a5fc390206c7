"""The sessions in the folder of JSON files that opencode had before its database: one file per message and part."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from session_sync.home import files
from session_sync.transcripts.session import Session
from session_sync.transcripts.sources.opencode.database import Row
from session_sync.transcripts.sources.shapes import JsonObject, path_text, read_object
from session_sync.transcripts.sources.source import Transcript


class FileTree:
    """One session, told of by the file at `path`, `storage/session/<project>/<id>.json`."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._storage = path.parent.parent.parent

    def facts(self, session: Session) -> JsonObject:
        """What its file says of the session as a whole; raises OSError."""
        found = read_object(_content(self._path), 0, path_text(self._path.name), session)
        return found if found is not None else {"id": path_text(self._path.stem)}

    def messages(self) -> Iterator[Row]:
        """The messages in order."""
        yield from _rows(self._storage / "message" / self._path.stem)

    def parts(self, message_id: str) -> Iterator[Row]:
        """The parts of a message in order."""
        yield from _rows(self._storage / "part" / message_id)

    def stray(self) -> Iterator[Row]:
        """No part is found without its message."""
        yield from ()

    def later(self) -> Iterator[Row]:
        """There is nothing else."""
        yield from ()


def find(storage: Path) -> Iterator[Transcript]:
    """The sessions in the folder `storage`."""
    for project in _entries(storage / "session"):
        for entry in _entries(Path(project.path)):
            if entry.name.endswith(".json") and (found := _transcript(storage, Path(entry.path))):
                yield found


def find_file(path: Path) -> Transcript | None:
    """The session whose file is at `path`; None if it cannot be."""
    return _transcript(path.parent.parent.parent, path)


def _transcript(storage: Path, path: Path) -> Transcript | None:
    """A part that is rewritten comes with its message rewritten, so that the parts need not be looked at."""
    try:
        own = os.stat(path, follow_symlinks=False)
        messages = [one.stat(follow_symlinks=False) for one in _entries(storage / "message" / path.stem)]
    except OSError:
        return None
    newest = max((one.st_mtime_ns for one in (own, *messages)), default=0)
    size = sum(one.st_size for one in messages)
    fingerprint = f"{own.st_size}-{own.st_mtime_ns} {len(messages)}-{size}-{newest}"
    return Transcript("opencode", path_text(path.stem), str(path), fingerprint, newest)


def _rows(folder: Path) -> Iterator[Row]:
    """The JSON files in `folder`; by their names they are in order. One that cannot be read is an empty row."""
    for entry in sorted(_entries(folder), key=lambda one: one.name):
        if entry.name.endswith(".json"):
            try:
                data = _content(Path(entry.path))
            except OSError:
                data = b""
            yield Row(entry.name.removesuffix(".json"), data)


def _content(path: Path) -> bytes:
    with files.open_regular(path, follow=False) as stream:
        return stream.read()


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    """What is in `folder`; nothing if it is none."""
    try:
        with os.scandir(folder) as entries:
            return list(entries)
    except (OSError, ValueError):
        return []
