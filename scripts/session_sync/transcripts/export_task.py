"""What is to be done with a transcript, and what became of it."""

from __future__ import annotations

from typing import NamedTuple

from session_sync.transcripts.archive.index import Entry
from session_sync.transcripts.sources.source import Transcript


class Task(NamedTuple):
    """A transcript to export, and what became of it before."""

    transcript: Transcript
    before: Entry | None


class Done(NamedTuple):
    """What became of a transcript."""

    entry: Entry
    changed: bool  # a file was
    problems: int = 0  # lines that were mended or left out for damage
    messages: int = 0
    left_out: str = ""  # why it is not in the archive, though nothing went wrong


def hidden(transcript: str) -> str:
    """What stands in an archive for the id of a transcript that holds something that must not leave."""
    import hashlib  # mostly there is nothing to hide

    return hashlib.sha256(transcript.encode("utf-8", "surrogatepass")).hexdigest()
