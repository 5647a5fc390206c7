"""The outline of a Markdown text: its headings, its sections and its fenced code. Everything of ours asks here.

A heading in code, in HTML or a comment, in a quote or in a list item heads nothing. Neither does a paragraph that is
underlined with `---`, which CommonMark takes for a heading: people write that line to set paragraphs apart, and a note
or a section must not end there.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from session_sync.text.commonmark import Kind, kinds


class Heading(NamedTuple):
    """A heading: its line, from 0; its level, from 1 to 6; its title, as it is written."""

    line: int
    level: int
    title: str


class Section(NamedTuple):
    """A section of level 2: the title of its heading, and its lines [start, end), from 0, with the heading's."""

    title: str
    start: int
    end: int


@lru_cache(maxsize=4)  # of one text several sections are asked for, one after another
def headings(text: str) -> tuple[Heading, ...]:
    """The headings of `text`, whose lines end with LF or CR LF, in order."""
    lines = text.split("\n")
    return tuple(_heading(number, lines[number]) for number, kind in enumerate(kinds(lines)) if kind is Kind.HEADING)


def sections(text: str, title: str = "") -> list[Section]:
    """The sections of level 2 of `text`, or those called `title` in upper or lower case; in order.

    Each goes to the next heading of its level or above, or to the end.
    """
    upper = [heading for heading in headings(text) if heading.level <= 2]
    ends = [heading.line for heading in upper[1:]] + [text.count("\n") + 1]
    found = [Section(one.title, one.line, end) for one, end in zip(upper, ends, strict=False) if one.level == 2]
    return [one for one in found if one.title.lower() == title.lower()] if title else found


def lines_of(text: str, title: str) -> list[str]:
    """The lines of the sections called `title`, without their headings."""
    lines = text.split("\n")
    return [line for section in sections(text, title) for line in lines[section.start + 1 : section.end]]


def fenced(lines: list[str]) -> list[bool]:
    """Of each of a text's lines whether a fence before it makes it code, or it closes one; one that opens does not."""
    return [kind is Kind.FENCED for kind in kinds(lines)]


def closed(text: str) -> str:
    """`text` with an end for code, HTML or a comment that it leaves open: nothing that follows would be a heading."""
    if _is_closed(text):
        return text
    fences = re.findall(r"^[ >]*(`{3,}|~{3,})", text, re.MULTILINE)
    ends = [*dict.fromkeys(reversed(fences)), "-->", "?>", "]]>", "</pre>"]
    return next((made for end in ends if _is_closed(made := f"{text}\n{end}")), text)


def _is_closed(text: str) -> bool:
    after = f"{text}\n\n## End"
    return headings(after)[-1:] == (Heading(after.count("\n"), 2, "End"),)


def _heading(number: int, line: str) -> Heading:
    """The heading in `line`; signs at its end close it only when a space is before them."""
    text = line.strip(" \t\r")
    title = text.lstrip("#")
    bare = title.rstrip("#")
    is_closed = not bare or bare[-1] in " \t"
    return Heading(number, len(text) - len(title), (bare if is_closed else title).strip(" \t"))
