"""What a validator gets to see of a match."""

from __future__ import annotations

import re
from typing import NamedTuple

Place = tuple[int, int]
CONTEXT = 160  # bytes before a match that are there to be looked at


class Candidate(NamedTuple):
    """A match of a rule's pattern in `text`, with its value at characters `start` to `end`."""

    text: str
    start: int
    end: int
    match: re.Match[str]
    phone_regions: tuple[str, ...]

    @property
    def value(self) -> str:
        return self.text[self.start : self.end]

    @property
    def place(self) -> Place:
        return self.start, self.end

    def group(self, name: str) -> str:
        """What group `name` of the pattern matched; nothing where the rule's pattern has none."""
        return self.match.groupdict().get(name) or ""

    def before(self, size: int) -> str:
        """At most `size` characters before the value, of its line."""
        return self.text[max(0, self.start - size) : self.start].rpartition("\n")[2]

    def after(self, size: int) -> str:
        """At most `size` characters behind the value."""
        return self.text[self.end : self.end + size]
