"""Reads the transcripts of Claude Code: `files` knows where they are, `reading` what is in them."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

from session_sync.home import files
from session_sync.transcripts.session import Message, Session, ToolOutput
from session_sync.transcripts.sources import json_lines, shapes
from session_sync.transcripts.sources.claude.reading import Reading
from session_sync.transcripts.sources.claude.records import decode
from session_sync.transcripts.sources.claude.store.files import find, roots
from session_sync.transcripts.sources.claude.store.finder import SOURCE
from session_sync.transcripts.sources.claude.store.forks import fork_of
from session_sync.transcripts.sources.claude.store.journal import Journal
from session_sync.transcripts.sources.claude.surroundings import Surroundings
from session_sync.transcripts.sources.links import opened
from session_sync.transcripts.sources.source import Transcript

__all__ = ["SOURCE", "find", "read", "roots"]


def read(transcript: Transcript, session: Session) -> Iterator[Message | ToolOutput]:
    """The messages of a transcript; what is copied from a session that it was forked from is left to that one.

    Raises OSError when the file cannot be read.
    """
    surroundings = Surroundings(transcript, session)
    name = surroundings.name_of(surroundings.path)
    with opened(surroundings.path) as stream:
        fork = surroundings.aside() if surroundings.is_of_subagent else fork_of(transcript.path)
        reading = Reading(session, surroundings, fork)
        for _, record in json_lines.read(stream, name, session, decode, dict[str, Any]):
            if ready := reading.take(record):
                yield from ready
    yield from reading.rest()
    if session.lines.kept and session.lines.kept == sum(session.lines.unknown.values()):
        session.name_problem(0, "nothing in it is understood", name)
    for path in transcript.more:
        yield from _journal(path, session, surroundings)


def _journal(path: str, session: Session, surroundings: Surroundings) -> Iterator[Message]:
    """What the journal of a workflow says that stands nowhere else."""
    name = surroundings.name_of(path)
    journal = Journal(session, partial(surroundings.has_agent, path))
    try:
        with files.open_regular(Path(path), follow=False) as stream:
            for _, record in json_lines.read(stream, name, session, shapes.decode_object, shapes.JsonObject):
                if message := journal.take(record):
                    yield message
    except OSError as error:
        session.name_problem(0, error.strerror or "cannot be read", name)
