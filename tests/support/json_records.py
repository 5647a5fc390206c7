"""Records for tests of readers of JSON lines."""

from __future__ import annotations

import io

import msgspec

from session_sync.transcripts.session import Session
from session_sync.transcripts.sources import json_lines


class Record(msgspec.Struct):
    type: str = ""
    text: str = ""


def read(data: bytes) -> tuple[list[tuple[int, Record]], Session]:
    """The records in `data`, all of them kept, and their session."""
    session = Session("test", "one")
    found = []
    for number, record in json_lines.read(
        io.BytesIO(data), "file", session, msgspec.json.Decoder(Record).decode, Record
    ):
        session.keep()
        found.append((number, record))
    assert session.lines.read == session.lines.kept + sum(session.lines.dropped.values())
    return found, session
