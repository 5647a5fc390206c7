"""The lines in which people read what rounds in shared trees did, made from the reports."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import groupby
from operator import attrgetter
from pathlib import Path

from session_sync.errors import DONE
from session_sync.home import paths
from session_sync.scan import advice
from session_sync.scan.advice import Advice
from session_sync.sync.commands import Copied
from session_sync.sync.report import SaveTreeReport, SyncReport, SyncTreeReport, TreeReport
from session_sync.text.lines import counted

MOST_SHOWN = 20  # lines of a list that people read
_DIGITS = 12  # of a commit


def sync_lines(report: SyncReport, copied: Copied) -> list[str]:
    """The report of a sync; `copied` has the authors of the commands that came."""
    told = tree_lines(report.tree)
    told += tree_lines(report.vault, "vault ") if report.vault else []
    told += [f"command copied: {name} (last changed by {author})" for name, author in copied.copied]
    told += [f"[WARNING] command not copied: {name}: {reason}" for name, reason in copied.kept]
    return told + [f"[WARNING] {text}" for text in report.warnings]


def save_lines(report: SaveTreeReport, log: str) -> list[str]:
    """The report of a save; `log` is the log's path as it may be told."""
    told = [f"saved {log}", *tree_lines(report)]
    if report.wiki.status != "none":
        told.append(f"wiki: {report.wiki.status}")
    told += report.wiki.messages
    if report.waiting:
        told.append(f"{counted(report.waiting, 'commit')} by others on {report.upstream}; run /sync")
    return told


def tree_lines(report: TreeReport, kind: str = "") -> list[str]:
    """The report of one round; `kind` is put before the tree's name."""
    name = kind + Path(report.root).name
    told = [*_problems(report, name), *_work(report, name)]
    told += _some([f"[WARNING] not committed {one.path}: {one.reason}" for one in report.left])
    told += _some([f"[WARNING] withheld {one}" for one in _withheld(report)])
    told += _some([f"moved {one.path} out of the tree: {one.to}" for one in report.moved])
    return told + [f"[WARNING] {text}" for text in report.warnings]


def _problems(report: TreeReport, name: str) -> list[str]:
    if report.code == DONE:
        return []
    told = [f"{name} {report.status}: {report.message}"]
    return told + _some([f"  conflict: {path}" for path in report.conflicts])


def _work(report: TreeReport, name: str) -> list[str]:
    told = []
    if report.committed:
        told.append(f"{name}: committed {counted(len(report.files), 'file')} as {report.committed[:_DIGITS]}")
        told += _some([f"  {path}" for path in report.files])
    if report.pulled:
        authors = Counter(one.author for one in report.pulled)
        by = ", ".join(f"{author} ({count})" for author, count in authors.most_common())
        told.append(f"{name}: pulled {counted(len(report.pulled), 'commit')} by {by}")
        told += _some([f"  {one.commit[:_DIGITS]} {one.author}: {one.subject}" for one in report.pulled])
    for category, counts in report.wiki.items() if isinstance(report, SyncTreeReport) else ():
        told.append(f"{name}: wiki {category}: " + ", ".join(f"{count} {change}" for change, count in counts.items()))
    if report.pushed:
        commits = [one[:_DIGITS] for one in report.pushed]
        told.append(f"{name}: pushed to {report.upstream}: {' '.join(map(str.strip, _some(commits)))}")
    if report.head:
        where = f"on {report.branch}{_relation(report)}" if report.branch else "(detached)"
        told.append(f"{name}: HEAD is {report.head[:_DIGITS]} {where}")
    return told


def _relation(report: TreeReport) -> str:
    if not report.upstream:
        return "; no remote yet"
    if report.code == DONE and report.head == report.remote_head:
        return f", the same as {report.upstream}"
    return f"; {report.upstream} is {report.remote_head[:_DIGITS] or 'unknown'}"


def _some(items: list[str]) -> list[str]:
    """As many lines as people read, and how many more there are; the report has them all."""
    more = [f"  and {len(items) - MOST_SHOWN} more"] if len(items) > MOST_SHOWN else []
    return items[:MOST_SHOWN] + more


def _withheld(report: TreeReport) -> Iterator[str]:
    """For each file and type, where it was found and how to go on."""
    alike = attrgetter("path", "type", "change", "piiignore")
    place = str(Path(report.root) / paths.ignore_file().name)
    for (path, _, *way), group in groupby(sorted(report.withheld, key=alike), key=alike):
        yield advice.told(path, [(one.line, one.type) for one in group], Advice(*way), place)
