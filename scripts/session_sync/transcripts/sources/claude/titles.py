"""The names that a Claude Code session was given."""

from __future__ import annotations

import re
from collections.abc import Container

from session_sync.transcripts.sources.claude.records import TranscriptLine

_MOST_SUMMARIES = 100
_SAYS_NOTHING = re.compile(
    r"\s*(?:[/!]\S*(?:\s+\S{1,20})?\s*$|<|\[|(?:new|untitled) (?:session|chat|conversation)\b|untitled\s*$|$)", re.I
)  # a command, a tag, a mark of the client's


class Titles:
    """Collects titles; later ones of a kind are better."""

    def __init__(self) -> None:
        self._custom = self._made = self._agent = ""
        self._summaries: dict[str, str] = {}  # uuid of the last line that is summarized -> summary

    def add(self, record: TranscriptLine) -> None:
        """Take the title in a record."""
        self._custom = record.customTitle or self._custom
        self._made = record.aiTitle or self._made
        self._agent = record.agentName or self._agent
        if record.summary and len(self._summaries) < _MOST_SUMMARIES:
            self._summaries[record.leafUuid or ""] = record.summary

    def best(self, uuids: Container[str]) -> str:
        """The title of a session with the lines `uuids`: clients put summaries of other sessions into a file."""
        own = [summary for leaf, summary in self._summaries.items() if not leaf or leaf in uuids]
        names = [name for name in (self._custom, self._made, *reversed(own), self._agent) if name]
        return next((name for name in names if not _SAYS_NOTHING.match(name)), names[0] if names else "")
