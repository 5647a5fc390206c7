"""A rollout as a file: what its name tells, and its lines, whether it is compressed or not."""

from __future__ import annotations

import io
import os
import re
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import zstandard

from session_sync.home.files import open_regular
from session_sync.transcripts.sources.codex.format.lines import decode
from session_sync.transcripts.sources.codex.format.records import Unknown

ENDINGS = (".jsonl", ".jsonl.zst", ".json")
_UUID = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
_NAME = re.compile(rf"rollout-[0-9T:.-]{{0,40}}?({_UUID})(?:_({_UUID}))?\.(?:jsonl(?:\.zst)?|json)")
_ANY_UUID = re.compile(_UUID)
_DOCUMENT = re.compile(rb'\s*\{\s*"(?:session|items)"\s*:')
_COMPRESSED = ".zst"
_BUFFER = 1 << 18
_MOST_WINDOW = 1 << 25  # bytes that a compressed file may make us hold
_HEAD = 4096  # bytes behind it
_LONGEST_LINE = 1 << 20  # bytes of a first line that tells what a file is


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


def ids_in(name: str) -> tuple[str, str] | None:
    """The ids of the thread and of the file, if `name` is one that Codex gives to a rollout."""
    match = _NAME.fullmatch(name)
    return (match[1], match[2] or match[1]) if match else None


def own_name(name: str) -> str:
    """What a rollout of any other name is called."""
    match = _ANY_UUID.search(name)
    stem = next((name.removesuffix(end) for end in ENDINGS if name.endswith(end)), name)
    return match[0] if match else stem.encode("utf-8", "replace").decode()


def id_of(path: str) -> str:
    """The id of a rollout, from its name."""
    ids = ids_in(os.path.basename(path))
    return ids[1] if ids else own_name(os.path.basename(path))


def is_compressed(path: str) -> bool:
    """Whether the rollout at `path` is one that Codex compressed."""
    return path.endswith(_COMPRESSED)


def is_rollout(path: str) -> bool:
    """Whether the file at `path` begins as a rollout, whatever its name is."""
    try:
        with open_rollout(path) as stream:
            line = stream.readline(_LONGEST_LINE)
            begin = line + stream.read(_HEAD)
    except OSError:
        return False
    try:
        is_known = not isinstance(decode(line).payload, Unknown)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        is_known = False
    return is_known or bool(_DOCUMENT.match(begin))


def open_rollout(path: str) -> Stream:
    """The lines of a rollout; OSError if it cannot be opened."""
    source = open_regular(Path(path), follow=True)
    return Stream(_Decompressed(source) if is_compressed(path) else source.detach(), _BUFFER)


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
