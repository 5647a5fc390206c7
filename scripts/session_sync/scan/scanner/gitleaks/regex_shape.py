"""What can be told of a regular expression from its tree: what a match must contain, and how long a search may take."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from re import _constants as op  # type: ignore[attr-defined]
from re import _parser  # type: ignore[attr-defined]
from typing import Any, NamedTuple

from session_sync.scan.scanner.gitleaks import regex_characters

STEPS = 5 * 10**8  # of Python's re from one place of a text; with more it may hang
SHORTEST = 3  # characters of a literal that is worth searching everything for
_CEILING = 10**12
_MANY = 64  # rounds of two ways each are past the ceiling
_REGION = 1001  # the lengths that a repetition can have; nor is much more text searched at once
_NARROW = 8  # so few characters that text is not made of them
_RARE = 4  # one character in so many is one of them at most
_CASES = 2  # characters that are one letter
_WORD = 3  # characters of a word that is rarer still
_RARER = 16
ESCAPED = "\"'\\/<>&="  # what JSON may write otherwise, so that a search of the raw log does not see it
Tree = Iterable[tuple[Any, Any]]


class Shape(NamedTuple):
    """A part of a pattern; the sets of characters are bits, by code point."""

    first: int = 0  # the characters that it may begin with
    more: int = 0  # the characters that it may go on with where it could also have ended
    low: int = 0  # its least length
    high: int = 0  # its greatest length
    ways: int = 1  # how many ways there may be to match one text, at most
    steps: int = 1  # of a search that fails, from one place
    lead: int = 0  # how many characters that are written out it begins with
    is_empty: bool = True  # whether it may match nothing


def check(pattern: str) -> None:
    """Raise ValueError if searching for `pattern`, of Python's re, may take far too long."""
    if _sequence(_parser.parse(pattern), 0).steps > STEPS:
        raise ValueError(
            "can match the same text in too many ways, as (a+)+ and .*.*.* can; let no two repetitions beside or "
            "within each other take the same characters, or bound them with {n,m}"
        )


def width(pattern: str) -> int:
    """The length of the longest match of `pattern`."""
    return int(_sequence(_parser.parse(pattern), 0).high)


def least(pattern: str) -> int:
    """The length of the shortest match of `pattern`."""
    return int(_sequence(_parser.parse(pattern), 0).low)


def literals(pattern: str) -> tuple[str, ...]:
    """Texts of which each match of `pattern` contains one, as long as possible; none if that is not simple."""
    found = _literals(_parser.parse(pattern))
    return found if found and min(map(len, found)) >= SHORTEST else ()


def is_filled(pattern: str, group: int) -> bool:
    """Whether each match of `pattern` has something in the group of number `group`."""
    return _fills(_parser.parse(pattern), group)


def _fills(tree: Tree, group: int) -> bool:
    for code, value in tree:
        if code is op.SUBPATTERN and value[0] == group:
            return _sequence(value[-1], 0).low > 0
        if code is op.SUBPATTERN and _fills(value[-1], group):
            return True
        if code in (op.MAX_REPEAT, op.MIN_REPEAT) and value[0] > 0 and _fills(value[-1], group):
            return True
    return False


def _literals(tree: Tree) -> tuple[str, ...]:
    found: list[tuple[str, ...]] = []
    run = ""
    for code, value in [*_flat(tree), (op.ANY, None)]:
        if code is op.LITERAL and chr(value).isprintable() and chr(value) not in ESCAPED:
            run += chr(value)
            continue
        found.append((run,))
        run = ""
        if code is op.BRANCH:
            ways = [_literals(way) for way in value[1]]
            found.append(tuple(text for way in ways for text in way) if all(ways) else ())
        elif code in (op.MAX_REPEAT, op.MIN_REPEAT) and value[0] > 0:
            found.append(_literals(value[-1]))
    return max((one for one in found if one and all(one)), key=lambda one: min(map(len, one)), default=())


def _flat(tree: Tree) -> Iterable[tuple[Any, Any]]:
    """`tree` without its groups."""
    for code, value in tree:
        if code is op.SUBPATTERN:
            yield from _flat(value[-1])
        else:
            yield code, value


def _sequence(tree: Tree, flags: int) -> Shape:
    shape = Shape()
    for code, value in reversed(list(tree)):
        shape = _joined(_shape(code, value, flags), shape)
    return shape


def _joined(one: Shape, rest: Shape) -> Shape:
    """`one` and then `rest`: if both can take the next character, every length of `one` must be tried."""
    clash = (one.more | (one.first if one.is_empty else 0)) & rest.first
    ways = one.ways * (_ends(one, rest) if clash else 1)
    return Shape(
        first=one.first | (rest.first if one.is_empty else 0),
        more=rest.more | ((one.more | rest.first) if rest.is_empty else 0),
        low=one.low + rest.low,
        high=one.high + rest.high,
        ways=min(_CEILING, ways * rest.ways),
        steps=min(_CEILING, one.steps + ways * rest.steps),
        lead=one.lead + rest.lead if one.lead == one.high else one.lead,
        is_empty=one.is_empty and rest.is_empty,
    )


def _shape(code: Any, value: Any, flags: int) -> Shape:
    if code is op.SUBPATTERN:
        _, added, removed, tree = value
        return _sequence(tree, (flags | added) & ~removed)
    if code is op.BRANCH:
        return _branch([_sequence(tree, flags) for tree in value[1]])
    if code in (op.MAX_REPEAT, op.MIN_REPEAT):
        return _repeated(value[0], value[1], _sequence(value[2], flags))
    if code is op.AT:
        return Shape()
    first = regex_characters.taken(code, value, flags)
    return Shape(first=first, low=1, high=1, lead=int(first.bit_count() <= _CASES), is_empty=False)


def _branch(ways: Sequence[Shape]) -> Shape:
    first = more = 0
    overlap = sum(one.is_empty for one in ways) > 1
    for one in ways:
        overlap = overlap or bool(first & one.first)
        first, more = first | one.first, more | one.more
    return Shape(
        first=first,
        more=more,
        low=min(one.low for one in ways),
        high=max(one.high for one in ways),
        ways=min(_CEILING, (sum if overlap else max)(one.ways for one in ways)),
        steps=min(_CEILING, (sum if overlap else max)(one.steps for one in ways)),
        lead=min(one.lead for one in ways),
        is_empty=any(one.is_empty for one in ways),
    )


def _repeated(low: int, high: int, body: Shape) -> Shape:
    """`body` again and again: the ways multiply with each round if it is not clear where a round ends."""
    clash = body.more & body.first or body.is_empty
    each = body.ways * (_ends(body, body) if clash else 1)
    before = each ** (min(high, _MANY) - 1) if high and each > 1 else 1  # ways through all rounds but the last
    rounds = min(high * body.steps, 2 * _REGION) if each == 1 else 0  # one way: no more steps than text
    return Shape(
        first=body.first if high else 0,
        more=body.more | (body.first if high > max(low, 1) else 0),
        low=low * body.low,
        high=high * body.high,
        ways=min(_CEILING, body.ways * before),
        steps=min(_CEILING, max(rounds, body.steps * before)),
        is_empty=low == 0 or body.is_empty,
    )


def _ends(one: Shape, rest: Shape) -> int:
    """After how many lengths of `one` the search goes on into `rest`, in a text that is bad but not the very worst."""
    lengths = min(one.high - one.low + 1, _REGION)
    if rest.is_empty or one.first.bit_count() <= _NARROW or one is rest:  # then the text may well be made of `rest`
        return lengths
    if rest.lead >= _WORD:
        return -(-lengths // _RARER)
    return -(-lengths // _RARE) if rest.first.bit_count() <= _NARROW else lengths
