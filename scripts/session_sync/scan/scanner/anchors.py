"""The anchors of rules: expressions that are looked for in all bytes; only near them a rule's pattern is tried."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from typing import NamedTuple, Protocol, Self

from session_sync.scan.scanner.rule import Rule

APART = 28  # bytes; ends that are no further apart are in one region of every rule: its `before` and `reach` are more
Runs = list[tuple[int, int]]  # first and last end of an anchor, of ends that are close to each other
_LOOKAHEAD = "(?="


class Anchor(NamedTuple):
    """An expression, and whether case is ignored in it; some rules share one."""

    expression: str
    ignore_case: bool

    @property
    def front(self) -> str:
        """The expression without the lookahead at its end."""
        return self.expression.partition(_LOOKAHEAD)[0]

    @property
    def lookahead(self) -> str:
        """What must stand behind the front; often nothing."""
        return self.expression[len(self.front) :]

    def compiled(self, part: str) -> re.Pattern[bytes]:
        """`part` of the expression, for `re`."""
        return re.compile(part.encode(), re.IGNORECASE if self.ignore_case else 0)


class Finder(Protocol):
    """What finds anchors, which it knows by their numbers."""

    @classmethod
    def compiled(cls, anchors: Sequence[Anchor]) -> Self:
        """A finder of `anchors`."""

    @classmethod
    def of_kept(cls, anchors: Sequence[Anchor], kept: bytes) -> Self:
        """The finder of `anchors` that was dumped as `kept`; raises ValueError when that is of another one."""

    def ends(self, data: bytes, wanted: Collection[int]) -> dict[int, Runs]:
        """Where those `wanted` of the anchors end in `data`, by their numbers."""

    def dump(self) -> bytes:
        """What took time to make, to be kept."""


def of_rules(rules: Sequence[Rule]) -> dict[Anchor, list[int]]:
    """The anchors of all rules, each with the numbers of those that have it."""
    owners: dict[Anchor, list[int]] = {}
    for number, one in enumerate(rules):
        for expression in one.anchors:
            owners.setdefault(Anchor(expression, one.ignore_case), []).append(number)
    return owners
