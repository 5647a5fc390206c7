"""Makes transcripts of what lies in Claude Code's project folders, links last."""

from __future__ import annotations

import hashlib
import os
import re
from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from session_sync.transcripts.sources.claude.store.companion import (
    META,
    NO_COMPANION,
    OF_SESSIONS,
    Companion,
    Facts,
    companion,
    folder_beside,
    strays,
)
from session_sync.transcripts.sources.claude.store.places import LINES, Entries, facts, followed, is_folder
from session_sync.transcripts.sources.search import Search
from session_sync.transcripts.sources.source import Transcript

SOURCE = "claude"
_COMPRESSED = tuple(LINES + end for end in (".gz", ".zst", ".bz2", ".xz"))
# What the client asks a copy of the session to do, such as to sum it up. It starts agents of other names by a call.
_HELPER = re.compile(
    r"agent-a(?:agent_summary|auto_dream|away_summary|compact|extract_memories|magic_docs|prompt_suggestion"
    r"|session_memory|speculation)-[0-9A-Za-z]{1,64}"
)
IsTaken = Callable[[str], bool]  # whether another project folder has the name of a transcript


class _Link(NamedTuple):
    """A link with the name of a transcript; `is_taken` is there for a session's, which has no id yet."""

    path: str
    session_id: str
    others: list[Facts]
    left_out: str
    is_taken: IsTaken | None = None


class Finder:
    """Makes transcripts of what is in project folders; what is only linked comes last, if it was not found itself."""

    def __init__(self, search: Search) -> None:
        self._search = search
        self._paths: list[str] = []  # of the regular files
        self._links: deque[_Link] = deque()
        self.strays: list[str] = []  # paths of what has a transcript's name and is where none is looked for

    def tell_strays(self) -> None:
        """Tell of transcripts that were passed over, but for those that were found on another way."""
        left = sorted(set(self.strays).difference(self._paths), reverse=True)
        for folder, name in dict(map(os.path.split, left)).items():
            self._search.tell(folder, f"transcripts are not looked for here, such as {name}")

    def in_folder(self, folder: str, entries: Entries, is_taken: IsTaken) -> Iterator[Transcript]:
        """The sessions of one project folder, and their subagents."""
        folders = {entry.name: entry for entry in entries if is_folder(entry, False)}
        linked: set[str] = set()
        for entry in entries:
            name, stem = entry.name, entry.name[: -len(LINES)]
            if not name.endswith(LINES) or name in folders:
                if name.endswith(_COMPRESSED):
                    self._search.tell(entry.path, "a compressed transcript, which is not read")
                continue
            left_out = _left_out(stem, None)
            if not (found := facts(entry)):
                if entry.is_symlink():
                    self._links.append(_Link(entry.path, stem, [], left_out, is_taken))
                    linked.add(stem)
                continue
            session_id = f"{stem}@{os.path.basename(folder)}" if is_taken(name) else stem
            beside = companion(folders.pop(stem).path, self._search) if stem in folders else NO_COMPANION
            self._paths.append(entry.path)
            yield _session(session_id, entry.path, found, beside, left_out)
            yield from self._agents(session_id, beside)
        for stem, entry in folders.items():
            if stem in OF_SESSIONS:
                self.strays.extend(strays(self._search.entries(entry.path)))
            elif stem not in linked:
                yield from self._agents(stem, companion(entry.path, self._search))

    def linked(self) -> Iterator[Transcript]:
        """What the links lead to, each file once and none that was found itself."""
        seen = {_file_id(path) for path in self._paths} if self._links else set()
        while self._links:
            link = self._links.popleft()
            found = followed(link.path, self._search)
            if found is None or (found.st_dev, found.st_ino) in seen:
                if link.is_taken:  # what lies beside it is there all the same
                    own = str(Path(link.path).with_suffix(""))
                    yield from self._agents(link.session_id, companion(own, self._search))
                continue
            seen.add((found.st_dev, found.st_ino))
            known = found.st_size, found.st_mtime_ns
            if link.is_taken is None:
                fingerprint = _fingerprint(known, link.others)
                yield Transcript(SOURCE, link.session_id, link.path, fingerprint, known[1], left_out=link.left_out)
                continue
            folder, name = os.path.split(link.path)
            session_id = f"{link.session_id}@{os.path.basename(folder)}" if link.is_taken(name) else link.session_id
            beside = companion(str(folder_beside(Path(link.path))), self._search)
            yield _session(session_id, link.path, known, beside, link.left_out)
            yield from self._agents(session_id, beside)

    def _agents(self, session_id: str, beside: Companion) -> Iterator[Transcript]:
        """The subagents of a session."""
        self.strays.extend(beside.strays)
        for name, entry in beside.agents.items():
            notes = beside.notes.get(name)
            others = (_listed({name + META: notes}) if notes else []) + beside.results
            left_out = _left_out(entry.name[: -len(LINES)], notes)
            of_agent = f"{session_id}/{name}"
            if found := facts(entry):
                self._paths.append(entry.path)
                yield Transcript(SOURCE, of_agent, entry.path, _fingerprint(found, others), found[1], left_out=left_out)
            elif entry.is_symlink():
                self._links.append(_Link(entry.path, of_agent, others, left_out))


def _session(session_id: str, path: str, found: tuple[int, int], beside: Companion, left_out: str) -> Transcript:
    """A session that is read from what is beside it as well."""
    journals = _listed(beside.journals)
    others = _listed({name + META: entry for name, entry in beside.notes.items()}) + beside.results + journals
    more = tuple(beside.journals[name].path for name, *_ in sorted(journals))
    return Transcript(SOURCE, session_id, path, _fingerprint(found, others), found[1], more, left_out=left_out)


def _left_out(name: str, notes: os.DirEntry[str] | None) -> str:
    """Why an agent's transcript is no session; what a call started has notes beside it, a helper has none."""
    return "helper agent" if notes is None and _HELPER.fullmatch(name) else ""


def _listed(entries: dict[str, os.DirEntry[str]]) -> list[Facts]:
    """Names, sizes and times of those of the notes or journals `entries` that are regular files."""
    return [(name, *found) for name, entry in entries.items() if (found := facts(entry))]


def _fingerprint(main: tuple[int, int], beside: list[Facts]) -> str:
    own = f"{main[0]:x}-{main[1]:x}"
    if not beside:
        return own
    return f"{own}-{hashlib.blake2b(repr(sorted(beside)).encode('utf-8', 'replace'), digest_size=8).hexdigest()}"


def _file_id(path: str) -> tuple[int, int]:
    """What tells a file from all others."""
    try:
        found = os.stat(path)
    except OSError:
        return 0, 0
    return found.st_dev, found.st_ino
