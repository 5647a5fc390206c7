"""A round told to programs (schemas/sync-logs-report.json) and to people."""

from __future__ import annotations

import os
from typing import Any

from session_sync.errors import DONE, STATUS, worst
from session_sync.identity.machine import Machine
from session_sync.logs import store
from session_sync.scan import gate
from session_sync.scan.gate import Findings, Gate
from session_sync.sync_logs.repository.outgoing import amount, contents
from session_sync.sync_logs.repository.round import Outcome


def report(outcomes: list[Outcome], machine: Machine, listing: store.Listing, checked_by: Gate) -> dict[str, Any]:
    """The report of a round; "summary" holds the lines for people."""
    code = worst([outcome.code for outcome in outcomes])
    unreadable = [one for outcome in outcomes for one in outcome.unreadable]
    content: dict[str, Any] = {
        "status": STATUS[code],
        "code": code,
        "machine": machine.uuid,
        "repositories": [_repository(outcome, checked_by) for outcome in outcomes],
        "retries": sum(outcome.retries for outcome in outcomes),
        "withheld": [line for outcome in outcomes for line in withheld(outcome.withheld, checked_by)],
        "unrouted": sorted(
            {
                checked_by.shown(log.project)
                for log in listing.logs
                if checked_by.settings.repository_of(log.project) is None
            }
        ),
        "skipped": [
            {"path": shown(path, checked_by), "reason": reason} for path, reason in [*listing.skipped, *unreadable]
        ],
        "warnings": [*machine.warnings, *(text for outcome in outcomes for text in outcome.warnings)],
    }
    return {**content, "summary": [_said(outcome) for outcome in outcomes] + _warnings(content)}


def leaves_nothing(content: dict[str, Any], outcomes: list[Outcome]) -> bool:
    """Whether there was nothing to do and nothing to tell, so that `content` holds as long as nothing changes."""
    told = any(content[key] for key in ("withheld", "unrouted", "skipped", "warnings"))
    idle = all(one.pushed and not one.main_behind and not one.committed for one in outcomes)
    return content["code"] == DONE and idle and not told


def preview(
    commit: list[tuple[store.Log, str]],
    withhold: list[tuple[store.Log, Findings]],
    transcripts: list[str],
    checked_by: Gate,
) -> dict[str, Any]:
    """The report of a dry run; `transcripts` are those that would be archived first."""
    findings = withheld(withhold, checked_by)
    lines = [f"would sync {shown(log.path, checked_by)} to {remote}" for log, remote in commit]
    lines += [f"would archive and sync {shown(path, checked_by)}" for path in transcripts]
    lines += [f"[WARNING] would withhold {place(one)}" for one in findings]
    return {
        "status": STATUS[DONE],
        "code": DONE,
        "would_commit": [{"path": shown(log.path, checked_by), "remote": remote} for log, remote in commit],
        "would_archive": [shown(path, checked_by) for path in transcripts],
        "withheld": findings,
        "summary": lines or ["nothing to sync"],
    }


def shown(path: str, checked_by: Gate) -> str:
    """A file's path as text that can be printed and put into JSON, whatever bytes are in it; hidden like a finding."""
    return checked_by.shown(os.fsencode(path).decode(errors="backslashreplace"))


def _repository(outcome: Outcome, checked_by: Gate) -> dict[str, Any]:
    return {
        "repository": outcome.repository,
        "remote": outcome.remote,
        "branch": f"machines/{outcome.machine.uuid}",
        "status": STATUS[outcome.code],
        "message": outcome.message,
        "committed": [shown(log.path, checked_by) for log in outcome.committed],
        "pushed": outcome.pushed,
        "logs": outcome.logs,
        "transcripts": outcome.transcripts,
        "retries": outcome.retries,
    }


def withheld(found: list[tuple[store.Log, Findings]], checked_by: Gate) -> list[dict[str, Any]]:
    """A line per finding: where and what kind, never the value."""
    return [
        {"project": checked_by.shown(log.project), "file": checked_by.shown(log.name), "line": line, "type": kind}
        for log, findings in found
        for line, kind in findings
    ]


def _said(outcome: Outcome) -> str:
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


def _warnings(content: dict[str, Any]) -> list[str]:
    lines = [f"[WARNING] withheld {place(one)}" for one in content["withheld"]]
    if lines:
        lines.append("[WARNING] take it out, or push it all the same: sync-logs --skip-pii-check --project PROJECT")
    lines += [
        f"[WARNING] not pushed: no repository for project {name}; add a routing rule" for name in content["unrouted"]
    ]
    lines += [f"[WARNING] skipped {one['path']}: {one['reason']}" for one in content["skipped"]]
    return lines + [f"[WARNING] {text}" for text in content["warnings"]]


def place(one: dict[str, Any]) -> str:
    """Where a finding is and what kind it is, for people."""
    where = f"line {one['line']}" if one["line"] != gate.FILE_NAME else "its name"
    return f"{one['project']}/{one['file']}: {where}: {one['type']}"
