"""The links to what came of a Claude Code session: pull requests, pages. Clients write them whenever it is opened."""

from __future__ import annotations

from session_sync.transcripts.session import Message
from session_sync.transcripts.sources.claude.records import TranscriptLine, line_time

_MOST = 1000  # that are told once


class Links:
    """The links that were told."""

    def __init__(self) -> None:
        self._told: set[str] = set()

    def message(self, record: TranscriptLine) -> Message | None:
        """The link in a record, after its name if it has one; None if there is none, or if it was told."""
        url = record.prUrl or record.frameUrl or ""
        if not url or url in self._told:
            return None
        if len(self._told) < _MOST:
            self._told.add(url)
        number = f"#{record.prNumber}" if record.prNumber else ""
        name = record.title or f"{record.prRepository or ''}{number}"
        return Message("system", line_time(record.timestamp), text=f"{name} {url}".strip(), kind="link")
