"""Tells the time so that a reader need not read twice what has not changed: the day once, the minute once."""

from __future__ import annotations

import re

_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d", re.ASCII)


class Clock:
    """Remembers the time that was told last."""

    def __init__(self) -> None:
        self._told = ""

    def tell(self, time: str) -> str:
        """A time as a heading shows it: "2026-03-02 14:03", "14:03" on a day that was told, "" when it is none."""
        now = minute(time)
        if not now:
            return ""
        is_same_day = now[:10] == self._told[:10]
        self._told = now
        return now[11:] if is_same_day else now

    def glance(self, time: str) -> str:
        """The hour and minute of a time that is beside the others: the day is left for the next one to tell."""
        return minute(time)[11:]

    def turn(self, time: str) -> tuple[str, str]:
        """The day if it is another one than was told last, and the hour and minute if they are; else "" for each."""
        before, told = self._told, self.tell(time)
        return told[:10] if len(told) > 5 else "", told[-5:] if self._told != before else ""

    def is_at(self, time: str) -> bool:
        """Whether `time` is in the minute that was told last, or is none."""
        return minute(time) in (self._told, "")

    def forget(self) -> None:
        """Tell the next time whole."""
        self._told = ""


def minute(time: str) -> str:
    """A point in time as people write it; "" when it is none."""
    return f"{time[:10]} {time[11:16]}" if _TIME.match(time) else ""
