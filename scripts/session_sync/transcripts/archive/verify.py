"""Checks an archive: every session's files are there and as they were written, and every line is accounted for."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import msgspec

from session_sync.errors import DONE, FAILED
from session_sync.home import files
from session_sync.text.lines import counted
from session_sync.transcripts.archive import hidden_json, layout
from session_sync.transcripts.archive.hidden_json import Damaged, SessionHead

_BEGIN = 4096  # bytes in which the table of facts begins


class FileProblem(msgspec.Struct):
    """What is wrong with a file, by its path below the folder that was checked."""

    path: str
    reason: str


class VerifyReport(msgspec.Struct):
    """What `export verify` tells."""

    status: str
    code: int
    sessions: int
    problems: list[FileProblem]

    def lines(self, folder: Path) -> list[str]:
        """The report on `folder` for people."""
        count = counted(len(self.problems), "problem")
        state = f"{count}; export again, or restore the files" if self.problems else "no problems"
        warnings = [f"[WARNING] {one.path}: {one.reason}" for one in self.problems]
        return [*warnings, f"{counted(self.sessions, 'session')} in {folder}: {state}"]


def verify(folder: Path) -> VerifyReport:
    """The report on all sessions below `folder`; a check that finds nothing to check fails."""
    found: list[tuple[Path, str]] = []
    sessions = 0
    owned: set[Path] = set()
    for path in hidden_json.session_files(folder):
        sessions += 1
        found += _problems(path, owned)
    for path in _markdown(folder):
        if path not in owned and not (path.parent / layout.json_name(path.stem)).exists():
            found.append((path, "its JSON is missing"))
    problems = [FileProblem(path.relative_to(folder).as_posix(), reason) for path, reason in found]
    if not sessions:
        problems.append(FileProblem(".", "there are no archived sessions"))
    return VerifyReport("failed" if problems else "done", FAILED if problems else DONE, sessions, problems)


def _problems(path: Path, owned: set[Path]) -> Iterator[tuple[Path, str]]:
    """What is wrong with the session whose JSON is at `path`; its files become `owned`."""
    try:
        head = hidden_json.verified_head(path)
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


def _unaccounted(head: SessionHead) -> Iterator[str]:
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
