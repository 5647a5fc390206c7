"""Reads the transcripts of Claude Code: `claude_files` knows where they are, `claude_reading` what is in them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from session_sync import files, json_lines
from session_sync.session import Message, Session, ToolOutput
from session_sync.sources import Transcript, claude_forks, claude_records
from session_sync.sources.claude_files import NAME, find, roots
from session_sync.sources.claude_place import Place
from session_sync.sources.claude_reading import Reading

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
