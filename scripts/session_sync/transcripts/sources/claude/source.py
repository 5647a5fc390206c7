"""Reads the transcripts of Claude Code: `files` knows where they are, `reading` what is in them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from session_sync.home import files
from session_sync.transcripts.session import Message, Session, ToolOutput
from session_sync.transcripts.sources import json_lines
from session_sync.transcripts.sources.claude.files import SOURCE, find, roots
from session_sync.transcripts.sources.claude.forks import fork_of
from session_sync.transcripts.sources.claude.reading import Reading
from session_sync.transcripts.sources.claude.records import decode
from session_sync.transcripts.sources.claude.surroundings import Surroundings
from session_sync.transcripts.sources.source import Transcript

__all__ = ["SOURCE", "find", "read", "roots"]


def read(transcript: Transcript, session: Session) -> Iterator[Message | ToolOutput]:
    """The messages of a transcript; what is copied from a session that it was forked from is left to that one.

    Raises OSError when the file cannot be read.
    """
    surroundings = Surroundings(transcript, session)
    with files.open_regular(surroundings.path, follow=False) as stream:
        fork = None if surroundings.is_of_subagent else fork_of(transcript.path)
        reading = Reading(session, surroundings, fork)
        for _, record in json_lines.read(stream, surroundings.name, session, decode, dict[str, Any]):
            if ready := reading.take(record):
                yield from ready
    yield from reading.rest()
