"""What sync-logs did, for programs: schemas/sync-logs-report.json describes these. `summary` has the lines for people.

A report goes from the process that ran the round to those that it served, and may be kept as the answer for as long as
nothing changes: then it is its encoding, a JSON object.
"""

from __future__ import annotations

import os
from collections.abc import Iterable

import msgspec

from session_sync.errors import DONE, STATUS, worst
from session_sync.identity.machine import Machine
from session_sync.logs import store
from session_sync.scan import advice
from session_sync.scan.gate import Findings, Gate
from session_sync.sync_logs.repository.outcome import Outcome


class Withheld(msgspec.Struct, frozen=True):
    """A finding that keeps a log here: its line, from 1 or 0 for the file's name, and its type, never its value.

    The log goes after the `change`, or with the line `piiignore` in the home's .piiignore, where there is one to add.
    """

    project: str
    file: str
    line: int
    type: str
    change: str = ""
    piiignore: str = ""


class Skipped(msgspec.Struct, frozen=True):
    """What was passed over, and why."""

    path: str
    reason: str


class RepositoryReport(msgspec.Struct, frozen=True):
    """What a round did in one log repository; `remote` is without credentials."""

    repository: str
    remote: str
    branch: str
    status: str
    message: str
    committed: list[str]  # paths in the store and the archive
    pushed: bool  # the remote has acknowledged everything that was committed
    logs: int  # of this machine in the repository
    transcripts: int
    retries: int
    purged: list[str] = []  # paths of what was purged from the remote and stays here


class RoundReport(msgspec.Struct, kw_only=True):
    """What a round did in all log repositories."""

    status: str
    code: int
    machine: str
    repositories: list[RepositoryReport]
    retries: int
    withheld: list[Withheld]
    unrouted: list[str]
    skipped: list[Skipped]
    warnings: list[str]
    summary: list[str] = []


class WouldCommit(msgspec.Struct, frozen=True):
    """A file that a round would commit, and the remote that would get it."""

    path: str
    remote: str


class PreviewReport(msgspec.Struct, kw_only=True):
    """What a round would do; `would_archive` are the transcripts that would be archived first."""

    status: str = STATUS[DONE]
    code: int = DONE
    would_commit: list[WouldCommit]
    would_archive: list[str]
    withheld: list[Withheld]
    summary: list[str] = []


class RepositoryStatus(msgspec.Struct, frozen=True):
    """The state of one log repository; `remote` is without credentials."""

    repository: str
    remote: str
    seconds_since_acknowledged_push: int | None
    unsynced: int  # logs that are not committed as they are now
    pushed: bool  # the remote has acknowledged all that is committed
    withheld: list[Withheld]
    purged: list[str] = []  # paths of what was purged from the remote and stays here


class StatusReport(msgspec.Struct, kw_only=True):
    """The state of this machine and of its log repositories."""

    status: str = STATUS[DONE]
    code: int = DONE
    machine: str
    logs: int  # in the store
    pending_tickets: int
    repositories: list[RepositoryStatus]
    unrouted: list[str]
    summary: list[str] = []


def report(outcomes: list[Outcome], machine: Machine, listing: store.Listing, checked_by: Gate) -> RoundReport:
    """The report of a round."""
    code = worst([outcome.code for outcome in outcomes])
    unreadable = [one for outcome in outcomes for one in outcome.unreadable]
    return RoundReport(
        status=STATUS[code],
        code=code,
        machine=machine.uuid,
        repositories=[_repository(outcome, checked_by) for outcome in outcomes],
        retries=sum(outcome.retries for outcome in outcomes),
        withheld=[one for outcome in outcomes for one in withheld(outcome.withheld, checked_by)],
        unrouted=unrouted(listing.logs, checked_by),
        skipped=[Skipped(shown(path, checked_by), reason) for path, reason in [*listing.skipped, *unreadable]],
        warnings=[*machine.warnings, *(text for outcome in outcomes for text in outcome.warnings)],
    )


def preview(
    commit: list[tuple[store.Log, str]],
    withhold: list[tuple[store.Log, Findings]],
    transcripts: list[str],
    checked_by: Gate,
) -> PreviewReport:
    """The report of a dry run: the logs with their remotes, and the paths of the transcripts."""
    return PreviewReport(
        would_commit=[WouldCommit(shown(log.path, checked_by), remote) for log, remote in commit],
        would_archive=[shown(path, checked_by) for path in transcripts],
        withheld=withheld(withhold, checked_by),
    )


def leaves_nothing(told: RoundReport, outcomes: list[Outcome]) -> bool:
    """Whether there was nothing to do and nothing to tell, so that the report holds as long as nothing changes."""
    idle = all(one.pushed and not (one.main_behind or one.committed or one.purged) for one in outcomes)
    return told.code == DONE and idle and not (told.withheld or told.unrouted or told.skipped or told.warnings)


def withheld(found: Iterable[tuple[store.Log, Findings]], checked_by: Gate) -> list[Withheld]:
    """A line per finding, with names that may be told."""
    return [one for log, findings in found for one in _withheld(log, findings, checked_by)]


def unrouted(logs: Iterable[store.Log], checked_by: Gate) -> list[str]:
    """The projects whose logs go to no repository, sorted."""
    settings = checked_by.settings
    return sorted({checked_by.shown(log.project) for log in logs if settings.repository_of(log.project) is None})


def shown(path: str, checked_by: Gate) -> str:
    """A file's path as text that can be printed and put into JSON, whatever bytes are in it; hidden like a finding."""
    return checked_by.shown(os.fsencode(path).decode(errors="backslashreplace"))


def _withheld(log: store.Log, findings: Findings, checked_by: Gate) -> list[Withheld]:
    name = os.fsdecode(log.key)
    project, file, may_be_told = (
        checked_by.shown(log.project),
        checked_by.shown(log.name),
        checked_by.shown(name) == name,
    )
    return [Withheld(project, file, *one, *advice.of(name, *one, may_be_told)) for one in findings]


def _repository(outcome: Outcome, checked_by: Gate) -> RepositoryReport:
    return RepositoryReport(
        repository=outcome.repository,
        remote=outcome.remote,
        branch=f"machines/{outcome.machine.uuid}",
        status=STATUS[outcome.code],
        message=outcome.message,
        committed=[shown(log.path, checked_by) for log in outcome.committed],
        pushed=outcome.pushed,
        logs=outcome.logs,
        transcripts=outcome.transcripts,
        retries=outcome.retries,
        purged=[shown(log.path, checked_by) for log in outcome.purged],
    )
