"""Writes Markdown (GFM) around texts of any kind: none of them can end the place that it is put in."""

from __future__ import annotations

import re
from urllib.parse import quote

from session_sync.text.lines import counted
from session_sync.text.visible import one_line, visible

MOST = 4000  # characters of a block that are shown
MOST_LINES = 80
_LONGEST_URL = 2000
_HOST = re.compile(r"[^\s/?#@\\]+(?:[/?#]|\Z)")  # without a name before it that looks like another host
_SLACK = 1.1  # what is hardly longer is shown whole
_TICKS = re.compile("`+")
_LANGUAGE = re.compile(r"[ \t]*([A-Za-z0-9_+#.-]{1,30})")
_DRAWN = frozenset(("mermaid", "plantuml", "geojson", "topojson", "stl"))  # forges draw them and load what they name
# What means something within a line; not `_` between letters, nor `&` and `<` that begin nothing.
_ACTIVE = re.compile(r"[\\`*\[\]|~$]|<(?=[A-Za-z/!?])|&(?=[#A-Za-z])|(?<![^\W_])_|_(?![^\W_])|#+$")

_ENTITIES = {"&": "&amp;", "<": "&lt;", "|": "&#124;"}


def plain(text: str, most: int = 300) -> str:
    """`text` on one line of a heading, paragraph or table, where it shows as it is."""
    line = one_line(text, most)
    return _ACTIVE.sub(_escaped, line) if _ACTIVE.search(line) else line


def html(text: str, most: int = 300) -> str:
    """`text` on one line within HTML."""
    line = one_line(text, most)
    if "<" not in line and "&" not in line:
        return line
    return line.replace("&", "&amp;").replace("<", "&lt;")


def code(text: str, most: int = 300) -> str:
    """`text` on one line of a paragraph, as code."""
    line = one_line(text, most) or " "
    ticks = "`" * (_longest_ticks(line) + 1)
    return f"{ticks} {line} {ticks}" if "`" in line else f"`{line}`"


def link(text: str, path: str) -> str:
    """A link to `path`, a relative URL."""
    return f"[{plain(text)}]({quote(path, safe='/%#?=&~+,;@!')})"


def web_link(text: str, url: str) -> str:
    """A link to `url` if that is a page in the web, which people can go to, else the URL as code."""
    scheme, colon, rest = one_line(url, _LONGEST_URL).partition("://")
    if not colon or scheme.lower() not in ("http", "https") or len(url) > _LONGEST_URL or not _HOST.match(rest):
        return code(url)
    return f"[{plain(text)}]({scheme.lower()}://{quote(rest, safe='/%#?=&~+,;@!:')})"


def picture(text: str, path: str) -> str:
    """The picture at `path`, a relative path, not encoded; `text` stands where it cannot be shown."""
    return f"![{plain(text, 100)}]({quote(path)})"


def details(summary: str, content: str) -> str:
    """A block that shows `summary` (HTML) until it is opened; `content` is Markdown that ends with a blank line."""
    return f"<details>\n<summary>{summary}</summary>\n\n{content}</details>\n\n"


def table(rows: list[tuple[str, str]], columns: str = "|---|---|") -> str:
    """A table of `rows`, the first of which is its heading; the cells are Markdown, `plain` or a link."""
    head, *rest = (f"| {left} | {right} |\n" for left, right in rows)
    return f"{head}{columns}\n{''.join(rest)}\n"


def fence(text: str, info: str = "", most: int = MOST, most_lines: int = MOST_LINES) -> str:
    """A block in the language `info` that holds exactly `text`; of a long one the ends, and a line that says so."""
    if len(text) <= most * _SLACK and (len(text) <= most_lines or text.count("\n") <= most_lines * _SLACK):
        return _fenced(text, info)
    start, end = ends(text, most, most_lines)
    return _fenced(start, info) + left_out(text, start, end) + _fenced(end, info)


def ends(text: str, most: int, most_lines: int) -> tuple[str, str]:
    """The beginning and the end of a long `text`, of whole lines if they are not too long; two thirds and one."""
    return _start(text, most * 2 // 3, most_lines * 2 // 3), _end(text, most // 3, most_lines // 3)


def _start(text: str, size: int, most_lines: int) -> str:
    start = text[:size]
    lines = start.split("\n", most_lines)
    if len(lines) > most_lines or (len(lines) > 1 and len(lines[-1]) < size // 2):
        return start[: -len(lines[-1]) - 1]
    return start


def _end(text: str, size: int, most_lines: int) -> str:
    end = text[-size:]
    lines = end.rsplit("\n", most_lines)
    if len(lines) > most_lines or (len(lines) > 1 and len(lines[0]) < size // 2):
        return end[len(lines[0]) + 1 :]
    return end


def left_out(text: str, start: str, end: str) -> str:
    """The line that says how much of `text` is not in its `start` and `end`."""
    characters = len(text) - len(start) - len(end)
    lines = text.count("\n", len(start), len(text) - len(end))
    left = f"{counted(characters, 'character', ',')} ({counted(lines, 'line', ',')})"
    return f"*… {left} left out, all of it is in the JSON …*\n\n"


def longest_ticks(text: str) -> int:
    """The length of the longest run of backticks in `text` that could end a block; 2 or less count as 2."""
    return _longest_ticks(text) if "`" in text and "```" in text else 2


def language(info: str) -> str:
    """The language of a block, if `info` begins with the name of one that is shown as text."""
    match = _LANGUAGE.match(info)
    return match[1] if match and match[1].lower() not in _DRAWN else ""


def _fenced(text: str, info: str) -> str:
    text = visible(text)
    ticks = "`" * (longest_ticks(text) + 1) if "`" in text else "```"
    end = "\n" if text and text[-1] != "\n" else ""
    return f"{ticks}{info}\n{text}{end}{ticks}\n\n"


def _longest_ticks(text: str) -> int:
    return max(map(len, _TICKS.findall(text)), default=0)


def _escaped(match: re.Match[str]) -> str:
    return "".join(_ENTITIES.get(character, f"\\{character}") for character in match[0])
