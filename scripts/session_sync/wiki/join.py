"""Joins what two machines added to one wiki article: sources and lines of history, which every save brings."""

from __future__ import annotations

import re

from session_sync.text import outline
from session_sync.wiki import front_matter
from session_sync.wiki import text as wiki_text

_ITEM = re.compile(r"[ \t]*[-*+] ")
_OWN = re.compile(r"(sources|last_refreshed):")


def join_articles(base: str, ours: str, theirs: str) -> str | None:
    """One side with what the other one added since `base` ("" when both are new); None when both changed more."""
    if _rest(ours) == _rest(base or theirs):
        added, other = ours, theirs
    elif _rest(theirs) == _rest(base):
        added, other = theirs, ours
    else:
        return None
    text = other
    for line in _history(added):
        if line not in _history(base) and line not in _history(text):
            text = wiki_text.with_history_line(text, line)
    days = [day for one in (added, other) if (day := _fact(one, "last_refreshed"))]
    known = [*_sources(base), *_sources(text)]
    for source in [one for one in _sources(added) if one not in known]:
        text = front_matter.edited(text, {"last_refreshed": max(days)} if days else {}, source)
    return text


def _rest(text: str) -> list[str]:
    """The lines of an article that no save without a draft touches."""
    parts = front_matter.split(text)
    front = parts[1].split("\n") if parts else []
    kept = [line for line in front if not _ITEM.match(line) and not _OWN.match(line)]
    history = set(_history(text))
    kept += [line for line in front_matter.body(text).split("\n") if line.rstrip("\r") not in history]
    return [line.rstrip() for line in kept if line.strip()]


def _history(text: str) -> list[str]:
    lines = (line.rstrip("\r") for line in outline.lines_of(text, "History"))
    return [line for line in lines if _ITEM.match(line)]


def _sources(text: str) -> list[str]:
    return front_matter.texts(front_matter.read_facts_anyway(text).get("sources"))


def _fact(text: str, key: str) -> str:
    value = front_matter.read_facts_anyway(text).get(key)
    return value if isinstance(value, str) else ""
