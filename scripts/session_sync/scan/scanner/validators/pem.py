"""Tells where a private key in PEM begins and ends.

Each of its lines may stand behind what a log, a comment, a diff or a table puts there, and its beginning or its end may
be missing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from session_sync.scan.scanner.candidate import CONTEXT, Candidate, Place
from session_sync.scan.scanner.validators import words

_LONGEST = 20000  # characters of a block
_TAIL = 4000  # characters of a block whose beginning is missing
_GAP = 400  # characters from a line of base64 to the next
_FULL, _HALF, _LEAST = 40, 24, 16  # characters of a line that is not the last one; of the first line; of any
_BORDER = re.compile(r"-{4,5} ?(?:BEGIN|END)[ +%]")
_END = re.compile(
    r"-{4,6} ?END(?: |\+|%20)(?:[A-Z0-9]{2,12}(?: |\+|%20)){0,3}PRIVATE(?: |\+|%20)KEY(?:(?: |\+|%20)BLOCK)? ?-{4,5}"
)
_BASE64 = re.compile(r"(?:[A-Za-z0-9+/]|%2[BbFf]){16,20000}+(?:=|%3[Dd]){0,2}")
_MIXED = re.compile(r"(?=[A-Za-z+/%]{0,60}[0-9])(?=[a-z0-9+/%]{0,60}[A-Z])")
_TWO_NUMBERS = re.compile(r"(?:[^0-9]{0,60}[0-9]+){2}")  # which a name seldom has
_MARKS = re.compile(r"""(?:[\s"',;:|>#*\\→│`%+=-]|//|0A|0D|[0-9]{1,6}(?=[\s→|:│]))*+""")  # and numbers of lines
_LINE_END = re.compile(r"\n|<br ?/?>")
_FIELD = re.compile(r"[A-Z][A-Za-z-]{2,20}: ?[^\n]{0,200}")  # Proc-Type: 4,ENCRYPTED
_ELLIPSIS = re.compile(r"\s?(?:\.\.|…)")
_REST = re.compile(r"(?<![A-Za-z0-9+/])[A-Za-z0-9+/]{1,15}={0,2}(?=\s{0,8}(?:\n|<br ?/?>)[^\n]*\Z)")  # of the last line
_WORD = re.compile(r"[A-Za-z0-9]+")
_SPACE = re.compile(r"\s+")


def block(found: Candidate) -> Place | None:
    """The block whose first line was found, to its last line or to as much of it as is there."""
    text, begin = found.text, found.end
    border = _BORDER.search(text, begin, begin + _LONGEST)
    lines = list(_lines(found, border.start() if border else min(len(text), begin + _LONGEST)))
    if not lines or not _is_by_chance(lines[0][0], _HALF) or not _TWO_NUMBERS.match(lines[0][0]):
        return None
    last = lines[-1].end()
    if not _ELLIPSIS.match(text, last):
        end = _END.match(text, border.start()) if border and border.start() - last < _GAP else None
        return found.start, end.end() if end else _unfinished(lines)
    return (found.start, last) if len(lines) > 1 else None


def tail(found: Candidate) -> Place | None:
    """The lines before the last line of a block whose first line is missing."""
    text, stop = found.text, found.start
    before = found.before(CONTEXT)
    first = None
    end = after = stop
    for line in reversed(list(_BASE64.finditer(text, max(0, stop - _TAIL, text.rfind("----", 0, stop)), stop))):
        if line[0] in before:
            continue
        gap = text[line.end() : after]
        rest = None if first else _REST.search(gap)
        if not _joins(gap[: rest.start()] + gap[rest.end() :] if rest else gap, {_shape(before)}):
            break
        if not first:
            end = line.end() + (rest.end() if rest else 0)
        elif len(line[0]) < _FULL:
            break
        first, after = line, line.start()
    if not first or not _is_by_chance(first[0], _LEAST) or not _begins_like(before, text, after):
        return None
    sign = before == first[0][0] == "+"  # of a diff
    return after + sign, end


def _begins_like(before: str, text: str, start: int) -> bool:
    """Whether the line of `start` in `text` begins as one that begins with `before`."""
    head = _LINE_END.split(text[max(0, start - CONTEXT) : start])[-1]
    if _MARKS.fullmatch(before):
        return bool(_MARKS.fullmatch(head))
    return bool(_shape(head)) and _joins("\n" + head, {_shape(before)})


def _lines(found: Candidate, stop: int) -> Iterator[re.Match[str]]:
    """The lines of base64 that follow the first line, up to `stop` or to what is none."""
    before = found.before(CONTEXT)
    shapes = {_shape(before)}
    at = found.end
    for line in _BASE64.finditer(found.text, found.end, stop):
        gap = found.text[at : line.start()]
        if line[0] in before:  # a part of what stands before each line
            continue
        if not _joins(gap, shapes):
            if at == found.end and _FIELD.match(_LINE_END.split(gap)[-1].lstrip()):
                continue  # a field's value
            return
        yield line
        at = line.end()


def _joins(gap: str, shapes: set[str]) -> bool:
    """Whether two lines of a block may have `gap` between them, of lines that begin like `shapes`."""
    if _MARKS.fullmatch(gap):
        return True
    if len(gap) > _GAP:
        return False
    *others, before = _LINE_END.split(gap)
    shape = _shape(before)
    if others and shape and any(one.startswith(shape) or one.endswith(shape) for one in shapes):
        return True
    return bool(others) and all(_MARKS.fullmatch(_FIELD.sub("", one)) for one in (*others, before))


def _is_by_chance(line: str, least: int) -> bool:
    """Whether `line` is no path and no name."""
    parts = re.split(r"[/+=]", line[:80])
    return len(line) >= least and bool(_MIXED.match(line)) and not all(map(words.words_of, filter(None, parts)))


def _shape(before: str) -> str:
    """What stands before a line, whatever its words and numbers are."""
    return _SPACE.sub(" ", _WORD.sub("w", before)).strip()


def _unfinished(lines: list[re.Match[str]]) -> int:
    """Where the block ends that `lines` begin: at the first that is not full."""
    for line in lines:
        if len(line[0]) < _FULL:
            return line.end()
    return lines[-1].end()
