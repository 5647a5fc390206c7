"""Counts what is in an archive: sessions, messages and tokens, by source, project and day."""

from __future__ import annotations

from pathlib import Path

import msgspec

from session_sync.errors import DONE
from session_sync.text.lines import counted
from session_sync.transcripts.archive import hidden_json
from session_sync.transcripts.archive.hidden_json import Damaged, SessionHead

_DAYS = 14  # that people are shown


class Counts(msgspec.Struct):
    """How many sessions there are, and what is in them; the last five are tokens, as `session.Tokens` has them."""

    sessions: int = 0
    prompts: int = 0
    messages: int = 0
    input: int = 0
    output: int = 0
    cache_read: int = 0
    cache_write: int = 0
    reasoning: int = 0

    def add(self, head: SessionHead) -> None:
        """Count a session."""
        self.sessions += 1
        self.prompts += head.prompts
        self.messages += head.message_count
        for name in head.tokens.__struct_fields__:
            setattr(self, name, getattr(self, name) + getattr(head.tokens, name))

    def cells(self) -> list[str]:
        """The numbers with separators of thousands, in the order of the fields."""
        return [f"{number:,}" for number in msgspec.structs.astuple(self)]


class StatsReport(msgspec.Struct, kw_only=True):
    """What `export stats` tells; a day is that of a session's beginning, in UTC."""

    status: str = "done"
    code: int = DONE
    total: Counts
    by_source: dict[str, Counts]
    by_project: dict[str, Counts]
    by_day: dict[str, Counts]
    unreadable: int

    def lines(self) -> list[str]:
        """The report for people: a table."""
        rows: list[tuple[str, list[str]]] = [("", list(Counts.__struct_fields__))]
        days = list(self.by_day.items())[-_DAYS:]
        for group in (self.by_source.items(), self.by_project.items(), days):
            rows += [(name or "(none)", counts.cells()) for name, counts in group]
            rows.append(("", []))
        rows.append(("total", self.total.cells()))
        width = max([24, *map(len, self.by_project)])
        lines = [f"{name:{width}}" + "".join(f"{cell:>15}" for cell in cells) for name, cells in rows]
        if self.unreadable:
            lines.append(f"[WARNING] {counted(self.unreadable, 'file')} could not be read; see: export verify")
        return [line.rstrip() for line in lines]


def stats(folder: Path) -> StatsReport:
    """The report on all sessions below `folder`."""
    total = Counts()
    sources: dict[str, Counts] = {}
    projects: dict[str, Counts] = {}
    days: dict[str, Counts] = {}
    unreadable = 0
    for path in hidden_json.session_files(folder):
        try:
            head = hidden_json.read_head(path)
        except (OSError, Damaged):
            unreadable += 1
            continue
        total.add(head)
        for group, name in ((sources, head.source), (projects, head.project), (days, head.started[:10])):
            group.setdefault(name, Counts()).add(head)
    ordered = [dict(sorted(group.items())) for group in (sources, projects, days)]
    return StatsReport(
        total=total, by_source=ordered[0], by_project=ordered[1], by_day=ordered[2], unreadable=unreadable
    )
