"""Syncs the store with its log repositories: the verb and its options.

What a round needs is imported when there is one to run: mostly there is nothing to do.
"""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from session_sync import cli, streams
from session_sync.errors import DONE, UsageError, masked
from session_sync.home import paths
from session_sync.sync_logs import unchanged

if TYPE_CHECKING:
    from session_sync.home.lock import Result
    from session_sync.sync_logs.repository.request import Request


def main(argv: list[str] | None = None) -> int:
    options = _parser().parse_args(argv)
    if options.remote is not None and not options.init:
        raise UsageError("--remote goes with --init")
    asked = [name for name in ("status", "list_machines", "dry_run", "init", "sync", "pull") if getattr(options, name)]
    if len(asked) > 1 and asked[0] in ("status", "list_machines", "dry_run"):
        raise UsageError(f"--{asked[0]} and --{asked[1]} cannot be used together".replace("_", "-"))
    if options.status or options.list_machines or options.dry_run:
        streams.need_output()
    if options.init:
        _initialize(options)
    content = unchanged.recall() if _is_plain(options) else None
    if content is None:
        content = _answer(options)
    lines = content["summary"]
    if options.init and content["code"] == DONE:
        lines = [*lines, f"logs are kept in {paths.projects()}; see: scripts/run sync-logs --status"]
    for line in lines:
        cli.say(options, line)
    cli.report(options, {key: value for key, value in content.items() if key != "summary"})
    return int(content["code"])


def _is_plain(options: argparse.Namespace) -> bool:
    """Whether this is a sync of everything with nothing special about it."""
    special = (
        "pull",
        "status",
        "list_machines",
        "project",
        "tenant",
        "dry_run",
        "force",
        "https",
        "skip_pii_check",
        "push_purged",
        "named",
    )
    return not any(getattr(options, name) for name in special)


def _initialize(options: argparse.Namespace) -> None:
    from session_sync.sync_logs import initialize

    url = initialize.initialize(options.remote)
    local = " (a local bare repository; give --remote URL for another)" if url == str(paths.local_remote()) else ""
    cli.say(options, f"remote: {masked(url)}{local}")


def _answer(options: argparse.Namespace) -> Result:
    """Do what the options ask for."""
    from session_sync.home import lock
    from session_sync.sync_logs import machines, pull, status
    from session_sync.sync_logs.round import encoded, preview, repositories, share

    if options.status:
        return encoded(status.status())
    repositories()  # without one there is nothing to ask
    request = _request(options)
    if options.dry_run:
        return encoded(preview(request))
    if options.list_machines:
        return lock.own_round(options.wait, lambda progress: encoded(machines.list_machines(request, progress)))
    if not options.pull:
        return share(request, options.wait)
    pulled = lock.own_round(options.wait, lambda progress: encoded(pull.pull_all(request, progress)))
    return pull.joined(share(request, options.wait), pulled) if options.sync or options.init else pulled


def _request(options: argparse.Namespace) -> Request:
    from session_sync.identity import project
    from session_sync.sync_logs.repository.request import Request

    return Request(
        projects=tuple(project.clean_project(name) for name in options.project),
        tenants=tuple(name.lower() for name in options.tenant),
        skip_pii_check=options.skip_pii_check,
        push_purged=options.push_purged,
        force=options.force,
        https=options.https,
        sweep=not options.named,
    )


def _parser() -> argparse.ArgumentParser:
    parser = cli.parser("sync-logs", "Sync this machine's session logs with the log repository.")
    parser.add_argument("--init", action="store_true", help="set the remote up, then sync")
    parser.add_argument("--remote", metavar="URL", help="with --init: the log repository; without it a local bare one")
    parser.add_argument("--sync", action="store_true", help="commit and push this machine's logs (the default)")
    parser.add_argument("--pull", action="store_true", help="bring other machines' logs into machines/<uuid>/")
    parser.add_argument(
        "--status", action="store_true", help="what waits, what is withheld, when a push last succeeded"
    )
    parser.add_argument("--list-machines", action="store_true", help="the machines that sync with the repository")
    parser.add_argument(
        "--project", action="append", default=[], metavar="ID", help="only this project; may be repeated"
    )
    parser.add_argument("--tenant", action="append", default=[], metavar="ID", help="only this tenant's projects")
    parser.add_argument("--dry-run", action="store_true", help="say what a sync would do; change nothing")
    parser.add_argument(
        "--force", action="store_true", help="read every log again and ask the remote; never forces a push"
    )
    parser.add_argument("--https", action="store_true", help="reach an ssh remote over https this time")
    parser.add_argument("--skip-pii-check", action="store_true", help="push what the check withholds")
    parser.add_argument(
        "--push-purged", action="store_true", help="push again what a rewrite of the remote's history purged"
    )
    parser.add_argument("--named", action="store_true", help="of the transcripts, only those that hooks named")
    cli.add_wait(parser)
    return parser
