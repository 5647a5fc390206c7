"""Checks an archive: every session's files are there and as they were written, and every line is accounted for."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from session_sync.errors import DONE, FAILED
from session_sync.home import files
from session_sync.text.lines import counted
from session_sync.transcripts.archive import hidden_json as archived
from session_sync.transcripts.archive import layout
from session_sync.transcripts.archive.hidden_json import Damaged, Head

_BEGIN = 4096  # bytes in which the table of facts begins


def verify(folder: Path) -> dict[str, Any]:
    """The report on all sessions below `folder`; a check that finds nothing to check fails."""
    problems: list[dict[str, str]] = []
    sessions = 0
    owned: set[Path] = set()
    for path in archived.found(folder):
        sessions += 1
        for place, reason in _problems(path, owned):
            problems.append({"path": place.relative_to(folder).as_posix(), "reason": reason})
    for path in _markdown(folder):
        if path not in owned and not (path.parent / layout.hidden(path.stem)).exists():
            problems.append({"path": path.relative_to(folder).as_posix(), "reason": "its JSON is missing"})
    if not sessions:
        problems.append({"path": ".", "reason": "there is no archived session"})
    code = FAILED if problems else DONE
    lines = [f"[WARNING] {one['path']}: {one['reason']}" for one in problems]
    state = f"{counted(len(problems), 'problem')}; export again, or restore the files" if problems else "no problems"
    content = {"status": "failed" if problems else "done", "code": code, "sessions": sessions, "problems": problems}
    return {**content, "summary": [*lines, f"{counted(sessions, 'session')} in {folder}: {state}"]}


def _problems(path: Path, owned: set[Path]) -> Iterator[tuple[Path, str]]:
    """What is wrong with the session whose JSON is at `path`; its files become `owned`."""
    try:
        head = archived.check(path)
    except Damaged as error:
        yield path, str(error)
        return
    except OSError as error:
        yield path, error.strerror or type(error).__name__
        return
    yield from ((path, reason) for reason in _unaccounted(head))
    for file in head.files:
        beside = path.parent / file.name
        if beside.parent != path.parent:
            yield path, "names a file that is not beside it"
            continue
        owned.add(beside)
        if reason := _difference(beside, file.sha256):
            yield beside, reason


def _unaccounted(head: Head) -> Iterator[str]:
    lines, there = head.lines, sum(raw.lines for raw in head.raw)
    known = lines.kept + sum(lines.dropped.values())
    if lines.read != known:
        yield f"{counted(lines.read, 'record')} read, but {known} accounted for"
    if there and there + lines.joined != known:
        found = f"{counted(there, 'line')} and {counted(lines.joined, 'joined record')}"
        yield f"{found} in the source, but {known} accounted for"
    if not head.files:
        yield "names no file"


def _difference(path: Path, sha256: str) -> str:
    """What is wrong with the file at `path`, which should have this hash; "" for nothing."""
    try:
        with files.open_regular(path, follow=False) as stream:
            return "" if hashlib.file_digest(stream, "sha256").hexdigest() == sha256 else "not as it was written"
    except FileNotFoundError:
        return "missing"
    except OSError as error:
        return error.strerror or type(error).__name__


def _markdown(folder: Path) -> Iterator[Path]:
    """The Markdown files below `folder` that look like those of sessions, by their names and their first lines."""
    for path in folder.rglob("*.md"):
        if layout.BASENAME.fullmatch(path.stem) and path.is_file():
            with open(path, "rb") as stream:
                if b"\n| Agent | " in stream.read(_BEGIN):
                    yield path
