"""The folder beside a transcript: subagents at any depth, journals of workflows, outputs that were put aside."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from session_sync.transcripts.sources.claude.store.places import LINES, Entries, is_folder, listed
from session_sync.transcripts.sources.search import Search

SUBAGENTS, RESULTS, META, JOURNAL = "subagents", "tool-results", ".meta.json", "journal.jsonl"
OF_SESSIONS = frozenset((SUBAGENTS, RESULTS))
_DEEPEST = 8  # levels of folders below `subagents`
_MOST_FOLDERS = 10_000  # below it
_TRANSCRIPT = re.compile(r"(?:agent-.{1,200}|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]{22})\.jsonl", re.DOTALL)
Facts = tuple[str, int, int]  # name, size and time of a file


class Companion(NamedTuple):
    """What is in the folder of a session; a name is the path from `subagents` on, without the ending of transcripts."""

    agents: dict[str, os.DirEntry[str]]  # transcripts of subagents
    notes: dict[str, os.DirEntry[str]]  # on subagents, by the name of the subagent
    journals: dict[str, os.DirEntry[str]]  # of workflows
    results: list[Facts]
    strays: list[str]  # paths of what has a transcript's name and is where none is looked for


NO_COMPANION = Companion({}, {}, {}, [], [])


def companion(folder: str, search: Search) -> Companion:
    """Look through the `folder` of a session."""
    found = Companion({}, {}, {}, [], [])
    for entry in search.entries(folder):
        if not is_folder(entry, False):
            if entry.name in OF_SESSIONS and entry.is_symlink():
                search.tell(entry.path, "a link to a folder, which is not followed")
            found.strays.extend(strays([entry]))
        elif entry.name == SUBAGENTS:
            _add_agents(found, entry.path, search)
        elif entry.name == RESULTS:
            found.results.extend(listed(search.entries(entry.path)))
        else:
            found.strays.extend(strays([*_below(entry.path, search)]))
    return found


def folder_of(path: Path) -> Path | None:
    """The folder of the session whose subagent has the transcript `path`; None for one that is no subagent's there."""
    found = None
    for parent in path.parents[: _DEEPEST + 1]:
        if parent.name == "projects":
            break
        if parent.name == SUBAGENTS:
            found = parent.parent
    return found


def folder_beside(path: Path) -> Path:
    """The folder of the session with the transcript `path`: beside it, or beside what it links to."""
    folder = path.with_suffix("")
    if path.is_symlink() and not folder.is_dir():
        return Path(os.path.realpath(path)).with_suffix("")
    return folder


def strays(entries: Entries) -> list[str]:
    """The paths of those of `entries` that have a transcript's name, in a folder where none is looked for."""
    return [entry.path for entry in entries if _TRANSCRIPT.fullmatch(entry.name)]


def _add_agents(found: Companion, top: str, search: Search) -> None:
    """Add what is in the folder `top` of subagents, and in the folders in it."""
    for entry in _below(top, search):
        path = entry.path[len(top) + 1 :].replace(os.sep, "/")
        if entry.name.endswith(META):
            found.notes[path[: -len(META)]] = entry
        elif entry.name == JOURNAL and "/" in path:
            found.journals[path] = entry
        elif entry.name.endswith(LINES):
            found.agents[path[: -len(LINES)]] = entry


def _below(top: str, search: Search) -> Iterator[os.DirEntry[str]]:
    """The files in `top` and the folders in it, as far down as is looked."""
    waiting = [(top, 0)]
    count = 0
    while waiting:
        folder, depth = waiting.pop()
        for entry in search.entries(folder):
            if not is_folder(entry, False):
                yield entry
            elif depth < _DEEPEST - 1 and count < _MOST_FOLDERS:
                count += 1
                waiting.append((entry.path, depth + 1))
            else:
                search.tell(entry.path, "too many folders, or too deep, to look into")
