"""Finds personal data, secrets and passwords in a text.

Anchors are searched in everything, a rule's pattern only near its anchors, and a validator decides; no step takes
more than linear time. The rules are rules/*.yaml.
"""

from __future__ import annotations

import functools
import itertools
import math
import re
import time
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from operator import itemgetter

from session_sync.scan.scanner import engine, own_rules
from session_sync.scan.scanner.candidate import CONTEXT, Candidate, Place
from session_sync.scan.scanner.engine import Engine
from session_sync.scan.scanner.rule import Rule
from session_sync.scan.scanner.unwrap import plain
from session_sync.scan.scanner.validators import choose as validators
from session_sync.scan.scanner.validators import credentials

_SECONDS = 20.0  # that any scan may take; a busy machine is slow
_SECONDS_PER_BYTE = 20e-6
# Bytes from the first to the last anchor of one region, for a pattern of Go: each match may cost a look at all of it,
# and without an end the time would grow with the square of the text.
_MOST = 1 << 14
_NEAR = 1 << 12  # bytes around a region that its anchors, and what follows them, may reach to


@dataclass(frozen=True, order=True, slots=True)
class Finding:
    """Something of `type`, found by `rule`, at characters `start` to `end` (exclusive) of the text."""

    start: int
    end: int
    type: str
    rule: str
    inline: bool = False


@dataclass(frozen=True)
class Scanner:
    """The rules of `engine`, with the regions (ISO 3166) whose national phone numbers count."""

    engine: Engine
    phone_regions: tuple[str, ...] = ("US",)

    def scan(self, text: str, changed: Sequence[Place] | None = None) -> list[Finding]:
        """All findings in `text`, in order; of equal places, in the order of the rules.

        Where `changed` gives places in `text`, in order, only what a change there can have brought about.
        """
        data = text.encode("utf-8", "surrogatepass")
        return self.scan_bytes(data, changed if changed is None or len(data) == len(text) else _in_bytes(text, changed))

    def scan_bytes(self, data: bytes, changed: Sequence[Place] | None = None) -> list[Finding]:
        """All findings in `data`, which must be UTF-8; their places are in characters. Raises TimeoutError.

        The places `changed` are in bytes.
        """
        rules = self.engine.rules
        regions = [
            (*region, number)
            for number, runs in self.engine.hits(data).items()
            for region in _regions(runs, rules[number], data)
            if changed is None or rules[number].go or _is_near(region, changed)
        ]
        found = sorted(self._found(data, sorted(regions)), key=lambda pair: (pair[1].start, -pair[1].end, pair[0]))
        return list(dict.fromkeys(one for _, one in found))

    def _found(self, data: bytes, regions: Iterable[tuple[int, int, int, int]]) -> Iterator[tuple[int, Finding]]:
        """The findings in `regions`, which come in the order of their starts, each with its rule's number."""
        at = characters = 0
        seconds = _SECONDS + _SECONDS_PER_BYTE * len(data)
        deadline = time.monotonic() + seconds
        for start, stop, last, number in regions:
            _check(deadline)
            rule = self.engine.rules[number]
            limit = deadline - seconds / 2 if rule.go else deadline
            if self._is_left_out(rule, limit):
                continue
            context = _whole(data, start - CONTEXT)
            text = data[context:stop].decode("utf-8", "surrogatepass")
            before = start - context
            if len(text) != stop - context:
                before = len(data[context:start].decode("utf-8", "surrogatepass"))
            for first, end in self._values(rule, plain(text), before, before + last - start, limit):
                characters += len(data[at:context].decode("utf-8", "surrogatepass"))
                at = context
                yield number, Finding(characters + first, characters + end, rule.type, rule.id, rule.inline)

    def _values(self, rule: Rule, text: str, start: int, last: int, deadline: float) -> Iterator[tuple[int, int]]:
        """Where `rule` finds values in `text` from `start` on; a match that reaches `last` is the last one.

        `last` is the end of the last anchor, and every value has one.
        """
        accepts = validators.of(rule)
        for match in _matches(rule, text, start, last):
            if self._is_left_out(rule, deadline):
                return
            _check(deadline)
            found = Candidate(text, *rule.place(match), match, self.phone_regions)
            if not rule.entropy or credentials.bits(found.value) >= rule.entropy:
                place = accepts(found)
                if place is not None and not any(one.allows(match, found.value, deadline) for one in rule.allowlists):
                    yield place
            if match.end() >= last and not rule.scattered:
                return

    def _is_left_out(self, rule: Rule, limit: float) -> bool:
        """Whether `rule` is a user's own and their time is over: they may slow a scan, but neither stop nor fail it."""
        if not rule.go or time.monotonic() <= limit:
            return False
        self.engine.left_out += 1
        own_rules.tell_of_slow_ones()
        return True


@functools.cache
def default() -> Scanner:
    """The scanner with our own rules and settings."""
    return Scanner(engine.load())


def scan(text: str) -> list[Finding]:
    """What the default scanner finds in `text`, without what is within another finding."""
    return outer(default().scan(text))


def _check(deadline: float) -> None:
    if time.monotonic() > deadline:
        raise TimeoutError("the scanner takes too long")


def _regions(runs: Iterable[tuple[int, int]], rule: Rule, data: bytes) -> Iterator[tuple[int, int, int]]:
    """Where to look for `rule`, whose anchors end in `runs`: start, stop and last anchor, apart from each other."""
    start = stop = last = -1
    most = _MOST + rule.before if rule.go else math.inf
    for first, end in _pieces(runs) if rule.go else runs:
        if first - rule.before > stop or end - start > most:
            if last >= 0:
                yield _whole(data, start), _whole(data, stop), last
            start = first - rule.before
        last = max(last, end)
        stop = last + rule.reach
    yield _whole(data, start), _whole(data, stop), last


def _is_near(region: tuple[int, int, int], changed: Sequence[Place]) -> bool:
    """Whether what is found in `region` may be another since one of the places `changed`."""
    start, stop, _ = region
    at = bisect_right(changed, stop + _NEAR, key=itemgetter(0))
    return at > 0 and changed[at - 1][1] >= start - _NEAR


def _in_bytes(text: str, places: Iterable[Place]) -> list[Place]:
    """`places` in `text`, in order and apart from each other, counted in bytes."""
    at = size = 0
    counted: list[int] = []
    for place in itertools.chain.from_iterable(places):
        size += len(text[at:place].encode("utf-8", "surrogatepass"))
        at = place
        counted.append(size)
    return list(zip(counted[::2], counted[1::2], strict=True))


def _pieces(runs: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """`runs`, the long ones cut."""
    for first, end in runs:
        for start in range(first, end + 1, _MOST):
            yield start, min(end, start + _MOST - 1)


def _whole(data: bytes, place: int) -> int:
    """`place` moved back to the border of a character, and into `data`."""
    if place <= 0:
        return 0
    if place >= len(data):
        return len(data)
    while data[place] & 0xC0 == 0x80 and place:
        place -= 1
    return place


def _matches(rule: Rule, text: str, start: int, last: int) -> Iterator[re.Match[str]]:
    """The matches of the rule's pattern in `text` that begin at `start` or later, and before `last` if it has heads."""
    lower = text[start:last].lower() if rule.heads else ""
    if len(lower) != last - start:  # no heads, or letters with other lengths in lower case
        return rule.matches(text, start)
    places = [start + place for head in rule.heads if head in lower for place in _places(head, lower)]
    return _matches_at(rule.regex, text, sorted(places))


def _matches_at(regex: re.Pattern[str], text: str, places: Iterable[int]) -> Iterator[re.Match[str]]:
    """The matches that begin at one of the ascending `places`, none within another."""
    start = 0
    for place in places:
        match = regex.match(text, place) if place >= start else None
        if match:
            start = max(match.end(), place + 1)
            yield match


def _places(part: str, text: str) -> Iterator[int]:
    place = text.find(part)
    while place >= 0:
        yield place
        place = text.find(part, place + 1)


def outer(findings: Iterable[Finding]) -> list[Finding]:
    """`findings`, which are in order, without those within another; of equal places the first.

    To be used on what counts only: a finding that a policy lets pass must not hide one within it that it does not.
    """
    kept: list[Finding] = []
    for one in findings:
        if not kept or one.end > kept[-1].end:
            kept.append(one)
    return kept
