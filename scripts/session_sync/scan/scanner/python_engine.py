"""Finds anchors with `re` alone, for systems without a package of Hyperscan; a hundredth as fast.

All literals that the anchors need one of are searched at once; where one stands, the anchors that need it are tried.
"""

from __future__ import annotations

import functools
import json
import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from typing import Self

from session_sync.scan.scanner import literals
from session_sync.scan.scanner.anchors import APART, Anchor, Runs
from session_sync.scan.scanner.literals import Literal

_Needed = list[list[Literal]]  # the literals of each anchor
_Ends = tuple[int, int]  # of matches that begin at one place: where the shortest ends, and the one that `re` prefers


class PythonFinder:
    """The literals that the anchors need."""

    def __init__(self, anchors: Sequence[Anchor], needed: _Needed) -> None:
        self._anchors = anchors
        self._needed = needed

    @classmethod
    def compiled(cls, anchors: Sequence[Anchor]) -> Self:
        """A finder of `anchors`; takes a second for those of all rules."""
        return cls(anchors, [literals.of(one.compiled(one.front)) for one in anchors])

    @classmethod
    def of_kept(cls, anchors: Sequence[Anchor], kept: bytes) -> Self:
        """The finder that was dumped as `kept`; raises ValueError when it is none."""
        needed = json.loads(kept)
        return cls(anchors, [[Literal(value.encode("latin-1"), *where) for value, *where in one] for one in needed])

    def dump(self) -> bytes:
        """The literals as JSON."""
        needed = [[(one.value.decode("latin-1"), one.least, one.most) for one in each] for each in self._needed]
        return json.dumps(needed).encode()

    def ends(self, data: bytes, wanted: Collection[int]) -> dict[int, Runs]:
        """Where those `wanted` of the anchors end in `data`, by their numbers."""
        found: dict[int, set[_Ends]] = defaultdict(set)
        for number, place, literal in self._places(data):
            if number in wanted:
                expression = self._expression(number)
                for start in range(max(0, place - literal.most), place - literal.least + 1):
                    if match := expression.match(data, start):
                        found[number].add(self._ends(number, match))
        for number in self._everywhere:
            if number in wanted:
                found[number].update(self._ends(number, match) for match in self._all(number, data))
        return {number: _runs(sorted(ends)) for number, ends in found.items() if ends}

    def _ends(self, number: int, match: re.Match[bytes]) -> _Ends:
        """The ends of the matches of an anchor that begin where `match` does."""
        front, tail, least = self._parts(number)
        start, last = match.span()
        shorter = range(start + least, last)
        ends = (end for end in shorter if front.fullmatch(match.string, start, end))
        return next((end for end in ends if tail.match(match.string, end)), last), last

    def _places(self, data: bytes) -> Iterator[tuple[int, int, Literal]]:
        """The anchors to try: the number of each, and where which literal of it stands."""
        owners = self._owners
        for match in self._literals.finditer(data.lower()) if owners else ():
            for number, literal in owners[match[1]]:
                yield number, match.start(), literal

    def _all(self, number: int, data: bytes) -> Iterator[re.Match[bytes]]:
        """All matches of an anchor, also those within others."""
        expression = self._expression(number)
        match = expression.search(data)
        while match:
            yield match
            match = expression.search(data, match.start() + 1)

    @functools.cached_property
    def _literals(self) -> re.Pattern[bytes]:
        return re.compile(b"(?=(" + literals.trie(self._owners) + b"))")

    @functools.cached_property
    def _owners(self) -> dict[bytes, list[tuple[int, Literal]]]:
        """The anchors to try where a literal stands: those that need it, or another that it begins with."""
        own: dict[bytes, list[tuple[int, Literal]]] = defaultdict(list)
        for number, needed in enumerate(self._needed):
            for one in needed:
                own[one.value].append((number, one))
        begins = {value: [value[:size] for size in range(1, len(value) + 1)] for value in own}
        return {value: [one for part in parts for one in own.get(part, ())] for value, parts in begins.items()}

    @functools.cached_property
    def _everywhere(self) -> list[int]:
        """The anchors that need no literal."""
        return [number for number, needed in enumerate(self._needed) if not needed]

    @functools.cache  # noqa: B019 - a finder lives as long as the process
    def _expression(self, number: int) -> re.Pattern[bytes]:
        return self._anchors[number].compiled(self._anchors[number].front + self._anchors[number].tail)

    @functools.cache  # noqa: B019
    def _parts(self, number: int) -> tuple[re.Pattern[bytes], re.Pattern[bytes], int]:
        """An anchor's front and tail, and the bytes of the shortest front."""
        anchor = self._anchors[number]
        front = anchor.compiled(anchor.front)
        return front, anchor.compiled(anchor.tail), literals.least_width(front)


def _runs(ends: Sequence[_Ends]) -> Runs:
    """`ends`, which are in order, those together that are close to each other."""
    runs = [ends[0]]
    for first, last in ends[1:]:
        if first > runs[-1][1] + APART:
            runs.append((first, last))
        else:
            runs[-1] = (runs[-1][0], max(last, runs[-1][1]))
    return runs
