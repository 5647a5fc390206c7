"""Where Codex keeps its rollouts, and which of them belong together."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from session_sync.transcripts.sources.codex.store.rollout_file import RolloutFile, ids_in, is_compressed, own_name
from session_sync.transcripts.sources.codex.store.walk import Walk
from session_sync.transcripts.sources.search import Search

_FOLDERS = ("sessions", "archived_sessions")


def threads(root: Path, search: Search) -> tuple[Path, dict[str, list[RolloutFile]]]:
    """The CODEX_HOME that `root` belongs to, and the files of each thread below `root`, the oldest first.

    A file that is there twice, archived or compressed, is given once: the one that was changed last. `search` knows
    afterwards what could not be looked at.
    """
    if root.is_file():
        return _thread_of(root, search)
    home, folders = _folders(root)
    walks = [Walk(str(one), search, for_rollouts=home_of(one / "_") != one) for one in folders]
    return home, _grouped(rollout for walk in walks for rollout in walk.rollouts())


def files_of(home: Path, thread: str, search: Search) -> list[RolloutFile]:
    """The files of `thread` in `home`, the oldest first."""
    folders = [home / name for name in _FOLDERS]
    found = _grouped(one for folder in folders for one in Walk(str(folder), search, thread).rollouts())
    return found.get(thread, [])


def home_of(path: Path) -> Path:
    """The CODEX_HOME that a rollout is in; its own folder if it is in none."""
    return _home_around(path.parent)


def name_of(path: str, home: Path) -> str:
    """The name of a rollout within `home`."""
    try:
        name = Path(path).relative_to(home).as_posix()
    except ValueError:
        name = os.path.basename(path)
    return name.encode("utf-8", "replace").decode()


def _folders(root: Path) -> tuple[Path, list[Path]]:
    for home in (root, root / ".codex"):
        if folders := [home / name for name in _FOLDERS if (home / name).is_dir()]:
            return home, folders
    return _home_around(root), [root]


def _home_around(folder: Path) -> Path:
    return next((one.parent for one in (folder, *folder.parents) if one.name in _FOLDERS), folder)


def _thread_of(path: Path, search: Search) -> tuple[Path, dict[str, list[RolloutFile]]]:
    """The thread that the rollout `path` is a part of, with all its files."""
    path = Path(os.path.abspath(path))
    home, ids = home_of(path), ids_in(path.name)
    if ids:
        files = files_of(home, ids[0], search)
        files = files or list(Walk(str(path.parent), search, ids[0]).rollouts())
        if files:
            return home, _grouped(files)
    stat = path.stat()
    thread, name = ids or (own_name(path.name), own_name(path.name))
    return home, {thread: [RolloutFile(str(path), thread, name, stat.st_size, stat.st_mtime_ns)]}


def _grouped(files: Iterable[RolloutFile]) -> dict[str, list[RolloutFile]]:
    found: dict[str, list[RolloutFile]] = {}
    for one in files:
        parts = found.get(one.thread)
        if parts is None:
            found[one.thread] = [one]
            continue
        same = next((place for place, other in enumerate(parts) if other.id == one.id), None)
        if same is None:
            parts.append(one)
        elif _rank(one) > _rank(parts[same]):
            parts[same] = one
    for parts in found.values():
        if len(parts) > 1:
            parts.sort(key=lambda one: (one.id != one.thread, one.id))  # the ids of files grow with time
    return found


def _rank(file: RolloutFile) -> tuple[int, bool, str]:
    return file.modified, not is_compressed(file.path), file.path
