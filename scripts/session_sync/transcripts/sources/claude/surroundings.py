"""What lies beside a Claude Code transcript: other sessions, subagents, and outputs that were put aside."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import msgspec

from session_sync.home import files
from session_sync.text.lines import counted
from session_sync.transcripts.session import Link, Raw, Session
from session_sync.transcripts.sources import shapes
from session_sync.transcripts.sources.claude import files as claude_files
from session_sync.transcripts.sources.claude.files import LINES, META, RESULTS, SUBAGENTS
from session_sync.transcripts.sources.source import Transcript

MOST_OUTPUT = 1 << 20  # bytes that are taken of an output that was put aside
_MOST_NOTES = 64 << 10
_MOST_OTHERS = 10_000
_PIECE = 1 << 20
_STUB, _STUB_END = "<persisted-output>", "</persisted-output>"
_SAVED = re.compile(r"tool-results[/\\]([^/\\\s<>\"\0]{1,200})")


class Surroundings:
    """Where the transcript is, and answers to what its lines ask about its neighbours."""

    def __init__(self, transcript: Transcript, session: Session) -> None:
        path = Path(transcript.path)
        in_companion = path.parent.name == SUBAGENTS
        self._session = session
        self._id = transcript.session_id.rpartition("/")[0] if in_companion else transcript.session_id
        self._companion = path.parent.parent if in_companion else path.with_suffix("")
        self._folder = self._companion.parent
        self.path = path
        self.name = path.relative_to(self._folder).as_posix()
        self.is_of_subagent = in_companion or claude_files.is_of_subagent(path.name)
        self._others: dict[str, bool] = {"": False}  # session -> whether it is in a file of its own
        self._agents: dict[str, str] = {}
        self._by_call = {} if self.is_of_subagent else dict(self._calls())
        self._restored: set[str] = set()
        if in_companion:
            self._take_notes(path.with_name(path.stem + META))

    def is_own(self, session_id: str) -> bool:
        """Whether a line of the session `session_id` belongs here: that one has no file of its own."""
        other = self._others.get(session_id)
        return not (self._is_other(session_id) if other is None else other)

    def subagent_of(self, call_id: str) -> str:
        """The session of the subagent that a call started; "" if it started none."""
        return self._by_call.get(call_id, "")

    def subagent(self, agent_id: str) -> str:
        """The session of a subagent; "" if there is none."""
        if not agent_id or not _is_name(agent_id):
            return ""
        if agent_id not in self._agents:
            name = f"agent-{agent_id}"
            if os.path.lexists(self._companion / SUBAGENTS / (name + LINES)):
                self._agents[agent_id] = f"{self._id}/{name}"
            else:
                self._agents[agent_id] = name if os.path.lexists(self._folder / (name + LINES)) else ""
        return self._agents[agent_id]

    def restored(self, text: str) -> str:
        """The output that `text` stands for, if it was put aside into a file of the session; else `text`."""
        begin = text[:200].lstrip()
        if not begin.startswith(_STUB) or not text[-100:].rstrip().endswith(_STUB_END):
            return text
        saved = _SAVED.search(text)
        if not saved or not _is_name(saved[1]) or self._companion.is_symlink():
            return text
        path = self._companion / RESULTS / saved[1]
        if path.parent.is_symlink():
            return text
        try:
            with files.open_regular(path, follow=False) as stream:
                return self._output(stream, path)
        except OSError:
            return text

    def _output(self, stream: BinaryIO, path: Path) -> str:
        """The text of a file, its end cut if it is long; the file is noted as read."""
        taken = stream.read(MOST_OUTPUT)
        if path.name not in self._restored:
            self._restored.add(path.name)
            digest, size = hashlib.sha256(taken), len(taken)
            while piece := stream.read(_PIECE):
                digest.update(piece)
                size += len(piece)
            self._session.raw.append(Raw(path.relative_to(self._folder).as_posix(), size, digest.hexdigest()))
        left = os.fstat(stream.fileno()).st_size - len(taken)
        text = taken.decode("utf-8", "replace")
        text = shapes.cut(text, len(text) - 1) if left > 0 else text
        return f"{text}\n[{counted(left, 'byte', ',')} cut]" if left > 0 else text

    def _is_other(self, session_id: str) -> bool:
        """Whether a session that was not named before is in a file of its own.

        The first one that is named is not: a copied file keeps the old name in its lines. Of an early subagent it is
        the parent.
        """
        if len(self._others) == 1:
            self._others |= {self._companion.name: False, session_id: False}
            if self.is_of_subagent and self._session.parent is None:
                self._session.parent = Link(session_id)
            return False
        other = _is_name(session_id) and os.path.lexists(self._folder / (session_id + LINES))
        if len(self._others) < _MOST_OTHERS:
            self._others[session_id] = other
        return other

    def _calls(self) -> Iterator[tuple[str, str]]:
        """The calls that started subagents, as the notes on those tell."""
        for path in claude_files.subagent_notes(self._companion):
            call = shapes.text(_notes(path).get("toolUseId"))
            if call and (agent := self.subagent(claude_files.agent_id(path.name))):
                yield call, agent

    def _take_notes(self, path: Path) -> None:
        """Fill in what the notes on a subagent tell."""
        notes = _notes(path)
        self._session.title = shapes.text(notes.get("description"))
        self._session.parent = Link(self._id, shapes.text(notes.get("toolUseId")))


def _notes(path: Path) -> shapes.JsonObject:
    """The object in a small file of JSON, empty if there is none."""
    try:
        with files.open_regular(path, follow=False) as stream:
            return shapes.decode_object(stream.read(_MOST_NOTES))
    except (OSError, msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return {}


def _is_name(text: str) -> bool:
    """Whether `text` can be a file's name in a folder, and nothing else."""
    return len(text) <= 200 and text not in ("", ".", "..") and not any(mark in text for mark in "/\\\0:")
