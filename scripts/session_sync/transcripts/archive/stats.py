"""Counts what is in an archive: sessions, messages and tokens, by source, project and day."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from session_sync.errors import DONE
from session_sync.text.lines import counted
from session_sync.transcripts.archive import hidden_json as archived
from session_sync.transcripts.archive.hidden_json import Damaged, Head

_COUNTS = ("sessions", "prompts", "messages", "input", "output", "cache_read", "cache_write", "reasoning")
_DAYS = 14  # that people are shown
Counts = dict[str, int]


def stats(folder: Path) -> dict[str, Any]:
    """The report on all sessions below `folder`; a day is that of a session's beginning, in UTC."""
    total = dict.fromkeys(_COUNTS, 0)
    groups: dict[str, dict[str, Counts]] = {"by_source": {}, "by_project": {}, "by_day": {}}
    unreadable = 0
    for path in archived.found(folder):
        try:
            head = archived.read_head(path)
        except (OSError, Damaged):
            unreadable += 1
            continue
        _add(total, head)
        for group, name in zip(groups.values(), (head.source, head.project, head.started[:10]), strict=True):
            _add(group.setdefault(name, dict.fromkeys(_COUNTS, 0)), head)
    ordered = {name: dict(sorted(group.items())) for name, group in groups.items()}
    content = {"status": "done", "code": DONE, "total": total, **ordered, "unreadable": unreadable}
    return {**content, "summary": _lines(content)}


def _add(counts: Counts, head: Head) -> None:
    counts["sessions"] += 1
    counts["prompts"] += head.prompts
    counts["messages"] += head.message_count
    for name in head.tokens.__struct_fields__:
        counts[name] += getattr(head.tokens, name)


def _lines(content: dict[str, Any]) -> list[str]:
    """The report for people: a table."""
    width = max([24, *(len(name) for name in content["by_project"])])
    rows: list[tuple[str, tuple[str, ...]]] = [("", _COUNTS)]
    for title in ("by_source", "by_project", "by_day"):
        group = list(content[title].items())
        shown = group[-_DAYS:] if title == "by_day" else group
        rows += [(name or "(none)", tuple(f"{counts[one]:,}" for one in _COUNTS)) for name, counts in shown]
        rows.append(("", ()))
    rows.append(("total", tuple(f"{content['total'][one]:,}" for one in _COUNTS)))
    lines = [f"{name:{width}}" + "".join(f"{cell:>15}" for cell in cells) for name, cells in rows]
    if content["unreadable"]:
        lines.append(f"[WARNING] {counted(content['unreadable'], 'file')} could not be read; see: export verify")
    return [line.rstrip() for line in lines]
