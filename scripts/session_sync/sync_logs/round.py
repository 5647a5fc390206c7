"""One round over all log repositories, shared by the callers who wait for it."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import msgspec

from session_sync.errors import UsageError, masked
from session_sync.home import config, lock, paths, spool
from session_sync.home.lock import Result
from session_sync.identity import machine, user
from session_sync.logs import attribution, store
from session_sync.scan import gate
from session_sync.sync_logs import report, summary, transcripts, unchanged
from session_sync.sync_logs.report import PreviewReport, RoundReport
from session_sync.sync_logs.repository import outgoing
from session_sync.sync_logs.repository.index import Index
from session_sync.sync_logs.repository.outcome import Outcome
from session_sync.sync_logs.repository.purged import Purge
from session_sync.sync_logs.repository.remote import https_url
from session_sync.sync_logs.repository.repository import Repository, branch
from session_sync.sync_logs.repository.request import Request
from session_sync.sync_logs.repository.round import RepositoryRound


def share(request: Request, wait: float) -> Result:
    """Have `request` served by a round, ours or another process's; see `lock.share_round` for what is returned."""
    if not request.can_share:
        return lock.own_round(wait, lambda progress: encoded(run(request, progress)))

    def serve(tickets: list[spool.Ticket], progress: Callable[[], None]) -> Result:
        return encoded(run(Request.of_tickets(one.content for one in tickets), progress))

    return lock.share_round(wait, serve, request.as_ticket())


def encoded(report: msgspec.Struct) -> Result:
    """A report as the JSON object that other processes get."""
    result: Result = msgspec.to_builtins(report)
    return result


def run(request: Request, progress: Callable[[], None]) -> RoundReport:
    """Do one round; the lock must be held. Returns the report. Raises UsageError without any repository."""
    since = time.time_ns()
    settings = repositories()
    here, who = machine.load(), user.load()
    checked_by = gate.load(settings, who.email)
    untold = attribution.file_all(settings, (here.uuid, *here.previous_uuids))
    archived = transcripts.archive(settings, request, progress)
    listing = store.listing(request.wants)
    outcomes = []
    for name, url in settings.repositories.items():

        def list_logs(again: bool, name: str = name) -> list[store.Log]:
            progress()
            logs = store.listing(request.wants).logs if again else listing.logs
            return routed(settings, [*logs, *archived.logs], name)

        repository = Repository(name, https_url(url) if request.https else url, progress)
        outcome = RepositoryRound(repository, here, who, checked_by, request, list_logs).sync()
        here = outcome.machine
        outcomes.append(outcome)
    listing.skipped += archived.failed
    told = report.report(outcomes, here, listing, checked_by)
    if request.sweep:  # else whoever saved such a log was told
        told.warnings += [f"whose a log is cannot be told until the next sync-logs; {why}" for why in untold]
    told.summary = summary.of_round(told, outcomes)
    if request == Request() and archived.is_settled and report.leaves_nothing(told, outcomes):
        _remember(since, outcomes, settings, told, archived.seen)
    return told


def _remember(
    since: int, outcomes: list[Outcome], settings: config.Config, told: RoundReport, seen: unchanged.Sum | None
) -> None:
    """Let the next sync know that nothing is left, unless a URL holds a password, which is kept in one place only."""
    urls = settings.repositories
    if any(masked(url) != url for url in urls.values()):
        return
    refs = [(one.repository, urls[one.repository], branch(one.machine.uuid), one.head) for one in outcomes]
    answer = {**encoded(told), "served_by_other": False, "rounds": 0}
    unchanged.remember(since, refs, answer, settings.rules, seen)


def preview(request: Request) -> PreviewReport:
    """What a round would commit and withhold; nothing is written, fetched or locked."""
    settings = repositories()
    checked_by = gate.load(settings, user.load().email)
    logs = store.listing(request.wants).logs
    would_commit, would_withhold = [], []
    for name in settings.repositories:
        with Index(paths.index_file(name), checked_by.version, read_only=True) as index:
            purge = Purge(name)
            found = outgoing.compare(index, routed(settings, logs, name), request.force, request.skip_pii_check, purge)
        for log in found.changed:
            findings = [] if request.skip_pii_check else outgoing.check(log, Path(log.path).read_bytes(), checked_by)
            if findings:
                found.withheld.append((log, findings))
            else:
                would_commit.append((log, masked(settings.repositories[name])))
        would_withhold += found.withheld
    would_export = transcripts.waiting(settings)
    told = report.preview(would_commit, would_withhold, would_export, checked_by)
    told.summary = summary.of_preview(told)
    return told


def repositories() -> config.Config:
    """The settings; raises UsageError when no log repository is configured."""
    settings = config.load()
    if not settings.repositories:
        raise UsageError('no remote yet; run "scripts/run sync-logs --init" for a local one, or add --remote URL')
    taken: dict[str, str] = {}
    for name, url in settings.repositories.items():
        first = taken.setdefault(url.rstrip("/").removesuffix(".git"), name)
        if first != name:
            advice = f"route its projects to {first} and remove {name}, or give it a repository of its own"
            raise UsageError(f"config.yaml gives the repositories {first} and {name} one remote; {advice}")
    return settings


def routed(settings: config.Config, logs: list[store.Log], name: str) -> list[store.Log]:
    """Those of `logs` that belong in repository `name`."""
    where = {one: settings.repository_of(one) for one in {log.project for log in logs}}
    return [log for log in logs if where[log.project] == name]
