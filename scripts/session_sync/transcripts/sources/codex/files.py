"""Where Codex keeps its rollouts, which of them belong together, and how they are opened."""

from __future__ import annotations

import io
import os
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

import zstandard

from session_sync.home.files import open_regular
from session_sync.transcripts.sources.search import Search

_FOLDERS = ("sessions", "archived_sessions")
_DEEPEST = 3  # folders below one of them: YYYY/MM/DD
_UUID = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
_NAME = re.compile(rf"rollout-[0-9T:.-]{{0,40}}?({_UUID})(?:_({_UUID}))?\.jsonl(\.zst)?")
_COMPRESSED = ".zst"
_BUFFER = 1 << 18
_MOST_WINDOW = 1 << 25  # bytes that a compressed file may make us hold


class RolloutFile(NamedTuple):
    """A rollout: `id` is the thread's in its first file, another one in a file that was made by a revert."""

    path: str
    thread: str
    id: str
    size: int
    modified: int  # ns since the epoch


class Stream(io.BufferedReader):
    """The lines of a rollout, whether it is compressed or not."""

    @property
    def is_damaged(self) -> bool:
        """Whether the compression broke before the end."""
        return isinstance(self.raw, _Decompressed) and self.raw.is_damaged


def threads(root: Path, search: Search) -> tuple[Path, dict[str, list[RolloutFile]]]:
    """The CODEX_HOME that `root` belongs to, and the files of each thread below `root`, the oldest first.

    A file that is there twice, archived or compressed, is given once: the one that was changed last. `search` knows
    afterwards what could not be looked at.
    """
    if root.is_file():
        return _thread_of(root, search)
    home, folders = _folders(root)
    return home, _grouped(one for folder in folders for one in _rollouts(str(folder), _DEEPEST, search))


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


def id_of(path: str) -> str:
    """The id of a rollout, from its name."""
    match = _NAME.fullmatch(os.path.basename(path))
    return (match[2] or match[1]) if match else Path(path).stem


def open_rollout(path: str) -> Stream:
    """The lines of a rollout; OSError if it cannot be opened."""
    source = open_regular(Path(path), follow=False)
    return Stream(_Decompressed(source) if path.endswith(_COMPRESSED) else source.detach(), _BUFFER)


class _Decompressed(io.RawIOBase):
    """What is in a compressed file, as far as it can be read, in flat memory."""

    def __init__(self, source: io.BufferedReader) -> None:
        self.is_damaged = False
        self._source = source
        decompressor = zstandard.ZstdDecompressor(max_window_size=_MOST_WINDOW)
        self._reader = decompressor.stream_reader(source, read_across_frames=True, closefd=False)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        try:
            return self._reader.readinto1(buffer)  # what comes before damage is given, not lost with it
        except zstandard.ZstdError:
            self.is_damaged = True
            return 0

    def close(self) -> None:
        self._source.close()
        super().close()


def _folders(root: Path) -> tuple[Path, list[Path]]:
    for home in (root, root / ".codex"):
        if folders := [home / name for name in _FOLDERS if (home / name).is_dir()]:
            return home, folders
    return _home_around(root), [root]


def _home_around(folder: Path) -> Path:
    return next((one.parent for one in (folder, *folder.parents) if one.name in _FOLDERS), folder)


def _thread_of(path: Path, search: Search) -> tuple[Path, dict[str, list[RolloutFile]]]:
    """The thread that the rollout `path` is a part of, with all its files."""
    path = path.resolve()
    home, match = home_of(path), _NAME.fullmatch(path.name)
    if match:
        folders = [home / name for name in _FOLDERS] if home != path.parent else []
        found = _grouped(one for folder in folders for one in _rollouts(str(folder), _DEEPEST, search, match[1]))
        found = found or _grouped(_rollouts(str(path.parent), 0, search, match[1]))
        if found:
            return home, found
    stat = path.stat()
    name = match[1] if match else path.name.removesuffix(_COMPRESSED).removesuffix(".jsonl")
    name = name.encode("utf-8", "replace").decode()
    return home, {name: [RolloutFile(str(path), name, name, stat.st_size, stat.st_mtime_ns)]}


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
    return file.modified, not file.path.endswith(_COMPRESSED), file.path


def _rollouts(folder: str, deepest: int, search: Search, thread: str = "") -> Iterator[RolloutFile]:
    """The rollouts below `folder`, of one `thread` or of all; links are not followed."""
    folders = [(folder, 0)]
    while folders:
        path, depth = folders.pop()
        for entry in search.entries(path):
            match = _NAME.fullmatch(entry.name)
            if not match:
                if depth < deepest and entry.is_dir(follow_symlinks=False):
                    folders.append((entry.path, depth + 1))
            elif (not thread or match[1] == thread) and entry.is_file(follow_symlinks=False):
                with suppress(OSError):  # gone just now
                    stat = entry.stat(follow_symlinks=False)
                    yield RolloutFile(entry.path, match[1], match[2] or match[1], stat.st_size, stat.st_mtime_ns)
