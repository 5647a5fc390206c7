"""What waits to be synced, what is withheld, and when the remote last acknowledged a push."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from session_sync.errors import masked
from session_sync.git.fast_import import blob_id
from session_sync.home import config, paths, spool
from session_sync.identity import machine, user
from session_sync.logs import store
from session_sync.scan import gate
from session_sync.scan.gate import Gate
from session_sync.sync_logs import report as round_report
from session_sync.sync_logs.repository.index import Entry, Index
from session_sync.sync_logs.repository.repository import Repository, branch, remote_branch
from session_sync.text.lines import counted


def status() -> dict[str, Any]:
    """The state of every log repository, from local records alone: nothing is fetched, locked or changed."""
    settings = config.load()
    checked_by = gate.load(settings, user.load().email)
    listing = store.listing()
    repositories = [_repository(settings, checked_by, name, listing.logs) for name in sorted(settings.repositories)]
    unrouted = sorted(
        {checked_by.shown(log.project) for log in listing.logs if settings.repository_of(log.project) is None}
    )
    content: dict[str, Any] = {
        "status": "done",
        "code": 0,
        "machine": machine.load().uuid,
        "logs": len(listing.logs),
        "pending_tickets": len(spool.pending()),
        "repositories": repositories,
        "unrouted": unrouted,
    }
    return {**content, "summary": _lines(content)}


def _repository(settings: config.Config, checked_by: Gate, name: str, logs: list[store.Log]) -> dict[str, Any]:
    with Index(paths.index_file(name), checked_by.version, read_only=True) as index:
        entries = index.entries()
        acknowledged = index.fact("acknowledged")
    mine = [log for log in logs if settings.repository_of(log.project) == name]
    known = [(log, entries[log.key]) for log in mine if log.key in entries]
    withheld = [(log, entry.findings) for log, entry in known if entry.findings]
    return {
        "repository": name,
        "remote": masked(settings.repositories[name]),
        "seconds_since_acknowledged_push": round(time.time() - float(acknowledged)) if acknowledged else None,
        "unsynced": len(mine) - len(withheld) - sum(1 for log, entry in known if _is_committed(log, entry)),
        "pushed": _is_pushed(Repository(name, settings.repositories[name])),
        "withheld": round_report.withheld(withheld, checked_by),
    }


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


def _lines(content: dict[str, Any]) -> list[str]:
    """The status for people."""
    said = [
        f"machine {content['machine']}: {counted(content['logs'], 'session log')},"
        f" {counted(content['pending_tickets'], 'pending ticket')}"
    ]
    for one in content["repositories"]:
        age = one["seconds_since_acknowledged_push"]
        when = f"last acknowledged push {_age(age)} ago" if age is not None else "nothing was ever acknowledged"
        waiting = f"{counted(one['unsynced'], 'log')} waiting" + (
            "" if one["pushed"] else ", and commits that were not pushed yet"
        )
        said.append(f"{one['remote']}: {when}, {waiting}")
        said += [f"[WARNING] withheld {round_report.place(finding)}" for finding in one["withheld"]]
    if not content["repositories"]:
        said.append('no remote yet; run "scripts/run sync-logs --init"')
    return said + [f"[WARNING] no repository for project {name}: add a routing rule" for name in content["unrouted"]]


def _age(seconds: int) -> str:
    for size, unit in ((86400, "day"), (3600, "hour"), (60, "minute")):
        if seconds >= 2 * size:
            return counted(seconds // size, unit)
    return counted(seconds, "second")
