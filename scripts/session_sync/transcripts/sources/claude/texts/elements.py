"""Finds the elements in a text that clients mark up what is not the person's with: `<task-notification>...`."""

from __future__ import annotations

import re
from typing import NamedTuple

_OPEN = re.compile(r"<([a-z][\w-]{0,40})((?:\s+[\w:-]{1,40}=\"[^\"]*\")*)\s*>")
_CLOSE_AT_END = re.compile(r"</([a-z][\w-]{0,40})>\s*\Z")
_ATTRIBUTE = re.compile(r"([\w:-]{1,40})=\"([^\"]*)\"")
_CHILD = re.compile(r"\s*<([a-z][\w-]{0,40})>")
_LONGEST_CLOSE = 200  # characters of a closing tag and the spaces behind it
_MOST_CHILDREN = 20


class Element(NamedTuple):
    """An element from `start` to `end` of a text, what is between its tags, and its attributes as they are written."""

    name: str
    body: str
    start: int
    end: int
    attributes: str = ""


def element_at(text: str, start: int, end: int) -> Element | None:
    """The element that begins at `start`, None if none does or it is not closed before `end`."""
    opened = _OPEN.match(text, start, end)
    if opened is None:
        return None
    close = f"</{opened[1]}>"
    closed = text.find(close, opened.end(), end)
    if closed < 0:
        return None
    return Element(opened[1], text[opened.end() : closed], start, closed + len(close), opened[2])


def element_before(text: str, end: int) -> Element | None:
    """The element that ends at `end`, but for spaces."""
    at = text.rfind("</", max(0, end - _LONGEST_CLOSE), end)
    closed = _CLOSE_AT_END.match(text, at, end) if at >= 0 else None
    if closed is None:
        return None
    start = text.rfind(f"<{closed[1]}", 0, at)
    opened = _OPEN.match(text, start, end) if start >= 0 else None
    if opened is None or opened[1] != closed[1]:
        return None
    return Element(closed[1], text[opened.end() : at], start, end, opened[2])


def attributes(found: Element) -> dict[str, str]:
    """The attributes of an element."""
    return {one[1]: one[2].strip() for one in _ATTRIBUTE.finditer(found.attributes)}


def children(text: str) -> tuple[dict[str, str], str]:
    """The texts of the elements that `text` begins with, by name, and what comes after them."""
    found: dict[str, str] = {}
    at = 0
    while len(found) < _MOST_CHILDREN and (opened := _CHILD.match(text, at)):
        close = f"</{opened[1]}>"
        closed = text.find(close, opened.end())
        if closed < 0:
            break
        found[opened[1]] = text[opened.end() : closed].strip()
        at = closed + len(close)
    return found, text[at:].strip()
