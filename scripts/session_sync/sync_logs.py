"""Syncs the store with its log repositories: the verb and its options."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any

from session_sync import (
    cli,
    config,
    git,
    initialize,
    lock,
    machine,
    manifest,
    paths,
    project,
    pull,
    rounds,
    status,
)
from session_sync.errors import DEFERRED, DONE, FAILED, UsageError
from session_sync.repository import Repository, https_url
from session_sync.request import Request

Report = dict[str, Any]


def main(argv: list[str] | None = None) -> int:
    options = _parser().parse_args(argv)
    if options.remote is not None and not options.init:
        raise UsageError("--remote goes with --init")
    if options.status:
        content = status.status()
        return _end(options, content, status.lines(content))
    git.check_version()
    if options.init:
        _say_init(options, initialize.initialize(options.remote))
    settings = rounds.repositories()
    request = _request(options)
    if options.dry_run:
        content = rounds.preview(request)
        return _end(options, content, content["summary"])
    if options.list_machines:
        content = _list_machines(settings, request)
        return _end(options, content, content["summary"])
    return _work(options, request)


def _work(options: argparse.Namespace, request: Request) -> int:
    """The round and the pull that were asked for; without either word, the round."""
    content: Report = {}
    if options.sync or options.init or not options.pull:
        content = rounds.share(request, options.wait)
    if options.pull:
        pulled = lock.own_round(options.wait, lambda progress: _pull(request, progress))
        content = {**pulled, **content, "pulled": pulled["pulled"], "code": max(content.get("code", 0), pulled["code"]),
                   "summary": [*content.get("summary", []), *pulled["summary"]]}  # fmt: skip
        content["status"] = {DONE: "done", DEFERRED: "deferred"}.get(content["code"], "failed")
    lines = content["summary"]
    if content["code"] == DONE and options.init:
        lines = [*lines, f"look at {paths.projects()}, and see: scripts/run sync-logs --status"]
    return _end(options, content, lines)


def _pull(request: Request, progress: Callable[[], None]) -> Report:
    """Pull from every repository."""
    own, settings = machine.load().uuid, config.load()
    report: Report = {"code": DONE, "pulled": [], "summary": []}
    for name, url in settings.repositories.items():
        repository = Repository(name, https_url(url) if request.https else url, progress)
        repository.prepare()
        shown = git.masked(repository.url)
        try:
            repository.fetch()
            pulled = pull.pull(repository, own, request.wants, everything=not request.is_filtered)
        except git.GitError as error:
            report["code"] = DEFERRED if error.unreachable or error.contended else FAILED
            report["summary"].append(f"pull {'deferred' if report['code'] == DEFERRED else 'failed'}: {shown}: {error}")
            continue
        report["pulled"].append({"repository": name, "files": pulled.files, "machines": sorted(pulled.machines)})
        report["summary"].append(f"pulled {pulled.files} files of {len(pulled.machines)} machines from {shown}")
        report["summary"] += [f"[WARNING] refused {path}: {reason}" for path, reason in pulled.refused]
    return report


def _list_machines(settings: config.Config, request: Request) -> Report:
    """The machines on every remote, or as last seen where the remote is out of reach."""
    found: dict[str, dict[str, Any]] = {}
    summary = []
    for name, url in settings.repositories.items():
        repository = Repository(name, https_url(url) if request.https else url)
        repository.prepare()
        try:
            repository.fetch()
            found.update(manifest.read(repository, repository.machines()))
        except git.GitError as error:
            summary.append(f"[WARNING] {git.masked(repository.url)}: {error}")
    keys = ("hostname", "user", "platform", "model")
    machines = [
        {"machine": uuid, **{key: str(facts.get(key, "")) for key in keys}} for uuid, facts in sorted(found.items())
    ]
    summary = [
        f"{one['machine']}  {one['hostname']}  {one['user']}  {one['platform']} {one['model']}" for one in machines
    ] + summary
    return {"status": "done", "code": DONE, "machines": machines, "summary": summary}


def _request(options: argparse.Namespace) -> Request:
    return Request(
        projects=tuple(project.clean_project(name) for name in options.project),
        tenants=tuple(name.lower() for name in options.tenant),
        skip_pii_check=options.skip_pii_check,
        force=options.force,
        https=options.https,
    )


def _say_init(options: argparse.Namespace, url: str) -> None:
    local = " (a local bare repository; give --remote URL for another)" if url == str(paths.local_remote()) else ""
    cli.say(options, f"remote: {git.masked(url)}{local}")


def _end(options: argparse.Namespace, content: Report, lines: list[str]) -> int:
    for line in lines:
        cli.say(options, line)
    cli.report(options, {key: value for key, value in content.items() if key != "summary"})
    return int(content["code"])


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
    parser.add_argument("--wait", type=float, default=120.0, metavar="S", help="seconds to wait for another round")
    return parser
