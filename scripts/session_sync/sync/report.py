"""What rounds in shared trees did, for programs (schemas/sync-report.json) and for people."""

from __future__ import annotations

from collections import Counter
from typing import Any

from session_sync.errors import DONE, STATUS
from session_sync.logs import shared_tree
from session_sync.scan.gate import FILE_NAME, Findings
from session_sync.sync.outcome import Outcome
from session_sync.sync.tree.tree import NOTHING
from session_sync.sync.withholding import shown
from session_sync.text.lines import counted

MOST_SHOWN = 20  # lines of a list that people read
SHORT = 12  # digits of a commit


def report(outcome: Outcome) -> dict[str, Any]:
    """The report of one tree's round."""
    return {
        "status": STATUS.get(outcome.code, "failed"),
        "code": outcome.code,
        "message": outcome.message,
        "root": str(outcome.root),
        "branch": outcome.branch,
        "upstream": outcome.upstream,
        "head": outcome.head,
        "remote_head": outcome.remote_head,
        "committed": outcome.committed,
        "files": outcome.files,
        "pulled": [one._asdict() for one in outcome.pulled],
        "pushed": outcome.pushed,
        "wiki": wiki(outcome),
        "conflicts": outcome.conflicts,
        "conflict_branch": outcome.conflict_branch,
        "left": [{"path": path, "reason": reason} for path, reason in outcome.left],
        "withheld": [
            {"path": shown(path), "line": line, "type": kind}
            for path, found in outcome.withheld
            for line, kind in found
        ],
        "moved": [{"path": path, "to": str(place)} for path, place in outcome.moved],
        "retries": outcome.retries,
        "warnings": outcome.warnings,
    }


def wiki(outcome: Outcome) -> dict[str, dict[str, int]]:
    """How many articles came new, were updated or removed, by category."""
    found: dict[str, Counter[str]] = {}
    for path, (before, now) in outcome.incoming.items():
        parts = shown(path).split("/")
        if parts[0] == shared_tree.WIKI and parts[-1] != "index.md":
            category = parts[1] if len(parts) > 2 else shared_tree.GENERAL
            status = "new" if before == NOTHING else "removed" if now == NOTHING else "updated"
            found.setdefault(category, Counter())[status] += 1
    return {category: dict(sorted(counts.items())) for category, counts in sorted(found.items())}


def lines(outcome: Outcome, name: str) -> list[str]:
    """The report for people; `name` says which tree."""
    told = [*_problems(outcome, name), *_done(outcome, name)]
    told += _some([f"[WARNING] not committed {path}: {reason}" for path, reason in outcome.left])
    told += _some([f"[WARNING] withheld {shown(path)}: {_findings(found)}" for path, found in outcome.withheld])
    if outcome.withheld:
        told.append("[WARNING] take it out, or say in .piiignore why it is no leak")
    told += _some([f"moved {path} out of the tree: {place}" for path, place in outcome.moved])
    return told + [f"[WARNING] {text}" for text in outcome.warnings]


def _problems(outcome: Outcome, name: str) -> list[str]:
    if outcome.code == DONE:
        return []
    told = [f"{name} {STATUS.get(outcome.code, 'failed')}: {outcome.message}"]
    return told + _some([f"  conflict: {path}" for path in outcome.conflicts])


def _done(outcome: Outcome, name: str) -> list[str]:
    told = []
    if outcome.committed:
        told.append(f"{name}: committed {counted(len(outcome.files), 'file')} as {outcome.committed[:SHORT]}")
        told += _some([f"  {path}" for path in outcome.files])
    if outcome.pulled:
        authors = Counter(one.author for one in outcome.pulled)
        by = ", ".join(f"{author} ({count})" for author, count in authors.most_common())
        told.append(f"{name}: pulled {counted(len(outcome.pulled), 'commit')} by {by}")
        told += _some([f"  {one.commit[:SHORT]} {one.author}: {one.subject}" for one in outcome.pulled])
    for category, counts in wiki(outcome).items():
        told.append(f"{name}: wiki {category}: " + ", ".join(f"{count} {status}" for status, count in counts.items()))
    if outcome.pushed:
        commits = [one[:SHORT] for one in outcome.pushed]
        told.append(f"{name}: pushed to {outcome.upstream}: {' '.join(map(str.strip, _some(commits)))}")
    if outcome.head:
        where = f"on {outcome.branch}{_relation(outcome)}" if outcome.branch else "(detached)"
        told.append(f"{name}: HEAD is {outcome.head[:SHORT]} {where}")
    return told


def _relation(outcome: Outcome) -> str:
    if not outcome.upstream:
        return "; no remote yet"
    if outcome.code == DONE and outcome.head == outcome.remote_head:
        return f", the same as {outcome.upstream}"
    return f"; {outcome.upstream} is {outcome.remote_head[:SHORT] or 'unknown'}"


def _some(items: list[str]) -> list[str]:
    """As many lines as people read, and how many more there are; the report has them all."""
    more = [f"  and {len(items) - MOST_SHOWN} more"] if len(items) > MOST_SHOWN else []
    return items[:MOST_SHOWN] + more


def _findings(found: Findings) -> str:
    """Where the findings in a file are, and of what type."""
    places = [f"{f'line {line}' if line != FILE_NAME else 'its name'}: {kind}" for line, kind in found[:MOST_SHOWN]]
    return ", ".join(places)
