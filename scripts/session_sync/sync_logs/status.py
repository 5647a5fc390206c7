"""What waits to be synced, what is withheld, and when the remote last acknowledged a push."""

from __future__ import annotations

import time
from pathlib import Path

from session_sync.errors import masked
from session_sync.git.fast_import import blob_id
from session_sync.home import config, paths, spool
from session_sync.identity import machine, user
from session_sync.logs import store
from session_sync.scan import gate
from session_sync.scan.gate import Gate
from session_sync.sync_logs import summary
from session_sync.sync_logs.report import RepositoryStatus, StatusReport, shown, unrouted, withheld
from session_sync.sync_logs.repository.index import Entry, Index
from session_sync.sync_logs.repository.purged import Purge
from session_sync.sync_logs.repository.repository import Repository, branch, remote_branch


def status() -> StatusReport:
    """The state of every log repository, from local records alone: nothing is fetched, locked or changed."""
    settings = config.load()
    checked_by = gate.load(settings, user.load().email)
    listing = store.listing()
    repositories = [_repository(settings, checked_by, name, listing.logs) for name in sorted(settings.repositories)]
    report = StatusReport(
        machine=machine.load().uuid,
        logs=len(listing.logs),
        pending_tickets=len(spool.pending()),
        repositories=repositories,
        unrouted=unrouted(listing.logs, checked_by),
    )
    report.summary = summary.of_status(report)
    return report


def _repository(settings: config.Config, checked_by: Gate, name: str, logs: list[store.Log]) -> RepositoryStatus:
    with Index(paths.index_file(name), checked_by.version, read_only=True) as index:
        entries = index.entries()
        acknowledged = index.fact("acknowledged")
    mine = [log for log in logs if settings.repository_of(log.project) == name]
    known = [(log, entries[log.key]) for log in mine if log.key in entries]
    kept = [(log, entry.findings) for log, entry in known if entry.findings]
    withheld_or_committed = {log.key for log, entry in known if entry.findings or _is_committed(log, entry)}
    waiting = [log for log in mine if log.key not in withheld_or_committed]
    purge = Purge(name)
    purged = [log.path for log in waiting if purge.holds(log)]
    return RepositoryStatus(
        repository=name,
        remote=masked(settings.repositories[name]),
        seconds_since_acknowledged_push=max(0, round(time.time() - float(acknowledged))) if acknowledged else None,
        unsynced=len(waiting) - len(purged),
        pushed=_is_pushed(Repository(name, settings.repositories[name])),
        withheld=withheld(kept, checked_by),
        purged=[shown(path, checked_by) for path in purged],
    )


def _is_pushed(repository: Repository) -> bool:
    """Whether the remote has acknowledged all that is committed."""
    uuid = machine.load().uuid
    if not repository.git_dir.exists():
        return True
    here, acknowledged = repository.ids([branch(uuid), remote_branch(uuid)])
    return here == acknowledged


def _is_committed(log: store.Log, entry: Entry) -> bool:
    """Whether the log as it is now is in the last commit; one seen too soon after its last change is read."""
    if entry.findings:
        return False
    if not entry.blob or entry.matches(log):
        return bool(entry.blob)
    try:
        return entry.blob == blob_id(Path(log.path).read_bytes())
    except OSError:
        return False
