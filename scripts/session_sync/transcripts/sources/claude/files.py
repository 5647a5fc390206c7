"""Finds Claude Code's transcripts, and the files beside them: `projects/<folder>/<uuid>.jsonl` and `<uuid>/...`."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path

from session_sync.transcripts.sources.search import Search
from session_sync.transcripts.sources.source import Transcript

SOURCE = "claude"
LINES = ".jsonl"
SUBAGENTS, RESULTS, META = "subagents", "tool-results", ".meta.json"
_OF_SESSIONS = frozenset((SUBAGENTS, RESULTS))
Entries = list[os.DirEntry[str]]
IsTaken = Callable[[str], bool]  # whether another project folder has the name of a transcript


def roots() -> list[Path]:
    """The client's folder."""
    configured = os.environ.get("CLAUDE_CONFIG_DIR")
    return [Path(configured) if configured else Path.home() / ".claude"]


def find(root: Path, search: Search) -> Iterator[Transcript]:
    """The transcripts below `root`: a configuration or project folder, one that holds `.claude`, or one transcript."""
    if root.name.endswith(LINES):
        yield from _one(root)
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
    for folder in _folders(root, search):
        yield from _in_folder(folder, search.entries(folder), beside if folder == str(root) else is_taken)


def agent_id(name: str) -> str:
    """The subagent's id in the name of its transcript or of the notes on it."""
    return name.removeprefix("agent-").partition(".")[0]


def is_of_subagent(name: str) -> bool:
    """Whether a transcript of this name is a subagent's."""
    return name.startswith("agent-") and name.endswith(LINES)


def _folders(root: Path, search: Search) -> Iterator[str]:
    """`root` and the folders in it, each once even if there are links to it."""
    if root.name != "projects":
        yield str(root)
    real = os.path.realpath(root)
    seen: set[str] = set()
    for entry in sorted(search.entries(root), key=lambda one: one.name):
        if entry.name in _OF_SESSIONS or not _is_folder(entry, True):
            continue
        if entry.is_symlink():
            target = os.path.realpath(entry.path)
            if os.path.dirname(target) == real or target in seen:
                continue
            seen.add(target)
        yield entry.path


def _one(path: Path) -> Iterator[Transcript]:
    """The transcript in the file `path`."""
    of_subagent = path.parent.name == SUBAGENTS
    folder = path.parent.parent.parent if of_subagent else path.parent
    stem = path.parent.parent.name if of_subagent else path.stem
    for found in _in_folder(str(folder), _entries(str(folder), (stem, stem + LINES)), _taken_beside(folder)):
        if found.path == str(path):
            yield found


def _taken_beside(folder: Path) -> IsTaken:
    """Whether a project folder before `folder` has a transcript of the same name: the same answer as in a full run."""
    if folder.parent.name != "projects":
        return lambda _: False
    others = [entry for entry in _entries(str(folder.parent)) if entry.name < folder.name and _is_folder(entry, True)]
    return lambda name: any(os.path.lexists(os.path.join(other.path, name)) for other in others)


def _in_folder(folder: str, entries: Entries, is_taken: IsTaken) -> Iterator[Transcript]:
    """The sessions of one project folder, and their subagents."""
    companions = {entry.name: entry for entry in entries if _is_folder(entry, False)}
    for entry in entries:
        name = entry.name
        if not name.endswith(LINES) or not (facts := _facts(entry)):
            continue
        stem = name[: -len(LINES)]
        session_id = f"{stem}@{os.path.basename(folder)}" if is_taken(name) else stem
        if stem not in companions:
            yield Transcript(SOURCE, session_id, entry.path, _fingerprint(facts, []), facts[1])
        else:
            yield from _with_companion(session_id, companions.pop(stem).path, entry)
    for stem, companion in companions.items():
        if stem not in _OF_SESSIONS:
            yield from _with_companion(stem, companion.path, None)


def _with_companion(session_id: str, companion: str, main: os.DirEntry[str] | None) -> Iterator[Transcript]:
    """A session that has a folder: it is read from what is in there as well; and the session's subagents."""
    inside = {entry.name: entry.path for entry in _entries(companion) if _is_folder(entry, False)}
    agents = _entries(inside[SUBAGENTS]) if SUBAGENTS in inside else []
    results = _listed(_entries(inside[RESULTS])) if RESULTS in inside else []
    notes = _listed([entry for entry in agents if entry.name.endswith(META)])
    if main and (facts := _facts(main)):
        yield Transcript(SOURCE, session_id, main.path, _fingerprint(facts, notes + results), facts[1])
    for entry in agents:
        if entry.name.endswith(LINES) and (facts := _facts(entry)):
            own = [note for note in notes if note[0] == entry.name[: -len(LINES)] + META]
            of_agent = f"{session_id}/{entry.name[: -len(LINES)]}"
            yield Transcript(SOURCE, of_agent, entry.path, _fingerprint(facts, own + results), facts[1])


def _fingerprint(facts: tuple[int, int], beside: list[tuple[str, int, int]]) -> str:
    main = f"{facts[0]:x}-{facts[1]:x}"
    if not beside:
        return main
    return f"{main}-{hashlib.blake2b(repr(sorted(beside)).encode('utf-8', 'replace'), digest_size=8).hexdigest()}"


def _listed(entries: Entries) -> list[tuple[str, int, int]]:
    return [(entry.name, *facts) for entry in entries if (facts := _facts(entry))]


def _facts(entry: os.DirEntry[str]) -> tuple[int, int] | None:
    """Size and time of a regular file; None for anything else."""
    try:
        if not entry.is_file(follow_symlinks=False):
            return None
        found = entry.stat(follow_symlinks=False)
    except OSError:
        return None
    return found.st_size, found.st_mtime_ns


def _is_folder(entry: os.DirEntry[str], follow: bool) -> bool:
    try:
        return entry.is_dir(follow_symlinks=follow)
    except OSError:
        return False


def _entries(folder: str, names: tuple[str, ...] = ()) -> Entries:
    """What is in `folder`, or of that only the `names`; nothing if it cannot be looked at."""
    try:
        with os.scandir(folder) as found:
            return [entry for entry in found if not names or entry.name in names]
    except OSError:
        return []


def subagent_notes(companion: Path) -> list[Path]:
    """The notes on the subagents of the session with the folder `companion`."""
    return [Path(entry.path) for entry in _entries(str(companion / SUBAGENTS)) if entry.name.endswith(META)]
