"""Checks an agent's draft of a wiki article: nothing lost, nothing invented, and a front matter that says when."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from session_sync.errors import UsageError
from session_sync.home import files
from session_sync.logs import shared_tree
from session_sync.text import outline
from session_sync.wiki import front_matter, sections, vault
from session_sync.wiki.sections import quoted

LONGEST_DRAFT = 1_000_000  # bytes
MOST_COMPLAINTS = 20
_LARGE = 2048  # characters of an old article that cannot shrink without a reason
_LEAST = 0.2  # of it that must be left


@dataclass(frozen=True)
class Basis:
    """What a draft is judged by: the tree, the new log's tree-relative path and text if there is one, the vault."""

    root: Path
    log: str = ""
    log_text: str = ""
    vault: Path | None = None
    today: str = ""


def today() -> str:
    return time.strftime("%Y-%m-%d")


def check_draft(draft: bytes, old: str | None, basis: Basis) -> list[str]:
    """What is wrong with `draft` as the successor of the article `old`: a line each that says what to fix."""
    unreadable = _unreadable(draft)
    if unreadable:
        return [unreadable]
    text, before = _plain(draft.decode()), _plain(old or "")
    try:
        facts = front_matter.read_facts(text)
    except UsageError as error:
        return [str(error)]
    found = [
        *_front(text, facts, front_matter.read_facts_anyway(before), basis),
        *_size(text, before),
        *sections.lost(before, text, front_matter.texts(facts.get("resolved"))),
        *vault.invented(text, _kept(before), f"{before}\n{basis.log_text}", basis.vault),
    ]
    more = len(found) - MOST_COMPLAINTS
    return [*found[:MOST_COMPLAINTS], f"and {more} more like these"] if more > 0 else found


def _unreadable(draft: bytes) -> str:
    """Why nothing can be said about `draft`, or ""."""
    if len(draft) > LONGEST_DRAFT:
        return f"the draft is larger than {LONGEST_DRAFT:,} bytes; shorten it"
    try:
        text = draft.decode()
    except UnicodeDecodeError:
        return "the draft is not UTF-8; write it again"
    if "\0" in text:
        return "the draft has a NUL character; write it again without"
    return "" if text.strip() else "the draft is empty; write the article"


def _front(text: str, facts: dict[str, Any], old: dict[str, Any], basis: Basis) -> Iterator[str]:
    """Complaints about the front matter."""
    for key in ("title", "category"):
        if not isinstance(facts.get(key, ""), str):
            yield f"`{key}` must be a text in the front matter"
    yield from _dated(facts.get("last_compiled"), old.get("last_compiled"), basis.today or today())
    sources = facts.get("sources") or []
    if not isinstance(sources, list) or not all(isinstance(one, str) for one in sources):
        yield "`sources` must be a list of paths in the front matter, each in a line `  - PATH`"
        return
    known = set(front_matter.texts(old.get("sources")))
    yield from (f"`sources` must still hold {quoted(one)}" for one in sorted(known - {*sources, basis.log}))
    for one in dict.fromkeys(sources):
        if one not in known and one != basis.log and not _is_log(basis.root, one):
            yield f"`sources` names {quoted(one)}, which is not a session log of this tree; take it out"
    try:
        front_matter.edited(text, {"last_compiled": basis.today or today()}, basis.log or "session-logs/new.md")
    except UsageError as error:
        yield str(error)


def _dated(value: object, old: object, now: str) -> Iterator[str]:
    day, before = front_matter.day_of(value), front_matter.day_of(old)
    if day is None:
        yield f"`last_compiled` must be a date in the front matter, such as {now}"
    elif day > max(front_matter.day_of(now) or day, before or day.min):  # another machine may be a day ahead
        yield f"`last_compiled` is in the future; write {now}"
    elif before and day < before:
        yield f"`last_compiled` is before the old article's; write {now}"


def _is_log(root: Path, path: str) -> bool:
    """Whether `path` is that of a session log below `root`, with no link on the way."""
    parts = path.split("/")
    if not shared_tree.is_log(path) or any(part in ("", ".", "..") or "\\" in part for part in parts):
        return False
    try:
        if (root / path).resolve(strict=True) != root.resolve().joinpath(*parts):
            return False
        files.open_regular(root / path, follow=False).close()
    except (OSError, RuntimeError, ValueError):
        return False
    return True


def _size(text: str, old: str) -> Iterator[str]:
    content = front_matter.body(text)
    if not content.strip():
        yield "the draft has no text but its front matter; write the article"
    elif len(old) > _LARGE and len(text) < _LEAST * len(old):
        yield "the draft lost most of the article; begin with the old one and change what the session changed"


def _kept(old: str) -> str:
    """The text of `old` that a draft must keep as it is."""
    return "\n".join(line for title in sections.KEPT_SECTIONS for line in outline.lines_of(old, title))


def _plain(text: str) -> str:
    return text.replace("\r\n", "\n")
