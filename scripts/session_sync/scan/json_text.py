"""Replaces parts of a text so that JSON in it stays JSON: a document, a line, and JSON within a string of those."""

from __future__ import annotations

import itertools
import json
import re
from collections import deque
from collections.abc import Collection, Iterator, Sequence
from typing import NamedTuple

import msgspec

from session_sync.errors import UserError

_TOKEN = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"|[\w.+-]+', re.DOTALL)
_LITERALS = ("true", "false", "null")
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?")
_BEFORE_NEXT = re.compile(r"(?:\s|\\{1,32}[nrt]){0,200}(?:[,}\]]|\Z)")
_SPACE = re.compile(r"\s|\\{1,32}[nrt]")
_VALUES = r"(?:[\d.eE+,\[\]{}-]|true|false|null)*+"  # what may be between a string and a number, without space
_BEHIND_STRING = re.compile(rf"[:,}}\]]{_VALUES}(?<=[:,\[])")
_IN_STRING = re.compile(rf"[\[{{]{_VALUES}(?<=[,\[])")
_MARK = "\ufeff".encode()
_FARTHEST = 1000  # characters that are looked at before a number


class Replacement(NamedTuple):
    """A part of a text, and the tag that takes its place."""

    start: int
    end: int
    tag: str


def edits(text: str, marks: Sequence[Replacement], within_json: bool | None = None) -> Iterator[Replacement]:
    """What to replace in `text`, in order, so that `marks` are gone; these are in order and do not overlap.

    `within_json` tells whether `text` is lines of a JSON document; None when it is not a part of anything.
    """
    if not marks:
        return
    within_json = is_json(text) if within_json is None else within_json
    for begin, end, within in _by_lines(text, marks):  # no token of JSON reaches over a line's end
        if within_json or all(is_json(line) for line in text[begin:end].split("\n") if line.strip()):
            yield from _of_json(text, begin, end, within)
        else:
            yield from (_of_number(text, mark, 0) for mark in within)


def _by_lines(text: str, marks: Sequence[Replacement]) -> Iterator[tuple[int, int, list[Replacement]]]:
    """`marks` with the start and end of the lines that they touch; those that share a line are together."""
    within: list[Replacement] = []
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


def _of_json(text: str, begin: int, end: int, marks: Sequence[Replacement]) -> Iterator[Replacement]:
    """Replaces parts of strings, and whole numbers by strings; what is between the tokens of JSON stays.

    The tag of a mark on nothing else goes to the end of the string before. Raises UserError when there is none.
    """
    waiting = deque(marks)
    made: set[Replacement] = set()  # those of `marks` for which something was replaced
    inside = -1  # where the last string ends, within its quotes
    for token in _TOKEN.finditer(text, begin, end):
        first, last = token.span()
        while waiting and waiting[0].end <= first:
            yield from _beside(waiting.popleft(), made, inside)
        touching = list(itertools.takewhile(lambda mark: mark.start < last, waiting))  # noqa: B023 - used at once
        if text[first] == '"':
            inside = last - 1
            pieces = {
                mark: mark._replace(start=max(mark.start, first + 1), end=min(mark.end, inside)) for mark in touching
            }
            pieces = {mark: piece for mark, piece in pieces.items() if piece.start < piece.end}
            made.update(pieces)
            yield from (_of_number(text, piece, first + 1) for piece in pieces.values())
        elif touching and (token[0] not in _LITERALS or touching[0].end <= last):
            made.update(touching)
            yield Replacement(first, last, f'"{touching[0].tag}"')
    for mark in waiting:
        yield from _beside(mark, made, inside)


def _beside(mark: Replacement, made: Collection[Replacement], place: int) -> Iterator[Replacement]:
    """The tag of `mark`, put to `place`, if nothing was `made` of it before."""
    if mark in made:
        return
    if place < 0:
        raise UserError("something is found where JSON has no place for a tag; withhold the file")
    yield Replacement(place, place, mark.tag)


def _of_number(text: str, mark: Replacement, begin: int) -> Replacement:
    """`mark`, with its tag in quotes if it is a number that is a value of JSON within a text.

    That text begins at `begin`: at 0, or after the opening quote of a JSON string.
    """
    start = mark.start - text.startswith("-", mark.start - 1, mark.start) if mark.start > begin else mark.start
    if not _NUMBER.fullmatch(text, start, mark.end) or not _BEFORE_NEXT.match(text, mark.end):
        return mark
    quote = _quote(text, begin, start)
    return Replacement(start, mark.end, f"{quote}{mark.tag}{quote}") if quote else mark


def _quote(text: str, begin: int, number: int) -> str:
    """How quotes are written in the JSON that has a value at `number`; "" when there is no JSON."""
    first = max(0, begin - 1, number - _FARTHEST)
    at = text.rfind('"', first, number)
    between = _SPACE.sub("", text[at + 1 : number]) if at >= 0 else ""
    slashes = at - first - len(text[first:at].rstrip("\\")) if at >= 0 else 0
    slashes &= ~(slashes + 1)  # without those that are a part of the string
    if at >= begin and _BEHIND_STRING.fullmatch(between):
        return "\\" * slashes + '"'
    if at >= 0 and _IN_STRING.fullmatch(between):
        return "\\" * (2 * slashes + 1) + '"'
    return '"' if begin == 0 and _IN_STRING.fullmatch(_SPACE.sub("", _from_line(text, first, number))) else ""


def _from_line(text: str, first: int, number: int) -> str:
    """The text before `number`, from the start of the line with the last bracket, if that is at `first` or later."""
    line = text.rfind("\n", first, max(first, text.rfind("[", first, number))) + 1
    return text[line:number] if line or not first else ""


def is_json(text: str | bytes) -> bool:
    """Whether `text` is a JSON object or array; one that is too deep for the parser counts as such."""
    bare = text.removeprefix("\ufeff") if isinstance(text, str) else text.removeprefix(_MARK)
    if bare.lstrip()[:1] not in ("{", "[", b"{", b"["):
        return False
    try:
        msgspec.json.decode(bare, type=msgspec.Raw)
    except RecursionError:
        return True
    except (msgspec.DecodeError, UnicodeEncodeError):
        return _is_for_python(bare)
    return True


def _is_for_python(text: str | bytes) -> bool:
    """The same by Python's parser, which takes more: NaN and half surrogate pairs."""
    try:
        json.loads(text, object_pairs_hook=_nothing, parse_int=_nothing, parse_float=_nothing)
    except RecursionError:
        return True
    except ValueError:
        return False
    return True


def _nothing(_: object) -> None:
    """Keeps nothing of what is parsed."""
