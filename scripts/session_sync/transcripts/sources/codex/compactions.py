"""The places where Codex compacted the context: each may stand in up to four records, and is given once."""

from __future__ import annotations

from typing import Literal

from session_sync.transcripts.session import Message

Channel = Literal["summary", "event", "item", "model"]


class Compactions:
    """Takes the records. Those of one compaction come before the conversation goes on, one in each channel at most."""

    def __init__(self) -> None:
        self._seen: set[Channel] = set()  # channels that had the last one
        self._has_summary = False  # the last one
        self._last: Message | None = None  # it, as long as it can be changed

    def take(self, channel: Channel, summary: str, time: str) -> Message | None:
        """The message to be given because of a record in `channel`; None if it only repeats, or completes, one."""
        is_new = not self._seen or channel in self._seen
        self._seen = {channel} if is_new else {*self._seen, channel}
        if is_new:
            self._has_summary = bool(summary)
            self._last = Message("system", time, text=summary, kind="compaction")
            return self._last
        if not summary or self._has_summary:
            return None
        self._has_summary = True
        if self._last:
            self._last.text = summary
            return None
        return Message("system", time, text=summary, kind="compaction", hidden="system")

    def give_away(self) -> None:
        """The last one stays as it is."""
        self._last = None

    def go_on(self) -> None:
        """The conversation goes on: what comes is another compaction."""
        if self._seen:
            self._seen = set()
