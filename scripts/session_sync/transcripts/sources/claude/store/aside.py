"""Finds what is new in a question that was asked beside the conversation (`/btw`): an agent of its own answered it.

Its transcript begins with a copy of the whole session; the question and its answer stand nowhere else.
"""

from __future__ import annotations

import re
from functools import partial
from pathlib import Path

import msgspec

from session_sync.transcripts.sources import json_lines
from session_sync.transcripts.sources.claude.store.places import LINES
from session_sync.transcripts.sources.links import opened

_NAME = re.compile(r"agent-aside_question-[0-9A-Za-z]{1,64}")
_LARGEST = 64 << 20  # bytes of a transcript that is looked through
_QUESTION = b"This is a side question from the user"  # in the client's words before it


class _Line(msgspec.Struct, gc=False):
    type: str = ""
    uuid: str = ""
    isMeta: bool | None = None


def history_of(path: Path, companion: Path) -> frozenset[str]:
    """The uuids of the lines that an aside at `path` repeats from its session, which must have a transcript itself."""
    main = companion.with_name(companion.name + LINES)
    if not _NAME.fullmatch(path.stem) or not main.is_file() or path.stat().st_size > _LARGEST:
        return frozenset()
    history: list[str] = []
    asked = 0  # how many lines come before the last prompt
    with opened(path) as stream:
        for data in iter(partial(stream.readline, json_lines.LONGEST_LINE), b""):
            line = _line(data)
            if line and line.type == "user" and not line.isMeta and b'"tool_result"' not in data:
                asked = len(history)
                if _QUESTION in data:
                    break
            if line and line.uuid:
                history.append(line.uuid)
    return frozenset(history[:asked])


def _line(data: bytes) -> _Line | None:
    try:
        return msgspec.json.decode(data, type=_Line)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
        return None
