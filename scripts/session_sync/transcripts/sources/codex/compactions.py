"""The places where Codex compacted the context: each may stand in up to four records, and is given once."""

from __future__ import annotations

from collections import Counter
from typing import Literal

from session_sync.transcripts.session import Hidden, Message

Channel = Literal["summary", "event", "item", "model"]


class Compactions:
    """Takes the records; no channel has one compaction twice, so that as many are given as the fullest one has."""

    def __init__(self) -> None:
        self._seen: Counter[Channel] = Counter()
        self._given = 0
        self._has_summary = True  # the last one that was given
        self._last: Message | None = None  # it, as long as it can be changed

    def take(self, channel: Channel, summary: str, time: str) -> Message | None:
        """The message to be given because of a record in `channel`; None if it only repeats, or completes, one."""
        self._seen[channel] += 1
        if self._seen[channel] > self._given:
            self._given += 1
            self._last = Message("system", time, text=summary, kind="compaction")
            self._has_summary = bool(summary)
            return self._last
        if not summary or self._has_summary:
            return None
        self._has_summary = True
        if self._last:
            self._last.text = summary
            return None
        late: Hidden = "system"
        return Message("system", time, text=summary, kind="compaction", hidden=late)

    def close(self) -> None:
        """The last one was given away and stays as it is."""
        self._last = None
