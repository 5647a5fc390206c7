"""The anchors of rules: expressions that are looked for in all bytes; only near them a rule's pattern is tried."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from typing import NamedTuple, Protocol, Self

from session_sync.scan.scanner import literals
from session_sync.scan.scanner.rule import Rule

APART = 28  # bytes; ends that are no further apart are in one region of every rule: its `before` and `reach` are more
Runs = list[tuple[int, int]]  # first and last end of an anchor, of ends that are close to each other
_LOOKAHEAD = "(?="
_LONG = 8  # times; what may be repeated so often is left to `re`
_LEAST = 4  # bytes of the literals before it
_FARTHEST = 40  # bytes before these
_FREQUENT = frozenset(b"http oken token secret assword password passwd private seed".split())  # too often for `re`
_PIECE = re.compile(  # of an expression: a character, a class, a border of a group; and how often it is repeated
    r"(\\x..|\\.|\[\^?(?:\\.|.)(?:\\.|[^\]\\])*\]|\((?:\?(?:[:=!]|<[=!]|[a-z]+:))?|.)"
    r"(?:\{(\d+)(?:,(\d+))?\}|[?*+])?",
    re.DOTALL,
)


class Anchor(NamedTuple):
    """What is looked for in one pass, what `re` wants behind it, and whether case is ignored; some rules share one."""

    front: str
    tail: str
    ignore_case: bool

    def compiled(self, part: str) -> re.Pattern[bytes]:
        """`part` of the anchor, for `re`."""
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
            size = _front(expression)
            owners.setdefault(Anchor(expression[:size], expression[size:], one.ignore_case), []).append(number)
    return owners


def _front(expression: str) -> int:
    """Where the front of `expression` ends: at its lookahead, or before a repetition that takes long to compile.

    Such a one is left to `re` only behind something so rare that it is seldom asked.
    """
    whole = len(expression.partition(_LOOKAHEAD)[0])
    depth = start = 0
    for piece in _PIECE.finditer(expression, 0, whole):
        if not depth:
            start = piece.start()
        depth += piece[1].startswith("(") - (piece[1] == ")")
        if not depth and piece[1] == "|":
            break
        if not depth and int(piece[3] or piece[2] or 0) >= _LONG:
            return start if _is_rare(expression[:start]) else whole
    return whole


def _is_rare(front: str) -> bool:
    needed = literals.of(re.compile(front.encode()))
    return bool(needed) and all(
        len(one.value) >= _LEAST and one.most < _FARTHEST and one.value not in _FREQUENT for one in needed
    )
