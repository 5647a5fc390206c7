"""Reads tables as texts have them: Markdown, psql and mysql, CSV and TSV, aligned columns, HTML."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from session_sync.scan.scanner.candidate import Place

_LINE = re.compile(r"[^\r\n]+")
_RULER = re.compile(r"[\s>|+:=\-─━═│┃║┼╪╋├┤┬┴┌┐└┘╞╡╟╢╔╗╚╝╠╣╤╧]+")
_BAR, _TAB, _SPACES, _NOTHING = "|", "\t", "  ", ""  # what separates the cells of a line
_CELL = {
    _BAR: re.compile(r"(?<![^|│┃║])[^|│┃║]*"),
    _TAB: re.compile(r"(?<![^\t])[^\t]*"),
    ";": re.compile(r'(?<![^;])(?:("+)[^"]*\1|[^;]*)'),
    ",": re.compile(r'(?<![^,])(?:("+)[^"]*\1|[^,]*)'),
    _SPACES: re.compile(r"\S+(?: \S+)*"),
    _NOTHING: re.compile(r"\S.*"),
}
_SEPARATORS = ((_BAR, re.compile(r"[|│┃║]")), (_TAB, re.compile("\t")), (_SPACES, re.compile(r"\S {2,}\S")))
_NAME = re.compile(r"\s*\"*[A-Za-z_][\w .()/%#-]{0,40}(?:\".*|\s*)")
_MARGIN = re.compile(r" {0,8}\d{1,6}→|[>+-] ?")  # of a listing, a quotation or a diff
_LONGEST_HEAD = 1000
_QUALIFIER = re.compile(r"[\w ./-]{0,24}")  # of a name: `initial `, `db_`
_TAGS = re.compile(r"<[^<>]{0,200}>")
_AROUND_NAME = " \t\"'`*_"
_TAG = re.compile(r"<(/?)(tr|t[hd]|table)\b[^<>\n]{0,200}>", re.IGNORECASE)


@dataclass(frozen=True)
class _Head:
    """The first line of a table."""

    start: int
    separator: str
    cells: list[Place]
    wanted: list[int]  # the numbers of the columns whose cells are wanted

    def picks(self, text: str, start: int, end: int) -> list[Place] | None:
        """The wanted cells of the line from `start` to `end`; None when it is no line of this table."""
        row = _split(text, start, end, self.separator)
        if self.separator == _SPACES and 1 < len(row) != len(self.cells):
            return [cell for cell in row if any(self._is_below(cell, start, number) for number in self.wanted)]
        is_row = len(row) > self.wanted[-1] if self.separator in (_BAR, _TAB) else len(row) == len(self.cells)
        return [row[number] for number in self.wanted] if is_row else None

    def _is_below(self, cell: Place, start: int, number: int) -> bool:
        head = self.cells[number]
        return cell[0] - start < head[1] - self.start and head[0] - self.start < cell[1] - start


def cells(text: str, names: re.Pattern[str]) -> Iterator[Place]:
    """The cells of `text` that stand in a column whose head ends with one of `names`."""
    head = None
    for start, end, is_ruled in _lines(text):
        found = _head(text, start, end, is_ruled, names)
        picked = head.picks(text, start, end) if head and not found else None
        head = found or (head if picked is not None else None)
        yield from picked or ()
    yield from _of_html(text, names)


def _lines(text: str) -> Iterator[tuple[int, int, bool]]:
    """The lines of `text` with what is in them: where they are, and whether a line is drawn below them."""
    before = None
    for match in _LINE.finditer(text):
        is_ruler = bool(_RULER.fullmatch(match[0]))
        if before:
            yield *before, is_ruler and "--" in match[0]
        margin = _MARGIN.match(text, match.start(), match.end())
        before = None if is_ruler else (margin.end() if margin else match.start(), match.end())
    if before:
        yield *before, False


def _head(text: str, start: int, end: int, is_ruled: bool, names: re.Pattern[str]) -> _Head | None:
    line = text[start:end]
    if len(line) > _LONGEST_HEAD or not names.search(line):
        return None
    separator = _separator(line)
    row = _split(text, start, end, separator)
    if separator in (",", ";") and not all(_NAME.fullmatch(text[first:last]) for first, last in row[1:]):
        return None
    heads = [_name(text[first:last], number == 0) for number, (first, last) in enumerate(row)]
    wanted = [number for number, head in enumerate(heads) if _is_named(head, names)]
    is_head = wanted and (len(row) > 1 or is_ruled) and (separator or is_ruled)
    return _Head(start, separator, row, wanted) if is_head else None


def _separator(line: str) -> str:
    for separator, pattern in _SEPARATORS:
        if pattern.search(line):
            return separator
    return max((";", ","), key=line.count) if ";" in line or "," in line else _NOTHING


def _is_named(head: str, names: re.Pattern[str]) -> bool:
    name = names.search(head)
    return name is not None and name.end() == len(head) and bool(_QUALIFIER.fullmatch(head, 0, name.start()))


def _name(cell: str, is_first: bool) -> str:
    """What a cell names: an object of JSON may end behind the last one, and begin before the first."""
    name = cell.strip(_AROUND_NAME)
    return name.rpartition('"')[2] if is_first else name.partition('"')[0]


def _split(text: str, start: int, end: int, separator: str) -> list[Place]:
    found = _CELL[separator].finditer(text[start:end])
    return [(start + match.start(), start + match.end()) for match in found]


def _of_html(text: str, names: re.Pattern[str]) -> Iterator[Place]:
    wanted: set[int] = set()
    column = -1
    opened = None
    for tag in _TAG.finditer(text):
        if opened is not None:
            if _is_named(_TAGS.sub("", text[opened : tag.start()]).strip(), names):
                wanted.add(column)
            elif column in wanted:
                yield opened, tag.start()
        opened = None
        kind = tag[2].lower()
        if kind == "table":
            wanted = set()
        if kind in ("table", "tr"):
            column = -1
        elif not tag[1]:
            column += 1
            opened = tag.end()
