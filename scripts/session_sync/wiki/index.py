"""wiki/index.md: a line for each article; what people wrote around these lines stays as it is."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NamedTuple
from urllib.parse import quote, unquote

from session_sync.text import markdown, outline

TITLE = "# Wiki"
OTHERS = "General"  # the section of what has none
COMPILED, REFRESHED = "compiled", "refreshed"
_LONGEST_TITLE = 200
_LONGEST_STATUS = 40
_LINE = re.compile(
    r"[-*] \[(?:\\.|[^\[\]\\])*\]\((?P<target>[^()\s<>]+)\)"
    r"(?: — (?:compiled|refreshed) (?P<day>\d{4}-\d\d-\d\d)(?:, [^,]+)?)?"
)
_HEADINGS = ("wiki", "projects", "clients", "general")


@dataclass(frozen=True)
class IndexEntry:
    """An article as the index tells it; `target` is its path below wiki/, `state` "compiled" or "refreshed"."""

    category: str
    target: str
    title: str
    state: str
    day: str
    status: str = ""


class _Found(NamedTuple):
    """An entry's line in a text, and the title of the section that it is in."""

    number: int
    line: str
    day: str
    section: str


def with_entry(text: str, entry: IndexEntry) -> str:
    """`text` with the line of `entry` in place of the article's old one, else sorted into its category's section."""
    return _placed(text, entry.target, _line(entry), entry.category.capitalize())


def entry_lines(text: str) -> list[tuple[int, str, str]]:
    """The lines of the index that tell of an article: the line's number, the line, and the article's target."""
    return [(one.number + 1, one.line, target) for target, one in _entries(text).items()]


def merge_index(base: str, ours: str, theirs: str) -> str | None:
    """`theirs` with what we changed in entries since `base`; None when we changed anything else.

    Where both changed an article's line, the later date wins.
    """
    before, mine, other = _entries(base), _entries(ours), _entries(theirs)
    if _others(ours) != _others(base):
        return None
    gone = [t for t in before if t not in mine and t in other and other[t].line == before[t].line]
    merged = _without(theirs, {other[target].number for target in gone})
    for target, one in mine.items():
        known = before.get(target)
        if known is not None and known.line == one.line:
            continue
        rival = other.get(target)
        is_theirs_changed = rival is not None and (known is None or rival.line != known.line)
        if rival is None or not is_theirs_changed or one.day > rival.day:
            merged = _placed(merged, target, one.line, one.section or OTHERS)
    return merged


def _line(entry: IndexEntry) -> str:
    status = markdown.plain(entry.status.replace(",", " ").strip(), _LONGEST_STATUS)
    title = markdown.plain(entry.title, _LONGEST_TITLE) or entry.target
    return f"- [{title}]({quote(entry.target)}) — {entry.state} {entry.day}{f', {status}' if status else ''}"


def _placed(text: str, target: str, line: str, section: str) -> str:
    """`text` with `line` for `target`: in the old line's place, else sorted into `section`, made if need be."""
    end = "\r" if "\r\n" in text else ""
    found = _entries(text).get(target)
    if found:
        lines = text.split("\n")
        lines[found.number] = line + lines[found.number][len(lines[found.number].rstrip()) :]
        return "\n".join(lines)
    if text and not text.endswith("\n"):
        text += f"{end}\n"
    if _section(text, section) is None:
        text = (f"{text}{end}\n" if text else f"{TITLE}\n\n") + f"## {section}{end}\n"
    start, stop = _section(text, section) or (0, 0)
    lines = text.split("\n")
    entries = [(other, one.number) for other, one in _entries(text).items() if start <= one.number < stop]
    if entries:
        place = next((number for other, number in entries if other > target), entries[-1][1] + 1)
        return "\n".join([*lines[:place], line + end, *lines[place:]])
    while not lines[stop - 1].strip():
        stop -= 1
    after = [end] if lines[stop].strip() else []
    return "\n".join([*lines[:stop], end, line + end, *after, *lines[stop:]])


def _section(text: str, title: str) -> tuple[int, int] | None:
    """The lines [start, end) of the section called `title`, with its heading."""
    return next(((one.start, one.end) for one in outline.sections(text, title)), None)


def _entries(text: str) -> dict[str, _Found]:
    """The entries in `text` by target, in their order; of two for one target the first."""
    found: dict[str, _Found] = {}
    lines = text.replace("\r\n", "\n").split("\n")
    titles = {heading.line: heading.title for heading in outline.headings(text) if heading.level <= 2}
    section = ""
    for number, (line, is_code) in enumerate(zip(lines, outline.fenced(lines), strict=True)):
        section = titles.get(number, section)
        match = None if is_code else _LINE.fullmatch(line.rstrip())
        if match:
            target = unquote(match["target"]).removeprefix("./")
            found.setdefault(target, _Found(number, line.rstrip(), match["day"] or "", section))
    return found


def _others(text: str) -> list[str]:
    """The lines of `text` that people wrote: all but entries, blank lines and the headings that we make."""
    ours = {one.number for one in _entries(text).values()}
    ours |= {one.line for one in outline.headings(text) if one.level <= 2 and one.title.lower() in _HEADINGS}
    lines = [line.rstrip() for number, line in enumerate(text.split("\n")) if number not in ours]
    return [line for line in lines if line]


def _without(text: str, numbers: set[int]) -> str:
    return "\n".join(line for number, line in enumerate(text.split("\n")) if number not in numbers)
