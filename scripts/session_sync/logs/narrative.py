"""The narrative of a session log: Markdown with fixed sections in a fixed order."""

from __future__ import annotations

import re

from session_sync.errors import UsageError

USER = "User"
SECTIONS = (
    USER,
    "Session Summary",
    "Key Decisions",
    "Problems Encountered",
    "Configuration Changes",
    "Credentials & Secrets",
    "Infrastructure & Servers",
    "Commands & Outputs",
    "Pending / Incomplete Tasks",
    "Reference Information",
)
OMITTABLE = (USER, "Problems Encountered")  # `save` writes the User section itself
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
_HEADING = re.compile(r"(#{1,6})[ \t](.*)")


def decode(data: bytes) -> str:
    """The text of a narrative with plain line ends; what is no UTF-8 is replaced. Raises UsageError when empty."""
    text = data.decode("utf-8-sig", errors="replace").replace("\r\n", "\n").replace("\r", "\n").replace("\0", "")
    if not text.strip():
        raise UsageError("the narrative is empty; give its Markdown on standard input")
    return text.strip() + "\n"


def headings(text: str) -> list[tuple[int, int, str]]:
    """(line number from 0, level, title) of every heading outside fenced code."""
    found, fence = [], ""
    for number, ended in enumerate(text.split("\n")):
        line = ended.removesuffix("\r")
        mark = _FENCE.match(line)
        if fence:
            if mark and mark[1].startswith(fence) and not line.strip(" \t`~"):
                fence = ""
        elif mark:
            fence = mark[1]
        elif heading := _HEADING.fullmatch(line):
            found.append((number, len(heading[1]), heading[2].rstrip(" \t").rstrip("#").strip(" \t")))
    return found


def check(text: str, complete: bool = True) -> None:
    """Raise UsageError unless the sections of `text` are each there once, in order; `complete` wants all of them."""
    present = [title for _, level, title in headings(text) if level == 2 and title in SECTIONS]
    missing = [title for title in SECTIONS if complete and title not in present and title not in OMITTABLE]
    if missing:
        raise UsageError(f"the narrative lacks {_listed(missing)}; write each as a line of its own and save again")
    twice = sorted({title for title in present if present.count(title) > 1})
    if twice:
        raise UsageError(f"the narrative has {_listed(twice)} more than once; join them and save again")
    ordered = [title for title in SECTIONS if title in present]
    wrong = [title for title, right in zip(present, ordered, strict=True) if title != right]
    if wrong:
        raise UsageError(
            f"the narrative's sections are out of order at {_listed(wrong[:1])}; the order is {_listed(ordered)}"
        )


def with_user(text: str, block: str) -> str:
    """`text` with `block` as its User section, in place of what the writer put there or before the first section."""
    lines = text.split("\n")
    start, end = _user_section(text)
    return "\n".join([*lines[:start], f"## {USER}", "", *block.rstrip("\n").split("\n"), "", *lines[end:]])


def without_user(text: str) -> str:
    """`text` without its User section: an update repeats none."""
    lines = text.split("\n")
    start, end = _user_section(text)
    return "\n".join([*lines[:start], *lines[end:]])


def _user_section(text: str) -> tuple[int, int]:
    """The lines [start, end) of the User section; where it belongs, and empty, when there is none."""
    second = [(number, title) for number, level, title in headings(text) if level == 2]
    ends = [number for number, _ in second[1:]] + [text.count("\n") + 1]
    for (number, title), end in zip(second, ends, strict=False):
        if title == USER:
            return number, end
    first = second[0][0] if second else 0
    return first, first


def demoted(text: str) -> str:
    """`text` with every heading below level 2, so that it fits under an `## Update` heading."""
    lines = text.split("\n")
    for number, level, title in headings(text):
        lines[number] = f"{'#' * min(6, max(3, level + 1))} {title}"
    return "\n".join(lines)


def _listed(titles: list[str]) -> str:
    return ", ".join(f"'## {title}'" for title in titles)
