"""The front matter of a wiki article: read as texts, and changed in place without touching any other line."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from session_sync.errors import UsageError
from session_sync.home import user_yaml

_FRONT = re.compile(r"\A(\ufeff?---[ \t]*\r?\n)(.*?)(^---[ \t]*\r?(?:\n|\Z).*)\Z", re.DOTALL | re.MULTILINE)
_PLAIN = re.compile(r"[A-Za-z][\w./-]*(?: [\w./-]+)*|\d{4}-\d\d-\d\d", re.ASCII)
_WORDS = ("null", "true", "false", "yes", "no", "on", "off", "y", "n")  # what YAML takes for something else
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_LONGEST = 262_144  # characters: a source for each of thousands of sessions
# The parser's C code recurses: what is nested tens of thousands of levels deep would end the process.
_LONGEST_LINE, _MOST_BRACKETS = 2000, 1000


def split(text: str) -> tuple[str, str, str] | None:
    """What is before, in and after the YAML of `text`'s front matter; joined they are `text`. None without any."""
    found = _FRONT.match(text)
    return (found[1], found[2], found[3]) if found else None


def body(text: str) -> str:
    """`text` without its front matter."""
    parts = split(text)
    return parts[2].partition("\n")[2] if parts else text


def read_facts(text: str) -> dict[str, Any]:
    """The values in the front matter of `text`: texts, and lists and mappings of them.

    Raises UsageError when there is no front matter or it cannot be read.
    """
    parts = split(text)
    if parts is None:
        raise UsageError("the front matter is missing; begin with a line `---`, the keys, and a line `---`")
    return _parsed(parts[1])


def read_facts_anyway(text: str) -> dict[str, Any]:
    """The values in the front matter of `text`, none when it cannot be read."""
    try:
        return read_facts(text)
    except UsageError:
        return {}


def texts(value: object) -> list[str]:
    """The texts of a list in front matter; of anything else none."""
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []


def day_of(value: object) -> date | None:
    """The date that `value` tells as YYYY-MM-DD, or None."""
    try:
        return date.fromisoformat(value) if isinstance(value, str) and _DAY.fullmatch(value) else None
    except ValueError:
        return None


def edited(text: str, changes: Mapping[str, str | None], source: str = "") -> str:
    """`text` with the keys in its front matter set, or removed where None, and `source` added to `sources`.

    All other lines stay as they are. Raises UsageError when that cannot be done with this front matter.
    """
    parts = split(text)
    before = read_facts(text)
    assert parts is not None  # noqa: S101 - or facts had raised
    end = "\r" if parts[0].endswith("\r\n") else ""
    lines = parts[1].split("\n")[:-1]
    for key, value in changes.items():
        if value is None or before.get(key) != value:
            lines = _with(lines, key, value, end)
    if source and source not in texts(before.get("sources")):
        lines = _with_source(lines, source, end)
    changed = parts[0] + "".join(f"{line}\n" for line in lines) + parts[2]
    if read_facts_anyway(changed) != _meant(before, changes, source):
        raise UsageError("the front matter is written in an unusual way; give each source a line `  - PATH` of its own")
    return changed


def scalar(text: str) -> str:
    """`text` as a YAML value on one line."""
    if _PLAIN.fullmatch(text) and text.lower() not in _WORDS:
        return text
    return json.dumps(text, ensure_ascii=False)


def _parsed(yaml: str) -> dict[str, Any]:
    lines = yaml.split("\n")
    is_deep = yaml.count("[") + yaml.count("{") > _MOST_BRACKETS
    if len(yaml) > _LONGEST or is_deep or any(len(line) > _LONGEST_LINE for line in lines):
        raise UsageError("the front matter is too large; keep it to short keys and a list of sources")
    content = user_yaml.parse(yaml.encode(errors="replace"), "the front matter", texts=True)
    if content is None or content == "":
        return {}
    if not isinstance(content, dict):
        raise UsageError("the front matter has no keys; write `title: ...`, `last_compiled: ...` and `sources:`")
    return content


def _meant(before: Mapping[str, Any], changes: Mapping[str, str | None], source: str) -> dict[str, Any]:
    """The values that the front matter must have after the changes."""
    meant = {**before, **changes}
    if source:
        sources = before.get("sources") or []
        if not isinstance(sources, list):
            raise UsageError("`sources` in the front matter is not a list; give each source a line `  - PATH`")
        meant["sources"] = sources if source in sources else [*sources, source]
    return {key: value for key, value in meant.items() if value is not None}


def _with(lines: list[str], key: str, value: str | None, end: str) -> list[str]:
    """`lines` with `key` set to `value`, or without it."""
    start, stop = _entry(lines, key) or (len(lines), len(lines))
    return [*lines[:start], *([] if value is None else [f"{key}: {scalar(value)}{end}"]), *lines[stop:]]


def _with_source(lines: list[str], source: str, end: str) -> list[str]:
    """`lines` with `source` as the last of `sources`, in the form that the list has."""
    item = scalar(source)
    found = _entry(lines, "sources")
    if found is None:
        return [*lines, f"sources:{end}", f"  - {item}{end}"]
    start, stop = found
    first = lines[start].rstrip()
    if first.endswith("]"):
        begun = first[:-1].rstrip()
        comma = "" if begun.endswith("[") else ", "
        return [*lines[:start], f"{begun}{comma}{item}]{end}", *lines[stop:]]
    indents = [match[1] for line in lines[start + 1 : stop] if (match := re.match(r"([ \t]*)- ", line))]
    return [*lines[:stop], f"{indents[0] if indents else '  '}- {item}{end}", *lines[stop:]]


def _entry(lines: list[str], key: str) -> tuple[int, int] | None:
    """The lines [start, end) of the top-level `key`."""
    opening = re.compile(rf"{re.escape(key)}[ \t]*:(?:\s|\Z)")
    start = next((number for number, line in enumerate(lines) if opening.match(line)), None)
    if start is None:
        return None
    stop = start + 1
    while stop < len(lines) and (not lines[stop].strip() or lines[stop][0] in " \t-"):
        stop += 1
    while not lines[stop - 1].strip():
        stop -= 1
    return start, stop
