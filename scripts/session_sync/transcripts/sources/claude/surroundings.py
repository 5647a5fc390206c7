"""What lies beside a Claude Code transcript: other sessions, subagents, and outputs that were put aside."""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path

import msgspec

from session_sync.home import files
from session_sync.transcripts.session import Link, Session
from session_sync.transcripts.sources import shapes
from session_sync.transcripts.sources.claude.records import TranscriptLine
from session_sync.transcripts.sources.claude.store import files as claude_files
from session_sync.transcripts.sources.claude.store.aside import history_of
from session_sync.transcripts.sources.claude.store.companion import (
    META,
    SUBAGENTS,
    Companion,
    companion,
    folder_beside,
    folder_of,
)
from session_sync.transcripts.sources.claude.store.forks import Fork
from session_sync.transcripts.sources.claude.store.lineage import Lineage
from session_sync.transcripts.sources.claude.store.places import LINES
from session_sync.transcripts.sources.claude.store.put_aside import PutAside, is_name
from session_sync.transcripts.sources.search import Search
from session_sync.transcripts.sources.source import Transcript

_MOST_NOTES = 64 << 10


class Surroundings:
    """Where the transcript is, and answers to what its lines ask about its neighbours."""

    def __init__(self, transcript: Transcript, session: Session) -> None:
        self.path = path = Path(transcript.path)
        of_agent = folder_of(path)
        self._session = session
        self._companion = of_agent or folder_beside(path)
        self._folder = of_agent.parent if of_agent else path.parent
        self._id = transcript.session_id.partition("/")[0] if of_agent else transcript.session_id
        self.is_of_subagent = of_agent is not None or claude_files.is_of_subagent(path.name)
        self.put_aside = PutAside(self._companion, session)
        self._lineage = Lineage(path, self._folder, {self._companion.name, path.stem})
        self.is_own = self._lineage.is_own if of_agent or not self.is_of_subagent else self._is_own
        self._agents: dict[str, str] = {}
        self._by_call = {} if self.is_of_subagent else dict(self._calls())
        if of_agent:
            self._take_notes(path.with_name(path.stem + META))

    def aside(self) -> Fork | None:
        """What a question beside the conversation repeats of its session; None for any other transcript."""
        history = history_of(self.path, self._companion) if folder_of(self.path) else frozenset[str]()
        return Fork(self._id, history) if history else None

    def name_of(self, path: str | Path) -> str:
        """The name of a file of the session's: its path from the project's folder on."""
        path = Path(path)
        if path.is_relative_to(self._companion):
            return f"{self._companion.name}/{path.relative_to(self._companion).as_posix()}"
        return path.name

    def _is_own(self, record: TranscriptLine) -> bool:
        """Whether a line of an early subagent belongs here; the first one tells of the parent."""
        is_own = self._lineage.is_own(record)
        if self._session.parent is None and self._lineage.first:
            self._session.parent = Link(self._lineage.first)
        return is_own

    def subagent_of(self, call_id: str) -> str:
        """The session of the subagent that a call started; "" if it started none."""
        return self._by_call.get(call_id, "")

    def subagent(self, agent_id: str) -> str:
        """The session of a subagent; "" if there is none."""
        if not agent_id or not is_name(agent_id):
            return ""
        if agent_id not in self._agents:
            self._agents[agent_id] = self._subagent(f"agent-{agent_id}")
        return self._agents[agent_id]

    def has_agent(self, journal: str, agent_id: str) -> bool:
        """Whether a subagent that the journal at the path `journal` tells of has a transcript."""
        folders = (os.path.dirname(journal), str(self._companion / SUBAGENTS))
        name = f"agent-{agent_id}{LINES}"
        return is_name(agent_id) and any(os.path.isfile(os.path.join(folder, name)) for folder in folders)

    def _subagent(self, name: str) -> str:
        if os.path.lexists(self._companion / SUBAGENTS / (name + LINES)):
            return f"{self._id}/{name}"
        for path in self._beside.agents:
            if path.endswith(f"/{name}"):
                return f"{self._id}/{path}"
        return name if os.path.lexists(self._folder / (name + LINES)) else ""

    @cached_property
    def _beside(self) -> Companion:
        return companion(str(self._companion), Search())

    def _calls(self) -> Iterator[tuple[str, str]]:
        """The calls that started subagents, as the notes on those tell."""
        for name, notes in self._beside.notes.items():
            call = shapes.text(_notes(Path(notes.path)).get("toolUseId"))
            if call and name in self._beside.agents:
                yield call, f"{self._id}/{name}"

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
