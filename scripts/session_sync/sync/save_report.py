"""The Post-commit Summary: what a save did in a shared tree, for programs and for people."""

from __future__ import annotations

from typing import Any

from session_sync.sync import report as sync_report
from session_sync.sync.tree_save import Done, Saving
from session_sync.text.lines import counted


def report(saving: Saving, done: Done) -> dict[str, Any]:
    """The report of a save's round; "summary" holds the lines for people."""
    return {
        **sync_report.report(done.outcome),
        "wiki": {"status": done.wiki.status, "messages": done.wiki.messages,
                 "paths": [path.relative_to(saving.root).as_posix() for path in done.wiki.paths]},
        "waiting": done.outcome.waiting,
        "summary": _lines(saving, done),
    }  # fmt: skip


def _lines(saving: Saving, done: Done) -> list[str]:
    told = [f"saved {done.name}", *sync_report.lines(done.outcome, saving.root.name)]
    if done.wiki.status != "none":
        told.append(f"wiki: {done.wiki.status}")
    told += done.wiki.messages
    if done.outcome.waiting:
        waiting = counted(done.outcome.waiting, "commit")
        told.append(f"{waiting} by others on {done.outcome.upstream}; run /sync")
    return told
