"""The names that a Claude Code session was given."""

from __future__ import annotations

from collections.abc import Container

from session_sync.transcripts.sources.claude.records import TranscriptLine

_MOST_SUMMARIES = 100


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
        return self._custom or self._made or (own[-1] if own else "") or self._agent
