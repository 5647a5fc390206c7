"""Checks an archive: every session's files are there and as they were written, and every line is accounted for."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec

from session_sync.errors import DONE, FAILED
from session_sync.text.lines import counted
from session_sync.transcripts.archive import hidden_json, layout
from session_sync.transcripts.archive.hidden_json import Damaged, File, SessionHead

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
    gone: int = 0  # messages that their source has no longer, which is no problem: the archive keeps them
    shrunk_sessions: int = 0  # sessions of which they are

    def lines(self, folder: Path) -> list[str]:
        """The report on `folder` for people."""
        count = counted(len(self.problems), "problem")
        state = f"{count}; export again, or restore the files" if self.problems else "no problems"
        warnings = [f"[WARNING] {one.path}: {one.reason}" for one in self.problems]
        if self.gone:
            are = "is no longer in its" if self.gone == 1 else "are no longer in their"
            what = f"{counted(self.gone, 'message')} of {counted(self.shrunk_sessions, 'session')}"
            warnings.append(f"{what} {are} source; the archive keeps {'it' if self.gone == 1 else 'them'}")
        return [*warnings, f"{counted(self.sessions, 'session')} in {folder}: {state}"]


def verify(folder: Path) -> VerifyReport:
    """The report on all sessions below `folder`; a check that finds nothing to check fails."""
    check = _Check()
    for path in hidden_json.session_files(folder):
        check.session(path)
    for path in _markdown(folder):
        stem = layout.markdown(path.name).removesuffix(".md")
        if path not in check.owned and not (path.parent / layout.json_name(stem)).exists():
            check.found.append((path, "its JSON is missing"))
    problems = [FileProblem(path.relative_to(folder).as_posix(), reason) for path, reason in check.found]
    if not check.sessions:
        problems.append(FileProblem(".", "there are no archived sessions"))
    status, code = ("failed", FAILED) if problems else ("done", DONE)
    return VerifyReport(status, code, check.sessions, problems, check.gone, check.shrunk_sessions)


class _Check:
    """What is found in the sessions that are looked at: the files that are theirs, and what is wrong with them."""

    def __init__(self) -> None:
        self.sessions = self.gone = self.shrunk_sessions = 0
        self.owned: set[Path] = set()
        self.found: list[tuple[Path, str]] = []

    def session(self, path: Path) -> None:
        """Look at the session whose JSON is at `path`."""
        self.sessions += 1
        try:
            head = hidden_json.verified_head(path)
        except Damaged as error:
            self.found.append((path, str(error)))
            return
        except OSError as error:
            self.found.append((path, error.strerror or type(error).__name__))
            return
        self.gone += head.gone
        self.shrunk_sessions += bool(head.gone)
        self.found += [(path, reason) for reason in _unaccounted(head)]
        for file in head.files:
            self._file(path, file)

    def _file(self, path: Path, file: File) -> None:
        """Look at a `file` of the session whose JSON is at `path`."""
        beside = path.parent / file.name
        if beside.parent != path.parent and not layout.is_picture(file.name):
            self.found.append((path, "names a file that is not beside it"))
            return
        self.owned.add(beside)
        if reason := hidden_json.difference(beside, file.sha256):
            self.found.append((beside, reason))


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


def _markdown(folder: Path) -> Iterator[Path]:
    """The Markdown files below `folder` that look like those of sessions, by their names and their first lines."""
    for path in folder.rglob("*.md"):
        if layout.BASENAME.fullmatch(path.stem) and path.is_file():
            with open(path, "rb") as stream:
                if b"\n| Agent | " in stream.read(_BEGIN):
                    yield path
