"""Which texts an expression cannot match without: what a slow search may look for first."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from re import _constants as ops  # type: ignore[attr-defined] # the parser of `re`; public until Python 3.11
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any, NamedTuple

_FARTHEST = 300  # bytes from the start of a match to a literal in it
_SHORTEST = 2  # bytes: `re` finds a rare character as fast itself, and a frequent one tells nothing
_FEW = 4  # characters of a class that are tried one by one
_MOST_RUNS = 16  # texts that such classes make
_REPEATS = (ops.MAX_REPEAT, ops.MIN_REPEAT, ops.POSSESSIVE_REPEAT)
_Runs = list[bytes]  # texts of the same length; one of them stands at a place
_NO_RUNS: _Runs = [b""]


class Literal(NamedTuple):
    """Bytes, in lower case, that stand `least` to `most` bytes behind the start of a match."""

    value: bytes
    least: int
    most: int


def of(expression: re.Pattern[bytes]) -> list[Literal]:
    """Literals of which every match of `expression` has one, in any case; none when there are no such."""
    return _best(_choices(parser.parse(expression.pattern, expression.flags)))


def least_width(expression: re.Pattern[bytes]) -> int:
    """The bytes of the shortest match."""
    least: int = parser.parse(expression.pattern, expression.flags).getwidth()[0]
    return least


def trie(values: Iterable[bytes]) -> bytes:
    """An expression for the longest of the literals `values` at a place."""
    tails: dict[bytes, list[bytes]] = {}
    for one in sorted(values):
        tails.setdefault(one[:1], []).append(one[1:])
    ends = tails.pop(b"", None) is not None
    branches = [re.escape(first) + (trie(rest) if any(rest) else b"") for first, rest in tails.items()]
    return b"(?:" + b"|".join(branches) + b")" + (b"?" if ends else b"") if branches else b""


def _choices(parsed: Any, runs: _Runs = _NO_RUNS, least: int = 0, most: int = 0) -> Iterator[list[Literal]]:
    """Sets of literals, of each of which a match has one.

    One of `runs` stands at once before `parsed`, which begins `least` to `most` bytes behind a match's start.
    """
    for item in _flat(parsed):
        operation, content = item[0]
        shortest, longest = item.getwidth()
        characters = _characters(operation, content)
        longer = _longer(runs, characters, shortest)
        if len(longer) > _MOST_RUNS:
            yield _literals(runs, least, most)
            longer = _longer(_NO_RUNS, characters, shortest)
        if characters and shortest == longest:
            runs = longer
        else:
            yield _literals(longer, least + (shortest if characters else 0), most + (shortest if characters else 0))
            yield from _within(operation, content, runs, least, most)
            runs = _NO_RUNS
        least, most = least + shortest, most + longest
    yield _literals(runs, least, most)


def _within(operation: Any, content: Any, runs: _Runs, least: int, most: int) -> Iterator[list[Literal]]:
    """The same for the alternatives, or for what is repeated, in an item."""
    if operation is ops.BRANCH:
        best = [_best(_choices(branch, runs, least, most)) for branch in content[1]]
        yield [literal for literals in best for literal in literals] if all(best) else []
    elif operation in _REPEATS and content[0]:
        yield from _choices(content[2], _NO_RUNS, least, most)


def _longer(runs: _Runs, characters: bytes, times: int) -> _Runs:
    """`runs`, followed by one of `characters`, so many times."""
    for _ in range(times if characters else 0):
        runs = [run + bytes([one]) for run in runs[: _MOST_RUNS + 1] for one in characters]
    return runs


def _flat(parsed: Any) -> Iterator[Any]:
    """The items of `parsed`, those of groups among them, each as a pattern of its own."""
    for number in range(len(parsed)):
        operation, content = parsed[number]
        if operation is ops.SUBPATTERN:
            yield from _flat(content[3])
        elif operation is ops.ATOMIC_GROUP:
            yield from _flat(content)
        elif operation not in (ops.ASSERT, ops.ASSERT_NOT, ops.AT):
            yield parsed[number : number + 1]


def _literals(runs: _Runs, least: int, most: int) -> list[Literal]:
    """The literals `runs`, which end `least` to `most` bytes behind a match's start."""
    if len(runs[0]) < _SHORTEST or most > _FARTHEST:
        return []
    return [Literal(run, least - len(run), most - len(run)) for run in runs]


def _characters(operation: Any, content: Any) -> bytes:
    """The few characters, in lower case, of which an item is one, or some; b"" when it may be another."""
    if operation in _REPEATS:
        inside = {_characters(*one) for one in content[2]} if content[0] else set()
        return inside.pop() if len(inside) == 1 and len(content[2]) == 1 else b""
    if operation is ops.IN:
        each = [_characters(*one) for one in content]
        every = bytes(sorted({character for one in each for character in one}))
        return every if all(each) and len(every) <= _FEW else b""
    return bytes([content]).lower() if operation is ops.LITERAL else b""


def _best(choices: Iterable[list[Literal]]) -> list[Literal]:
    """The set for which the fewest places must be tried."""
    return min((one for one in choices if one), key=_cost, default=[])


def _cost(literals: list[Literal]) -> float:
    """About how many places must be tried for a byte, when one of 16 that can stand there is the right one."""
    return sum((one.most - one.least + 1) * (1 / 16) ** len(one.value) for one in literals)
