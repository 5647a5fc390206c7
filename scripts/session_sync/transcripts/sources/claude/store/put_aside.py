"""Takes back the outputs of tools that Claude Code put aside into `<session>/tool-results` because they are large."""

from __future__ import annotations

import hashlib
import os
import re
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import msgspec

from session_sync.home import files
from session_sync.text.lines import counted
from session_sync.transcripts.session import Raw, Session
from session_sync.transcripts.sources import json_lines, shapes
from session_sync.transcripts.sources.claude.contents.results import Output
from session_sync.transcripts.sources.claude.store.companion import RESULTS

MOST_OUTPUT = 1 << 20  # bytes that are taken of an output
SEEN = 600  # characters at the beginning of a stub that tell where the output is
_MOST_BLOCKS = json_lines.LONGEST_LINE  # bytes of a file of blocks, which may be pictures
_LONGEST_NOTE = 500  # characters
_PIECE = 1 << 20
_MARKED = re.compile(r"\s*(?:Exit code \d{1,3}\s+)?<persisted-output>.{0,400}?[Ss]aved to:?\s", re.DOTALL)
_PHRASED = (
    re.compile(r"\s*\[?(?:Large output|Output too large|Binary content)[^\n]{0,200}[Ss]aved to:?\s"),
    re.compile(r"\s*(?:Error: ?)?[^\n]{0,200}exceeds (?:the )?maximum [^\n]{0,100}[Ss]aved to:?\s"),
)
_STUB, _STUB_END = "<persisted-output>", "</persisted-output>"
_REMINDER = "<system-reminder>"
_SAVED = re.compile(r"tool-results[/\\]+([^/\\\s<>\"\0]{1,200})")
_FORMAT = re.compile(r"^Format: [^\n]+", re.MULTILINE)
_blocks = msgspec.json.Decoder(list[dict[str, Any]]).decode


class Whole(NamedTuple):
    """An output that was taken back, and what the stub said of its form."""

    output: Output
    form: str


class PutAside:
    """The outputs in the folder of a session; those that were taken are among the files that it was read from."""

    def __init__(self, companion: Path, session: Session) -> None:
        self._folder = companion / RESULTS
        self._session = session
        self._taken: set[str] = set()

    def whole(self, text: str) -> Whole | None:
        """The output that `text` stands for; None if it is no stub, or the session's folder has no such file."""
        saved = _SAVED.search(text, 0, 4 * SEEN) if _is_stub(text) else None
        if not saved or any(one.is_symlink() for one in (self._folder, self._folder.parent)):
            return None
        name = saved[1].rstrip(".,;:)]'`")
        if not is_name(name):
            return None
        try:
            with files.open_regular(self._folder / name, follow=False) as stream:
                output = self._output(stream, name)
        except OSError:
            return None
        before, after = _around(text)
        output.text = before + output.text + after
        form = _FORMAT.search(text)
        return Whole(output, shapes.cut(form[0], _LONGEST_NOTE) if form else "")

    def _output(self, stream: BinaryIO, name: str) -> Output:
        """What is in a file, its end cut if it is long; the file is noted as read."""
        size = os.fstat(stream.fileno()).st_size
        taken = stream.read(MOST_OUTPUT)
        if taken.lstrip()[:1] == b"[" and MOST_OUTPUT < size <= _MOST_BLOCKS:
            taken += stream.read(size - len(taken))
        if name not in self._taken:
            self._taken.add(name)
            digest, length = hashlib.sha256(taken), len(taken)
            while piece := stream.read(_PIECE):
                digest.update(piece)
                length += len(piece)
            path = f"{self._folder.parent.name}/{RESULTS}/{name}"
            self._session.raw.append(Raw(path, length, digest.hexdigest()))
        return _read(taken, size)


def is_name(text: str) -> bool:
    """Whether `text` can be a file's name in a folder, and nothing else."""
    return 0 < len(text) <= 200 and text not in (".", "..") and not any(mark in text for mark in "/\\\0:")


def _is_stub(text: str) -> bool:
    """Whether `text` is no more than the client's words on where the output is."""
    if _MARKED.match(text):
        after = text.rpartition(_STUB_END)[2].strip()
        return _STUB_END in text and (not after or after.startswith(_REMINDER))
    return any(stub.match(text) for stub in _PHRASED)


def _around(text: str) -> tuple[str, str]:
    """What stands before and behind a stub: how the command ended, reminders to the model."""
    before, begin, rest = text.partition(_STUB)
    return (before.lstrip(), rest.rpartition(_STUB_END)[2].rstrip()) if begin else ("", "")


def _read(data: bytes, size: int) -> Output:
    """The output in `data`, the beginning of `size` bytes: text, or blocks that hold it."""
    if blocks := _blocks_in(data):
        output = Output(blocks)
        if len(output.text) > MOST_OUTPUT:
            left = len(output.text) - MOST_OUTPUT
            output.text = f"{shapes.cut(output.text, MOST_OUTPUT)}\n[{counted(left, 'character', ',')} cut]"
        return output
    text = data[:MOST_OUTPUT].decode("utf-8", "replace")
    left = size - min(size, MOST_OUTPUT)
    return Output(f"{shapes.cut(text, len(text) - 1)}\n[{counted(left, 'byte', ',')} cut]" if left else text)


def _blocks_in(data: bytes) -> list[dict[str, Any]]:
    """The blocks that `data` is the JSON of; none if it is anything else."""
    if data.lstrip()[:1] != b"[":
        return []
    try:
        blocks = _blocks(data)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
        return []
    return blocks if all(isinstance(one.get("type"), str) for one in blocks) else []
