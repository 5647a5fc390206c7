"""Exports the transcripts of all agents as Markdown and JSON: the verb, its subcommands and their options."""

from __future__ import annotations

import argparse
import re
import sys
import time
from collections.abc import Iterable
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from session_sync import cli, progress, streams
from session_sync.errors import Deferred, UsageError
from session_sync.home import config, files, paths
from session_sync.transcripts import report, run
from session_sync.transcripts.agents import SOURCES
from session_sync.transcripts.report import ExportPreview, ExportReport
from session_sync.transcripts.run import Selection
from session_sync.transcripts.target import ExportTarget, TaskResult

if TYPE_CHECKING:
    from session_sync.transcripts.archive.stats import StatsReport
    from session_sync.transcripts.archive.verify import VerifyReport
    from session_sync.transcripts.belonging import Repository
    from session_sync.transcripts.survey import SourcesReport

    _Told = tuple[
        ExportReport | ExportPreview | SourcesReport | VerifyReport | StatsReport, list[str]
    ]  # to programs, to people

_AGE = re.compile(r"(\d{1,6})([hdw])")
_UNITS = {"h": "hours", "d": "days", "w": "weeks"}


def main(argv: list[str] | None = None) -> int:
    options = _parser().parse_args(argv)
    if options.action not in ("sync", "sync-repo"):
        streams.need_output()
    content, lines = _ACTIONS[options.action](options)
    for line in lines:
        cli.say(options, line)
    cli.report(options, content)
    return content.code


def _sync(options: argparse.Namespace) -> _Told:
    """Export to a folder."""
    return _exported(options, _target(options, options.out, paths.HISTORY, None))


def _sync_repo(options: argparse.Namespace) -> _Told:
    """Export a repository's own sessions into it."""
    from session_sync.transcripts import belonging

    if not options.repository.is_dir():
        raise UsageError(f"{options.repository} is not a folder; give a git repository")
    repository = belonging.Repository.at(options.repository)
    if repository is None:
        raise UsageError(f"{options.repository} is not in a git repository; give one, or use: export sync --out DIR")
    history = Path(options.history_subpath)
    if history.is_absolute() or ".." in history.parts or ".git" in map(str.lower, history.parts) or not history.parts:
        raise UsageError(f"--history-subpath {options.history_subpath} is not a path inside the repository")
    return _exported(options, _target(options, repository.path, history.as_posix(), repository))


def _exported(options: argparse.Namespace, target: ExportTarget) -> _Told:
    selection = Selection(_roots(options.source), _since(options.since), options.max_files)
    if options.dry_run:
        preview = report.of_dry_run(target, run.plan(target, selection))
        return preview, preview.lines()
    begin = time.monotonic()
    plan = run.plan(target, selection)
    results: list[TaskResult] = []
    pruned: list[str] = []
    if plan.tasks or options.prune_missing:
        files.make_private_dir(target.folder)
        with _alone(target, options.wait):
            plan = run.plan(target, selection)  # what another run may have done meanwhile
            results = run.export(target, plan.tasks, lambda done, count: _shown(done, count, options))
            pruned = run.prune(target, selection) if options.prune_missing else []
    made = report.of_run(target, plan, results, pruned, time.monotonic() - begin)
    return made, made.lines()


def _shown(done: Iterable[TaskResult], count: int, options: argparse.Namespace) -> Iterable[TaskResult]:
    return progress.shown(done, count, options.quiet, "sessions")


def _alone(target: ExportTarget, wait: float) -> AbstractContextManager[object]:
    """The lock of the archive's index; raises Deferred when another run holds it."""
    from filelock import FileLock, Timeout

    files.make_private_dir(target.index.parent)
    lock = FileLock(target.index.with_suffix(".lock"), timeout=wait, mode=files.PRIVATE_FILE)
    try:
        lock.acquire()
    except Timeout:
        raise Deferred(
            f"another export to {target.folder} has been running for more than {wait:.0f} s; run this again"
        ) from None
    return lock


def _target(options: argparse.Namespace, folder: Path, history: str, repository: Repository | None) -> ExportTarget:
    settings = config.load()
    return ExportTarget.here(settings, folder, options.user, options.system, history, repository)


def _roots(given: list[str]) -> list[tuple[str, Path]]:
    """The places to look in: those given as NAME=PATH, else the standard ones."""
    found = []
    for text in given:
        name, _, path = text.partition("=")
        if name not in SOURCES or not path:
            raise UsageError(f"--source {text}: give NAME=PATH; the names are {', '.join(SOURCES)}")
        root = paths.expanded(path)
        if not root.exists():
            raise UsageError(f"--source {text}: {root} does not exist")
        found.append((name, root))
    return found or run.standard_roots()


def _since(text: str | None) -> int:
    """The time (ns since the epoch) that --since means."""
    if not text:
        return -sys.maxsize
    age = _AGE.fullmatch(text)
    try:
        if age:
            when = datetime.now(UTC) - timedelta(**{_UNITS[age[2]]: int(age[1])})
        else:
            when = datetime.fromisoformat(text).astimezone()
        return int(when.timestamp() * 1e9)
    except (ValueError, OverflowError):
        raise UsageError(f"--since {text}: give a date such as 2026-10-31, or an age such as 12h, 7d or 4w") from None


def _verify(options: argparse.Namespace) -> _Told:
    from session_sync.transcripts.archive import verify

    found = verify.verify(_folder(options))
    return found, found.lines(options.folder)


def _stats(options: argparse.Namespace) -> _Told:
    from session_sync.transcripts.archive import stats

    counted = stats.stats(_folder(options))
    return counted, counted.lines()


def _sources(options: argparse.Namespace) -> _Told:
    """Tell what there is to archive."""
    from session_sync.transcripts import survey

    def shown(met: Iterable[survey.Met], count: int) -> Iterable[survey.Met]:
        return progress.shown(met, count, options.quiet, "transcripts")

    found = survey.survey(_roots(options.source), shown)
    return found, found.lines()


def _folder(options: argparse.Namespace) -> Path:
    if not options.folder.is_dir():
        raise UsageError(f"{options.folder} is not a folder; give the one that was exported to")
    folder: Path = options.folder
    return folder


_ACTIONS = {"sync": _sync, "sync-repo": _sync_repo, "sources": _sources, "verify": _verify, "stats": _stats}


def _parser() -> argparse.ArgumentParser:
    made = cli.Parser(
        prog="session-sync export",
        description="Archive the transcripts of coding agents as Markdown and JSON, without secrets and personal data.",
        allow_abbrev=False,
    )
    actions = made.add_subparsers(dest="action", required=True, metavar="ACTION", parser_class=cli.Parser)

    def action(name: str, text: str) -> argparse.ArgumentParser:
        one = actions.add_parser(name, help=text, description=text, allow_abbrev=False, aliases=_spelled(name))
        one.set_defaults(action=name)
        cli.add_output(one)
        return one

    sync = action("sync", "Export every session that changed to a folder.")
    sync.add_argument("--out", required=True, type=_path, metavar="DIR", help="the archive; made when it is missing")
    _add_selection(sync)
    repo = action("sync-repo", "Export the sessions of one git repository into it.")
    repo.add_argument("repository", type=_path, metavar="REPO")
    repo.add_argument("--history-subpath", default=paths.HISTORY, metavar="P", help="where in it (history)")
    _add_selection(repo)
    _add_source(action("sources", "Tell for each agent where we look, what is there, and what in it is not known."))
    action("verify", "Check that an archive is whole: every file, every line.").add_argument(
        "folder", type=_path, metavar="DIR"
    )
    action("stats", "Count an archive's sessions, messages and tokens.").add_argument(
        "folder", type=_path, metavar="DIR"
    )
    return made


def _spelled(name: str) -> list[str]:
    return [name.replace("-", "_")] if "-" in name else []


def _path(text: str) -> Path:
    return paths.expanded(text).absolute()


def _add_source(made: argparse.ArgumentParser) -> None:
    made.add_argument("--source", action="append", default=[], metavar="NAME=PATH",
                      help="look here instead of in the standard places; may be repeated")  # fmt: skip


def _add_selection(made: argparse.ArgumentParser) -> None:
    _add_source(made)
    made.add_argument("--user", help="whose sessions they are (the identity's user)")
    made.add_argument("--system", help="the machine's name in the archive (config.yaml, else its hostname)")
    made.add_argument("--since", metavar="WHEN", help="only what changed since: 2026-10-31, 12h, 7d, 4w")
    made.add_argument("--max-files", type=_count, metavar="N", help="at most N sessions, the newest first")
    made.add_argument("--dry-run", action="store_true", help="say what would be exported; change nothing")
    made.add_argument(
        "--prune-missing", action="store_true", help="remove archived sessions whose transcripts are gone"
    )
    cli.add_wait(made)


def _count(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) < 10**9:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of sessions")
    return int(text)
