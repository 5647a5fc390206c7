"""Session logs whose project could not be told when they were saved: they wait as UNKNOWN, and are filed once it can.

Such a log remembers the directory that it was saved in, until its project is known.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from session_sync.home import paths
from session_sync.home.config import UNKNOWN, Config
from session_sync.identity import belongs, surroundings
from session_sync.logs import session_log, store

DIRECTORY = "directory"  # in the front matter: where the session was


def waiting(machines: Sequence[str]) -> tuple[Path, ...]:
    """The folders of the logs whose project is not known."""
    return tuple(paths.projects() / UNKNOWN / machine for machine in machines)


def file_all(settings: Config, machines: Sequence[str]) -> list[str]:
    """File the logs whose project can be told by now; why it cannot for the others, each reason once."""
    reasons: dict[str, None] = {}
    for path, directory in list(_unfiled(machines)):
        name = belongs.of_directory(directory, settings)
        if name == UNKNOWN:
            reasons[belongs.why_unknown(directory, settings)] = None
        elif surroundings.resolved(str(directory)):  # the name of what is gone would be a guess
            with session_log.exclusive() as alone, suppress(OSError):  # a save files it too; else the next round does
                if alone:
                    file_log(path, name, machines)
    return list(reasons)


def file_log(path: Path, name: str, machines: Sequence[str]) -> Path:
    """Move the log at `path` to the project `name`; returns its new path. A kill at any moment loses nothing of it."""
    folders = store.folders(name, machines)
    data = _with_project(path.read_bytes(), name)
    filed = folders[0] / path.name
    if not (filed.is_file() and filed.read_bytes() == data):  # else killed before the last step
        filed = session_log.create_log(folders, path.stem, data)
    path.unlink()
    return filed


def _unfiled(machines: Sequence[str]) -> Iterator[tuple[Path, Path]]:
    """The logs that remember a directory, and that."""
    for folder in waiting(machines):
        for path in sorted(folder.glob("[!.]*.md")):
            with suppress(OSError):
                if directory := session_log.read_fact(path, DIRECTORY):
                    yield path, Path(directory)


def _with_project(data: bytes, name: str) -> bytes:
    """The log `data` with the project `name` in its front matter, and no directory."""
    lines = data.split(b"\n")
    marks = [number for number, line in enumerate(lines) if line.removeprefix(b"\xef\xbb\xbf").rstrip() == b"---"]
    end = marks[1] if marks[:1] == [0] and len(marks) > 1 else 0
    project = f"project: {json.dumps(name, ensure_ascii=False)}".encode()
    kept = [one for one in lines[:end] if not one.startswith(f"{DIRECTORY}: ".encode())]
    head = [project + one[len(one.rstrip()) :] if one.startswith(b"project: ") else one for one in kept]
    return b"\n".join([*head, *lines[end:]])
