"""Finds Claude Code's transcripts, and the files beside them: `projects/<folder>/<uuid>.jsonl` and `<uuid>/...`."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from session_sync.transcripts.sources.claude.store.companion import OF_SESSIONS, companion, folder_of, strays
from session_sync.transcripts.sources.claude.store.finder import Finder, IsTaken
from session_sync.transcripts.sources.claude.store.places import LINES, Entries, is_folder
from session_sync.transcripts.sources.search import Search
from session_sync.transcripts.sources.source import Transcript


def roots() -> list[Path]:
    """The client's folder."""
    configured = os.environ.get("CLAUDE_CONFIG_DIR")
    return [Path(configured) if configured else Path.home() / ".claude"]


def find(root: Path, search: Search) -> Iterator[Transcript]:
    """The transcripts below `root`: a configuration or project folder, one that holds `.claude`, or one transcript.

    Where it is a link, that is followed; of links to transcripts, those to a regular file of the same user are, and
    each file is given once.
    """
    if root.name.endswith(LINES) or (root.is_symlink() and root.is_file()):
        yield from _one(_meant(root), search)
        return
    for projects in (root / ".claude" / "projects", root / "projects"):
        if projects.is_dir():
            root = projects
            break
    seen: set[str] = set()

    def is_taken(name: str) -> bool:
        known = name in seen
        seen.add(name)
        return known

    beside = _taken_beside(root)
    finder = Finder(search)
    for folder in _folders(root, search, finder.strays):
        yield from finder.in_folder(folder, search.entries(folder), beside if folder == str(root) else is_taken)
    yield from finder.linked()
    finder.tell_strays()


def is_of_subagent(name: str) -> bool:
    """Whether a transcript of this name is a subagent's."""
    return name.startswith("agent-") and name.endswith(LINES)


def of_subagents(path: Path) -> list[Path]:
    """The transcripts of the subagents of the session with the transcript `path`."""
    return sorted(Path(entry.path) for entry in companion(str(path.with_suffix("")), Search()).agents.values())


def _meant(path: Path) -> Path:
    """The transcript itself if `path` is a link to one in the same place, or has not the name of one."""
    real = Path(os.path.realpath(path))
    is_found = real.parent.parent == Path(os.path.realpath(path.parent.parent)) and real.name.endswith(LINES)
    return real if path.is_symlink() and (is_found or not path.name.endswith(LINES)) else path


def _folders(root: Path, search: Search, passed: list[str]) -> Iterator[str]:
    """`root` and the folders in it, each once even if there are links to it; strays are added to `passed`."""
    entries = sorted(search.entries(root), key=lambda one: one.name)
    if root.name != "projects":
        yield str(root)
    real = os.path.realpath(root)
    seen: set[str] = set()
    for entry in entries:
        if not is_folder(entry, True):
            if root.name == "projects":
                passed.extend(strays([entry]))
            if entry.is_symlink() and not os.path.exists(entry.path) and not entry.name.endswith(LINES):
                search.tell(entry.path, "a link that leads nowhere")
            continue
        if entry.name in OF_SESSIONS:
            passed.extend(strays(search.entries(entry.path)))
            continue
        if entry.is_symlink():
            target = os.path.realpath(entry.path)
            if os.path.dirname(target) == real or target in seen:
                continue
            seen.add(target)
        yield entry.path


def _one(path: Path, search: Search) -> Iterator[Transcript]:
    """The transcript in the file `path`."""
    beside = folder_of(path)
    folder = beside.parent if beside else path.parent
    stem = beside.name if beside else path.stem
    finder = Finder(search)
    found = finder.in_folder(str(folder), _entries(str(folder), (stem, stem + LINES)), _taken_beside(folder))
    for one in (*found, *finder.linked()):
        if one.path == str(path):
            yield one


def _taken_beside(folder: Path) -> IsTaken:
    """Whether a project folder before `folder` has a transcript of the same name: the same answer as in a full run."""
    if folder.parent.name != "projects":
        return lambda _: False
    others = [entry for entry in _entries(str(folder.parent)) if entry.name < folder.name and is_folder(entry, True)]

    def is_taken(name: str) -> bool:
        paths = [os.path.join(other.path, name) for other in others]
        return any(os.path.isfile(path) and not os.path.islink(path) for path in paths)

    return is_taken


def _entries(folder: str, names: tuple[str, ...] = ()) -> Entries:
    """What is in `folder`, or of that only the `names`; nothing if it cannot be looked at."""
    try:
        with os.scandir(folder) as found:
            return [entry for entry in found if not names or entry.name in names]
    except OSError:
        return []
