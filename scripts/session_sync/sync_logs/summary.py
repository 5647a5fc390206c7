"""What sync-logs did, for people: every line is made here."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from operator import attrgetter

from session_sync.errors import DONE, STATUS
from session_sync.home import paths
from session_sync.home.config import UNKNOWN
from session_sync.scan import advice
from session_sync.scan.advice import Advice
from session_sync.sync_logs.report import PreviewReport, RoundReport, StatusReport, Withheld
from session_sync.sync_logs.repository.outcome import Outcome
from session_sync.sync_logs.repository.outgoing import amount, contents
from session_sync.text.lines import age, counted

NAMED = 3  # files in a line about many
NO_REMOTE = 'no remote yet; run "scripts/run sync-logs --init"'


def of_round(report: RoundReport, outcomes: list[Outcome]) -> list[str]:
    """What became of each log repository, what was left undone, and what the round warns of."""
    return [*map(_repository, outcomes), *_warnings(report)]


def _repository(outcome: Outcome) -> str:
    branch = f"machines/{outcome.machine.uuid}"
    if outcome.code != DONE:
        return f"sync {STATUS[outcome.code]}: {outcome.remote}: {outcome.message}"
    if outcome.committed:
        return f"synced {contents(outcome.committed)} from {outcome.machine.hostname} to {outcome.remote} ({branch})"
    there = amount(outcome.logs, outcome.transcripts)
    if not there:
        return f"no session logs yet; {outcome.remote} is ready for them ({branch})"
    other = "nothing else to sync" if outcome.withheld else "nothing to sync"
    done = "pushed what was waiting" if outcome.caught_up else other
    return f"{done}: {outcome.remote} has {there} ({branch})"


def _warnings(report: RoundReport) -> list[str]:
    lines = [f"[WARNING] withheld {one}" for one in _withheld(report.withheld)]
    if lines:
        lines.append("[WARNING] or push what is withheld as it is: sync-logs --skip-pii-check --project PROJECT")
    lines += [_purged(one.purged, one.remote) for one in report.repositories if one.purged]
    lines += [f"[WARNING] not pushed: {_unrouted(name)}" for name in report.unrouted]
    lines += [f"[WARNING] skipped {one.path}: {one.reason}" for one in report.skipped]
    return lines + [f"[WARNING] {text}" for text in report.warnings]


def of_preview(report: PreviewReport) -> list[str]:
    lines = [f"would sync {one.path} to {one.remote}" for one in report.would_commit]
    lines += [f"would archive and sync {path}" for path in report.would_archive]
    lines += [f"[WARNING] would withhold {one}" for one in _withheld(report.withheld)]
    return lines or ["nothing to sync"]


def of_status(report: StatusReport) -> list[str]:
    tickets = counted(report.pending_tickets, "pending ticket")
    lines = [f"machine {report.machine}: {counted(report.logs, 'session log')}, {tickets}"]
    for one in report.repositories:
        past = one.seconds_since_acknowledged_push
        when = f"last acknowledged push {age(past)} ago" if past is not None else "no push has been acknowledged yet"
        more = "" if one.pushed else ", and commits that have not been pushed yet"
        lines.append(f"{one.remote}: {when}, {counted(one.unsynced, 'log')} waiting{more}")
        lines += [f"[WARNING] withheld {finding}" for finding in _withheld(one.withheld)]
        lines += [_purged(one.purged, one.remote)] if one.purged else []
    if not report.repositories:
        lines.append(NO_REMOTE)
    return lines + [f"[WARNING] {_unrouted(name)}" for name in report.unrouted]


def _unrouted(project: str) -> str:
    """Why the logs of a `project` go nowhere, and what to do."""
    if project == UNKNOWN:
        return (
            f"no repository for project {UNKNOWN}: logs of nobody knows whom are kept in {paths.projects() / UNKNOWN}"
        )
    return f"no repository for project {project}; add a routing rule"


def _purged(names: list[str], remote: str) -> str:
    """What of the store and the archive was purged from the remote, and how to go on."""
    some = ", ".join(names[:NAMED]) + (", ..." if len(names) > NAMED else "")
    what = f"{counted(len(names), 'file')} purged from {remote} by a rewrite of its history"
    return f"[WARNING] not pushed: {what}: {some}; delete what nobody needs, or push it again: sync-logs --push-purged"


def _withheld(found: list[Withheld]) -> Iterator[str]:
    """For each log and type, where it was found and how to go on."""
    alike = attrgetter("project", "file", "type", "change", "piiignore")
    for (project, file, _, *way), group in groupby(sorted(found, key=alike), key=alike):
        findings = [(one.line, one.type) for one in group]
        yield advice.told(f"{project}/{file}", findings, Advice(*way), str(paths.ignore_file()))
