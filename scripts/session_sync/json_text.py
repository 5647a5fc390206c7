"""Replaces parts of a text so that what is JSON in it stays JSON: a document, a line, what a string of those holds."""

from __future__ import annotations

import json
import re
from collections import deque
from collections.abc import Iterator, Sequence
from typing import NamedTuple

_TOKEN = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"|[\w.+-]+', re.DOTALL)
_LITERALS = ("true", "false", "null")
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?")
_BEHIND_KEY = re.compile(r'(?<!\\)(\\{0,32}")[ \t]{0,8}:[ \t]{0,8}\Z')
_LONGEST_GAP = 64  # characters that _BEHIND_KEY looks at
_BEFORE_NEXT = re.compile(r"(?:\s|\\{1,32}[nrt]){0,200}(?:[,}\]]|\Z)")


class Mark(NamedTuple):
    """A part of a text, and the tag that takes its place."""

    start: int
    end: int
    tag: str


def edits(text: str, marks: Sequence[Mark]) -> Iterator[Mark]:
    """What to replace by what, in order, so that `marks` (in order, apart from each other) are gone from `text`."""
    if not marks:
        return
    if _is_json(text):
        yield from _of_json(text, 0, len(text), marks)
        return
    for begin, end, within in _by_lines(text, marks):
        if all(_is_json(line) for line in text[begin:end].split("\n") if line.strip()):
            yield from _of_json(text, begin, end, within)
        else:
            yield from (_of_number(text, mark, begin) for mark in within)


def _by_lines(text: str, marks: Sequence[Mark]) -> Iterator[tuple[int, int, list[Mark]]]:
    """`marks` with the whole lines that they touch; several together where they share a line."""
    within: list[Mark] = []
    begin = end = 0
    for mark in marks:
        if within and mark.start > end:
            yield begin, end, within
            within = []
        if not within:
            begin = text.rfind("\n", 0, mark.start) + 1
        within.append(mark)
        if len(within) == 1 or mark.end > end:
            stop = text.find("\n", mark.end)
            end = stop if stop >= 0 else len(text)
    yield begin, end, within


def _of_json(text: str, begin: int, end: int, marks: Sequence[Mark]) -> Iterator[Mark]:
    """Replaces within strings, and whole numbers by strings; what stands between the tokens of JSON stays."""
    waiting = deque(marks)
    for token in _TOKEN.finditer(text, begin, end):
        first, last = token.span()
        while waiting and waiting[0].end <= first:
            waiting.popleft()
        if not waiting:
            return
        if token[0] in _LITERALS:
            continue
        if text[first] != '"' and waiting[0].start < last:
            yield Mark(first, last, f'"{waiting[0].tag}"')
            continue
        for mark in waiting:
            if mark.start >= last:
                break
            piece = Mark(max(mark.start, first + 1), min(mark.end, last - 1), mark.tag)
            if piece.start < piece.end:
                yield _of_number(text, piece, first + 1)


def _of_number(text: str, mark: Mark, begin: int) -> Mark:
    """`mark`, its tag in the quotes of the key before it if it is a number that JSON within a text gives to a key.

    The key is looked for from `begin` on, so that a string's own quote is never taken for one.
    """
    if not _NUMBER.fullmatch(text, mark.start, mark.end) or not _BEFORE_NEXT.match(text, mark.end):
        return mark
    key = _BEHIND_KEY.search(text, max(begin, mark.start - _LONGEST_GAP), mark.start)
    return Mark(mark.start, mark.end, f"{key[1]}{mark.tag}{key[1]}") if key else mark


def _is_json(text: str) -> bool:
    """Whether `text` is an object or a list of JSON; one too deep for the parser counts as such."""
    if text.lstrip("\ufeff \t\r\n")[:1] not in ("{", "["):
        return False
    try:
        json.loads(text.removeprefix("\ufeff"), object_pairs_hook=_nothing, parse_int=_nothing, parse_float=_nothing)
    except RecursionError:
        return True
    except ValueError:
        return False
    return True


def _nothing(_: object) -> None:
    """What is parsed is not kept."""
