"""Archives the transcripts of all agents as Markdown and JSON: the verb, its subcommands and their options."""

from __future__ import annotations

import argparse
import re
import sys
import time
from collections.abc import Iterable
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from session_sync import cli, progress
from session_sync.errors import Deferred, UsageError
from session_sync.home import config, files, paths
from session_sync.transcripts import report as export_report
from session_sync.transcripts import run as archiver
from session_sync.transcripts import target as export_target
from session_sync.transcripts.agents import SOURCES
from session_sync.transcripts.export_task import Done
from session_sync.transcripts.run import Wanted
from session_sync.transcripts.target import Target

if TYPE_CHECKING:
    from session_sync.transcripts.belonging import Repository

_AGE = re.compile(r"(\d{1,6})([hdw])")
_UNITS = {"h": "hours", "d": "days", "w": "weeks"}


def main(argv: list[str] | None = None) -> int:
    options = _parser().parse_args(argv)
    content = _ACTIONS[options.action](options)
    for line in content["summary"]:
        cli.say(options, line)
    cli.report(options, {key: value for key, value in content.items() if key != "summary"})
    return int(content["code"])


def _sync(options: argparse.Namespace) -> dict[str, Any]:
    """Export to a folder."""
    return _exported(options, _target(options, options.out, paths.HISTORY, None))


def _sync_repo(options: argparse.Namespace) -> dict[str, Any]:
    """Export a repository's own sessions into it."""
    from session_sync.transcripts import belonging

    if not options.repository.is_dir():
        raise UsageError(f"{options.repository} is no folder; give a git repository")
    repository = belonging.Repository.at(options.repository)
    if repository is None:
        raise UsageError(f"{options.repository} is in no git repository; give one, or use: export sync --out DIR")
    history = Path(options.history_subpath)
    if history.is_absolute() or ".." in history.parts or ".git" in map(str.lower, history.parts) or not history.parts:
        raise UsageError(f"--history-subpath {options.history_subpath} is no path within the repository")
    return _exported(options, _target(options, repository.path, history.as_posix(), repository))


def _exported(options: argparse.Namespace, target: Target) -> dict[str, Any]:
    wanted = Wanted(_roots(options.source), _since(options.since), options.max_files)
    if options.dry_run:
        return export_report.preview(target, archiver.look(target, wanted))
    begin = time.monotonic()
    outcome = archiver.look(target, wanted)
    if outcome.tasks or options.prune_missing:
        files.make_private_dir(target.folder)
        with _alone(target, options.wait):
            outcome = archiver.look(target, wanted)  # what another run may have done meanwhile
            archiver.run(target, outcome, lambda done, count: _shown(done, count, options))
            pruned = archiver.prune(target, wanted) if options.prune_missing else []
    else:
        pruned = []
    return export_report.report(target, outcome, pruned, time.monotonic() - begin)


def _shown(done: Iterable[Done], count: int, options: argparse.Namespace) -> Iterable[Done]:
    return progress.shown(done, count, options.quiet, "sessions")


def _alone(target: Target, wait: float) -> AbstractContextManager[object]:
    """The lock of the archive's index; raises Deferred when another run holds it."""
    from filelock import FileLock, Timeout

    files.make_private_dir(target.index.parent)
    lock = FileLock(target.index.with_suffix(".lock"), timeout=wait, mode=files.PRIVATE_FILE)
    try:
        lock.acquire()
    except Timeout:
        raise Deferred(
            f"another export to {target.folder} is running since more than {wait:.0f} s; run this again"
        ) from None
    return lock


def _target(options: argparse.Namespace, folder: Path, history: str, repository: Repository | None) -> Target:
    settings = config.load()
    return export_target.target(settings, folder, options.user, options.system, history, repository)


def _roots(given: list[str]) -> list[tuple[str, Path]]:
    """The places to look in: those given as NAME=PATH, else the standard ones."""
    found = []
    for text in given:
        name, _, path = text.partition("=")
        if name not in SOURCES or not path:
            raise UsageError(f"--source {text}: give NAME=PATH; the names are {', '.join(SOURCES)}")
        root = Path(path).expanduser()
        if not root.exists():
            raise UsageError(f"--source {text}: there is no {root}")
        found.append((name, root))
    return found or archiver.everywhere()


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


def _verify(options: argparse.Namespace) -> dict[str, Any]:
    from session_sync.transcripts.archive import verify

    return verify.verify(_folder(options))


def _stats(options: argparse.Namespace) -> dict[str, Any]:
    from session_sync.transcripts.archive import stats

    return stats.stats(_folder(options))


def _folder(options: argparse.Namespace) -> Path:
    if not options.folder.is_dir():
        raise UsageError(f"{options.folder} is no folder; give the one that was exported to")
    folder: Path = options.folder
    return folder


_ACTIONS = {"sync": _sync, "sync-repo": _sync_repo, "verify": _verify, "stats": _stats}


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
    return Path(text).expanduser().absolute()


def _add_selection(made: argparse.ArgumentParser) -> None:
    made.add_argument("--source", action="append", default=[], metavar="NAME=PATH",
                      help="look here instead of in the standard places; may be repeated")  # fmt: skip
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
        raise argparse.ArgumentTypeError(f"{text!r} is no number of sessions")
    return int(text)
