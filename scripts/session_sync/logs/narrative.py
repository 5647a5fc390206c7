"""The narrative of a session log: Markdown with fixed sections in a fixed order."""

from __future__ import annotations

from session_sync.errors import UsageError
from session_sync.text import outline

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


def decode_narrative(data: bytes) -> str:
    """The text of a narrative, line ends plain and bytes that are not UTF-8 replaced. Raises UsageError when empty."""
    text = data.decode("utf-8-sig", errors="replace").replace("\r\n", "\n").replace("\r", "\n").replace("\0", "")
    if not text.strip():
        raise UsageError("the narrative is empty; give its Markdown on standard input")
    return text.strip() + "\n"


def check_sections(text: str, complete: bool = True) -> None:
    """Raise UsageError unless the sections of `text` are each there once, in order; `complete` wants all of them."""
    present = [one.title for one in outline.sections(text) if one.title in SECTIONS]
    missing = [title for title in SECTIONS if complete and title not in present and title not in OMITTABLE]
    if missing:
        lacks = f"the narrative lacks {_listed(missing)}{_hidden(text, missing)}"
        raise UsageError(f"{lacks}; write each as a line of its own and save again")
    twice = sorted({title for title in present if present.count(title) > 1})
    if twice:
        raise UsageError(f"the narrative has {_listed(twice)} more than once; join them and save again")
    ordered = [title for title in SECTIONS if title in present]
    wrong = [title for title, right in zip(present, ordered, strict=True) if title != right]
    if wrong:
        raise UsageError(
            f"the narrative's sections are out of order at {_listed(wrong[:1])}; the order is {_listed(ordered)}"
        )


def _hidden(text: str, titles: list[str]) -> str:
    """Where the first of the `titles` stands that something around it keeps from being a heading."""
    wanted = [f"## {title}" for title in titles]
    number = next((number for number, line in enumerate(text.split("\n"), 1) if line.strip() in wanted), 0)
    return f" (line {number} is within code, HTML or a list; end that before it)" if number else ""


def with_user(text: str, block: str) -> str:
    """`text` with `block` as its User section, in place of what the writer put there or before the first section."""
    lines = text.split("\n")
    start, end = _user_lines(text)
    return "\n".join([*lines[:start], f"## {USER}", "", *block.rstrip("\n").split("\n"), "", *lines[end:]])


def without_user(text: str) -> str:
    """`text` without its User section: an update repeats none."""
    lines = text.split("\n")
    start, end = _user_lines(text)
    return "\n".join([*lines[:start], *lines[end:]])


def _user_lines(text: str) -> tuple[int, int]:
    """The lines [start, end) of the User section; where it belongs, and empty, when there is none."""
    found = outline.sections(text)
    first = found[0].start if found else 0
    return next(((one.start, one.end) for one in found if one.title == USER), (first, first))


def demoted(text: str) -> str:
    """`text` with every heading below level 2, so that it fits under an `## Update` heading."""
    lines = text.split("\n")
    for heading in outline.headings(text):
        level = min(6, max(3, heading.level + 1))
        lines[heading.line] = "#" * (level - heading.level) + lines[heading.line].lstrip(" ")
    return "\n".join(lines)


def _listed(titles: list[str]) -> str:
    return ", ".join(f"'## {title}'" for title in titles)
