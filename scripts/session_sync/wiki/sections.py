"""The sections of a wiki article that nothing may get lost from: `## Patterns` and `## History`."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import defaultdict

from session_sync.text import outline
from session_sync.text.lines import printable

KEPT_SECTIONS = ("Patterns", "History")
_QUOTED = 80  # characters of an article that a complaint quotes
_MOST_RESOLVED = 200
_SHORTEST = 12  # characters that name an item by its beginning
_MARK = re.compile(r"(?:(?:[-*+]|\d{1,9}[.)])(?:[ \t]+|$))?(?:\[[ xX]\][ \t]+)?")
_STARTS = re.compile(r"[ \t]*(?:(?:[-*+]|\d{1,9}[.)])(?:[ \t]|$)|\||#{1,6}[ \t])")  # an item, a table's row, a heading


def pieces(lines: list[str]) -> list[str]:
    """What stands in `lines`, in pieces: list items, paragraphs, rows of tables, headings, whole fenced code."""
    found: list[list[str]] = []
    apart = True
    for line, is_code in zip(lines, outline.fenced(lines), strict=True):
        if not is_code and not line.strip():
            apart = True
            continue
        if not is_code and (apart or _STARTS.match(line)):
            found.append([])
        found[-1].append(line)
        apart = False
    return ["\n".join(piece).rstrip() for piece in found]


def lost(old: str, draft: str, resolved: list[str]) -> list[str]:
    """A complaint for each piece of the kept sections of `old` that `draft` lacks, changes or moves.

    Pieces that `resolved` names may be gone. Both texts have plain line ends.
    """
    complaints = []
    for title in KEPT_SECTIONS:
        wanted = pieces(outline.lines_of(old, title))
        gone = _named(wanted, resolved[:_MOST_RESOLVED])
        places = defaultdict(list)
        for number, piece in enumerate(pieces(outline.lines_of(draft, title))):
            places[piece].append(number)
        at = 0
        for number, piece in enumerate(wanted):
            next_one = bisect_left(places[piece], at)
            if next_one < len(places[piece]):
                at = places[piece][next_one] + 1
            elif number not in gone:
                how = "in the old order" if places[piece] else "byte for byte"
                complaints.append(f"'## {title}': keep {how}, or name under `resolved`: {quoted(piece)}")
    return complaints


def quoted(text: str) -> str:
    """The beginning of `text` as a complaint shows it."""
    line = " ".join(text[: 4 * _QUOTED].split())
    return f"'{printable(line if len(line) <= _QUOTED else line[: _QUOTED - 1] + '…')[: 2 * _QUOTED]}'"


def _named(items: list[str], resolved: list[str]) -> set[int]:
    """The numbers of the `items` that `resolved` names: the whole item, or so much that it can be just one."""
    bare = [_bare(item) for item in items]
    found = set()
    for name in filter(None, map(_bare, resolved)):
        whole = [number for number, item in enumerate(bare) if item == name]
        begun = [number for number, item in enumerate(bare) if len(name) >= _SHORTEST and item.startswith(name)]
        found.update(whole or (begun if len(begun) == 1 else []))
    return found


def _bare(item: str) -> str:
    """The words of a list item without its mark."""
    return " ".join(_MARK.sub("", item.strip(), count=1).split())
