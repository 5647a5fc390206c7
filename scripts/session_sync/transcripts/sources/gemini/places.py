"""Where Gemini CLI keeps what it records: `tmp/<project>/`, with session files in `chats` and its subfolders."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from session_sync.text.lines import counted
from session_sync.transcripts.sources import links
from session_sync.transcripts.sources.gemini import prompt_log
from session_sync.transcripts.sources.gemini.checkpoint import is_checkpoint
from session_sync.transcripts.sources.gemini.prompt_log import Prompt
from session_sync.transcripts.sources.search import Search
from session_sync.transcripts.sources.shapes import path_text
from session_sync.transcripts.sources.source import Transcript

SOURCE = "gemini"
LOGGED = "logs/"  # the beginning of the ids of sessions that are only in the client's log of prompts
_ENDINGS = (".jsonl", ".json")  # if both are there, the client has made the former from the latter
_UNREADABLE = re.compile(r".+\.jsonl?\.unreadable-\d+")  # put aside by the client when it could not read it
_NAMED = re.compile(r"session-[\dT-]+-(\w{1,8})\.jsonl?(?:\.unreadable-\d+)?")
_SESSION_ID = re.compile(rb'"sessionId"\s*:\s*"([^"\\]{1,128})"')
_HEAD = 4096  # bytes of a session file in which its id is looked for


class Found(NamedTuple):
    """A file, or a link to one, with what is known of it."""

    path: str
    state: os.stat_result

    @property
    def name(self) -> str:
        """Its name."""
        return os.path.basename(self.path)


class Finder:
    """Finds the transcripts of the client, each file once, wherever links lead."""

    def __init__(self, search: Search) -> None:
        self._search = search
        self._seen: set[tuple[int, int]] = set()
        self._links: list[tuple[Path, Found]] = []

    def below(self, root: Path) -> Iterator[Transcript]:
        """The transcripts below `root`: the client's folder, one above it, or a part of it."""
        if root.name == "chats":
            yield from self._chats(root, [])
        else:
            for project in self._projects(root):
                yield from self._project(project)
        for project, link in self._links:  # what they lead to may have been found itself
            if self._is_new(link):
                yield from filter(None, [of_file(Path(link.path), project, link.state)])

    def _projects(self, root: Path) -> Iterator[Path]:
        entries = self._search.entries(root)
        if any(one.name == "chats" or prompt_log.is_log(one.name) or is_checkpoint(one.name) for one in entries):
            yield root
            return
        projects = next((one for one in (root / ".gemini" / "tmp", root / "tmp") if one.is_dir()), root)
        yield from (Path(one.path) for one in self._search.entries(projects) if one.is_dir())

    def _project(self, project: Path) -> Iterator[Transcript]:
        """What there is of a project."""
        known: list[Found] = []
        yield from self._chats(project / "chats", known)
        entries = self._search.entries(project)
        checkpoints = [one for one in entries if is_checkpoint(one.name)]
        yield from self._transcripts(checkpoints, project)
        logs = [one for one in entries if prompt_log.is_log(one.name)]
        paths = [Path(one.path) for one in logs if links.leads_to_file(one, self._search)]
        yield from self._logged(sorted(paths, key=lambda one: (one.name == "logs.json", one.name)), known)
        odd = [one for one in entries if one.name.endswith(_ENDINGS) and not one.is_dir()]
        if odd and not (known or checkpoints or logs):
            self._search.tell(project, _not_understood(odd))

    def _chats(self, chats: Path, known: list[Found]) -> Iterator[Transcript]:
        """The session files in the folder `chats`; those of main sessions are added to `known`."""
        entries = self._search.entries(chats)
        for entry in [one for one in entries if one.is_dir()]:
            yield from self._transcripts(self._search.entries(entry.path), chats.parent)
        files = [one for one in entries if not one.is_dir() and not one.name.startswith(".")]
        named = [one for one in files if one.name.startswith("session-") or is_checkpoint(one.name)]
        yield from self._transcripts(named, chats.parent, known)
        if files and not named:
            self._search.tell(chats, _not_understood(files))

    def _transcripts(
        self, entries: list[os.DirEntry[str]], project: Path, known: list[Found] | None = None
    ) -> Iterator[Transcript]:
        names = {one.name for one in entries}
        for entry in entries:
            if f"{entry.name}l" in names or not (found := self._file(entry)):
                continue
            if known is not None:
                known.append(found)
            if entry.is_symlink():
                self._links.append((project, found))
            elif self._is_new(found):
                yield from filter(None, [of_file(Path(found.path), project, found.state)])

    def _file(self, entry: os.DirEntry[str]) -> Found | None:
        """The file at `entry` if it may hold a session by its name."""
        if not (entry.name.endswith(_ENDINGS) or _UNREADABLE.fullmatch(entry.name)) or entry.is_dir():
            return None
        try:
            return Found(entry.path, os.stat(entry.path)) if links.leads_to_file(entry, self._search) else None
        except OSError:
            return None  # gone meanwhile

    def _is_new(self, found: Found) -> bool:
        key = (found.state.st_dev, found.state.st_ino)
        is_new = key not in self._seen
        self._seen.add(key)
        return is_new

    def log(self, path: Path) -> Iterator[Transcript]:
        """The sessions that are only in the log at `path`."""
        known: list[Found] = []
        for _ in self._chats(path.parent / "chats", known):
            pass
        yield from self._logged([path], known)

    def _logged(self, paths: list[Path], known: Iterable[Found]) -> Iterator[Transcript]:
        """The sessions in the logs at `paths` that none of the `known` files is of."""
        try:
            log = prompt_log.read(paths)
            modified = max((os.stat(one).st_mtime_ns for one in paths), default=0)
        except OSError as error:
            self._search.tell(error.filename or paths[0], error.strerror or str(error))
            return
        for path, reason in log.problems:
            self._search.tell(path, reason)
        sessions: dict[str, list[Prompt]] = {}
        for prompt in log.prompts:
            sessions.setdefault(prompt.session_id, []).append(prompt)
        has_file = _Known(known)
        first, *more = map(str, reversed(paths)) if paths else [""]
        for identity, prompts in sessions.items():
            if not has_file(identity):
                state = prompt_log.fingerprint(prompts)
                yield Transcript(SOURCE, f"{LOGGED}{identity}", first, state, modified, tuple(more), is_excerpt=True)


class _Known:
    """Tells whether a session has a file of its own."""

    def __init__(self, files: Iterable[Found]) -> None:
        self._beginnings: set[str] = set()
        self._ids: set[str] = set()
        for one in files:
            if named := _NAMED.fullmatch(one.name):
                self._beginnings.add(named[1])
            else:
                self._ids.add(_own_id(one.path))

    def __call__(self, identity: str) -> bool:
        return identity in self._ids or identity[:8] in self._beginnings


def _own_id(path: str) -> str:
    """The id that a session file tells in its beginning."""
    try:
        with links.opened(Path(path)) as stream:
            found = _SESSION_ID.search(stream.read(_HEAD))
    except OSError:
        return ""
    return found[1].decode("utf-8", "replace") if found else ""


def of_file(path: Path, project: Path, found: os.stat_result) -> Transcript | None:
    """The session file, or checkpoint, of `project` at `path`; None if it is none by its name."""
    if not (path.name.endswith(_ENDINGS) or _UNREADABLE.fullmatch(path.name)):
        return None
    name = path.stem if path.name.endswith(_ENDINGS) else path.name
    if is_checkpoint(path.name):
        name = f"{project.name}/{name}"
    elif path.parent.parent.name == "chats":
        name = f"{path.parent.name}/{name}"
    return Transcript(SOURCE, path_text(name), str(path), f"{found.st_size}-{found.st_mtime_ns}", found.st_mtime_ns)


def project_of(path: Path) -> Path:
    """The folder of the project that a transcript at `path` is of."""
    if path.parent.parent.name == "chats":
        return path.parent.parent.parent
    return path.parent.parent if path.parent.name == "chats" else path.parent


def _not_understood(files: list[os.DirEntry[str]]) -> str:
    return f"{counted(len(files), 'file')}, of which none is understood"
