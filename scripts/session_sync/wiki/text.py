"""Makes the text of a wiki article: from a draft, from the old article and a new session log, or from the log alone."""

from __future__ import annotations

import re
from dataclasses import dataclass

from session_sync.errors import UsageError
from session_sync.text import markdown, outline
from session_sync.wiki import front_matter

_DAY = re.compile(r"\d{4}-\d\d-\d\d")


@dataclass(frozen=True)
class LogEntry:
    """How a log is told in an article: the article's title and category, the log's path, its topic and a link to it."""

    title: str
    category: str
    source: str
    topic: str
    link: str


def compile_article(draft: bytes, old: str | None, entry: LogEntry, day: str) -> str:
    """The article that a draft without complaints becomes; with the line ends of `old`."""
    text = draft.decode().replace("\r\n", "\n").removeprefix("\ufeff")
    facts = front_matter.read_facts(text)
    changes = {
        "title": facts.get("title") or entry.title,
        "category": facts.get("category") or entry.category,
        "last_compiled": day,
        "last_refreshed": None,
        "resolved": None,  # a word to the check about this one draft
    }
    made = front_matter.edited(text, changes, entry.source).rstrip("\n") + "\n"
    return made.replace("\n", "\r\n") if old and "\r\n" in old else made


def refresh_article(old: str, entry: LogEntry, day: str) -> str:
    """`old` with the log among its sources and in its history; every other line stays as it is."""
    text = _with_history(old, entry, day)
    try:
        if text == old and entry.source in front_matter.texts(front_matter.read_facts(old).get("sources")):
            return old
        return front_matter.edited(text, {"last_refreshed": day}, entry.source)
    except UsageError:  # a front matter that we had better not touch
        return text


def new_article(entry: LogEntry, day: str) -> str:
    """The first article of a scope when no agent wrote one."""
    facts = {"title": entry.title, "category": entry.category}
    lines = [
        "---",
        *(f"{key}: {front_matter.scalar(value)}" for key, value in facts.items()),
        "sources:",
        f"  - {front_matter.scalar(entry.source)}",
        f"last_refreshed: {day}",
        "---",
        "",
        f"# {markdown.plain(entry.title)}",
        "",
        "## Patterns",
        "",
        "## History",
        "",
        _history_line(entry, day),
        "",
    ]
    return "\n".join(lines)


def _history_line(entry: LogEntry, day: str) -> str:
    found = _DAY.match(entry.source.rpartition("/")[2])  # a log's name begins with its day
    return f"- {found[0] if found else day}: {markdown.plain(entry.topic)} ([log]({entry.link}))"


def _with_history(old: str, entry: LogEntry, day: str) -> str:
    """`old` with a line for the log in its `## History`, once."""
    if any(f"]({entry.link})" in line for line in outline.lines_of(old, "History")):
        return old
    return with_history_line(old, _history_line(entry, day))


def with_history_line(old: str, told: str) -> str:
    """`old` with the line `told` at the end of its `## History`, which is made when it is missing."""
    end = "\r" if "\r\n" in old else ""
    lines, line = old.split("\n"), told + end
    found = outline.sections(old, "History")
    if not found:
        return old + ("" if old.endswith("\n") or not old else f"{end}\n") + f"{end}\n## History{end}\n{end}\n{line}\n"
    _, start, stop = found[-1]
    while not lines[stop - 1].strip():
        stop -= 1
    if stop == len(lines):  # no line end at the end of the article
        lines = [*lines[:-1], lines[-1] + end, ""]
    is_list = stop > start + 1 and re.match(r"[ \t]*[-*+] ", lines[stop - 1])
    return "\n".join([*lines[:stop], *([] if is_list else [end]), line, *lines[stop:]])
