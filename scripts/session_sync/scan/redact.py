"""Replaces what a policy blocks by tags such as [REDACTED:email:7f3a], until nothing of it is left."""

from __future__ import annotations

import os
import re
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from operator import itemgetter
from typing import TYPE_CHECKING

from session_sync.errors import UserError
from session_sync.scan import json_text
from session_sync.scan.json_text import Replacement
from session_sync.scan.tags import tag

if TYPE_CHECKING:
    from session_sync.scan.policy import Policy
    from session_sync.scan.scanner.scanner import Finding, Scanner

_ROUNDS = 5  # without one value, another may be found
_SUFFIX = 4  # hex digits of the value's hash
_TAG = r"\[REDACTED:([a-z_]{1,20}|secret:[a-z0-9_]{1,80}):[0-9a-f]{4}\]"
_WHOLE = re.compile(  # what is never cut in half: a tag, an escape sequence behind any number of backslashes
    _TAG + r'|\\+u[dD][89abAB][0-9a-fA-F]{2}\\+u[dD][c-fC-F][0-9a-fA-F]{2}|\\+u[0-9a-fA-F]{4}|(?:\\\\)*\\"|\\+[^"\\\n]?'
)
_LONGEST = 200  # characters of such a thing, backslashes aside
_TAGS = re.compile(_TAG)
_QUOTED = re.compile(rf'"?{_TAG}"?')


def redact(text: str, scanner: Scanner, policy: Policy, within_json: bool | None = None) -> str:
    """`text` without what `policy` blocks; JSON stays JSON. Raises UserError when something stays after all rounds.

    `within_json` tells whether `text` is lines of a JSON document; None when it is not a part of anything.
    """
    found = blocked(text, scanner, policy)
    for _ in range(_ROUNDS):
        if not found:
            return text
        text, changed = _replaced(text, found, within_json)
        found = blocked(text, scanner, policy, changed)
    if found:
        raise UserError(f"something is still found after {_ROUNDS} rounds of redaction; withhold the file")
    return text


def redact_name(text: str, scanner: Scanner, policy: Policy) -> str:
    """The name of a file without what `policy` blocks: its tags are such as REDACTED-email-7f3a. Raises UserError."""
    stem, suffix = os.path.splitext(text)  # with the suffix, an address may be none
    made = redact(redact(stem, scanner, policy) + suffix, scanner, policy)
    if made != text:
        made = _QUOTED.sub(lambda tag: tag[0].strip('"[]').replace(":", "-"), made)
    if made != text and any(policy.blocks(one) for one in scanner.scan(made)):
        raise UserError("something is still found in its name; rename it")
    return made


def blocked(
    text: str, scanner: Scanner, policy: Policy, changed: Sequence[tuple[int, int]] | None = None
) -> list[Finding]:
    """The findings that `policy` blocks, without those within a tag whose type exists; other tags are forged.

    Where `changed` gives places, only what a change there can have brought about.
    """
    found = [one for one in scanner.scan(text, changed) if policy.blocks(one)]
    types = {rule.type for rule in scanner.engine.rules} if found else set()
    tags = [match.span() for match in _TAGS.finditer(text) if match[1] in types] if found else []
    return [one for one in found if not _is_within(one, tags)]


def _is_within(finding: Finding, spans: Sequence[tuple[int, int]]) -> bool:
    """Whether one of `spans`, which are in order, holds all of `finding`."""
    at = bisect_right(spans, finding.start, key=itemgetter(0))
    return at > 0 and finding.end <= spans[at - 1][1]


def _replaced(text: str, found: Sequence[Finding], within_json: bool | None) -> tuple[str, list[tuple[int, int]]]:
    """`text` with tags for what was `found`, and the places of these."""
    pieces: list[str] = []
    places: list[tuple[int, int]] = []
    at = size = 0
    for start, end, replacement in json_text.edits(text, _marks(text, found), within_json):
        pieces += text[at:start], replacement
        first = size + start - at
        at, size = end, first + len(replacement)
        places.append((first, size))
    return "".join([*pieces, text[at:]]), places


def _marks(text: str, found: Sequence[Finding]) -> list[Replacement]:
    """What to replace by which tag; findings that overlap are replaced as a whole, by the first one's tag."""
    cut = _around(text, {place for one in found for place in (one.start, one.end)})
    marks: list[Replacement] = []
    for one in found:
        start = cut.get(one.start, (one.start,))[0]
        end = cut.get(one.end, (one.end,))[-1]
        if marks and start < marks[-1].end:
            marks[-1] = Replacement(marks[-1].start, max(end, marks[-1].end), marks[-1].tag)
        else:
            marks.append(Replacement(start, end, mark(one.type, text[one.start : one.end])))
    return marks


def mark(kind: str, value: str) -> str:
    """What stands for a `value` of a type: [REDACTED:email:7f3a]."""
    return f"[REDACTED:{kind}:{tag(value)[:_SUFFIX]}]"


def _around(text: str, places: Iterable[int]) -> dict[int, tuple[int, int]]:
    """Those of `places` that lie within what is never cut, each with the start and end of that."""
    around: dict[int, tuple[int, int]] = {}
    first = last = at = 0  # the last thing that was found, and where to go on
    for place in sorted(places):
        while last <= place and at < place:
            at = max(at, _beginning(text, at, place))
            match = _WHOLE.search(text, at)
            first, last = match.span() if match else (len(text), len(text) + 1)
            at = last
        if first < place < last:
            around[place] = (first, last)
    return around


def _beginning(text: str, at: int, place: int) -> int:
    """A place from `at` on, well before `place`, at which nothing that is never cut has begun."""
    start = max(at, place - _LONGEST)
    while start > at and text[start - 1] == "\\":
        start -= 1
    return start
