"""Reads the transcripts of Claude Code: `claude_files` knows where they are, `claude_reading` what is in them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from session_sync.home import files
from session_sync.transcripts.session import Message, Session, ToolOutput
from session_sync.transcripts.sources import json_lines
from session_sync.transcripts.sources.claude import forks as claude_forks
from session_sync.transcripts.sources.claude import records as claude_records
from session_sync.transcripts.sources.claude.files import NAME, find, roots
from session_sync.transcripts.sources.claude.place import Place
from session_sync.transcripts.sources.claude.reading import Reading
from session_sync.transcripts.sources.source import Transcript

__all__ = ["NAME", "find", "read", "roots"]


def read(transcript: Transcript, session: Session) -> Iterator[Message | ToolOutput]:
    """The messages of a transcript; what is copied from a session that it was forked from is left to that one.

    Raises OSError when the file cannot be read.
    """
    place = Place(transcript, session)
    with files.open_regular(place.path, follow=False) as stream:
        fork = None if place.is_of_subagent else claude_forks.fork_of(transcript.path)
        reading = Reading(session, place, fork)
        for _, record in json_lines.read(stream, place.name, session, claude_records.decode, dict[str, Any]):
            if ready := reading.take(record):
                yield from ready
    yield from reading.rest()
