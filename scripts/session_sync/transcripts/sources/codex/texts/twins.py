"""Leaves out one of two records that tell the same: Codex writes most of a conversation in two channels."""

from __future__ import annotations

_MOST_WAITING = 1024  # texts that wait for their twin; older ones have none


class Twins:
    """Remembers texts until their twin comes: of two equal texts in different channels, one is left out.

    Which of them comes first differs from version to version, and either may be missing. So no channel is the right
    one; what matters is that as many are given as the channel with more of them has.
    """

    def __init__(self) -> None:
        self._waiting: dict[tuple[str, bool, int], int] = {}

    def repeats(self, kind: str, is_event: bool, text: str) -> bool:
        """Whether `text` was given before by the other channel, and not yet repeated by this one."""
        key = hash(text.strip())
        count = self._waiting.pop((kind, not is_event, key), 0)
        if count:
            if count > 1:
                self._waiting[kind, not is_event, key] = count - 1
            return True
        own = (kind, is_event, key)
        self._waiting[own] = self._waiting.pop(own, 0) + 1
        if len(self._waiting) > _MOST_WAITING:
            del self._waiting[next(iter(self._waiting))]
        return False
