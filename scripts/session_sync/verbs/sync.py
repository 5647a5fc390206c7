"""Syncs a shared tree and its vault, and shows the notes that came."""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from pathlib import Path

import msgspec

from session_sync import cli, streams
from session_sync.errors import DONE, STATUS, UsageError
from session_sync.git import query
from session_sync.home import config, lock, paths
from session_sync.identity import user
from session_sync.logs import shared_tree
from session_sync.scan import tree_gate
from session_sync.sync import notes
from session_sync.sync.report import SyncReport
from session_sync.sync.tree.status import read_status
from session_sync.sync.tree.tree import WorkTree
from session_sync.sync.with_vault import sync_with_vault
from session_sync.sync.withholding import printable_path
from session_sync.text.lines import counted

_LOGS = ":(top,glob)**/session-logs/**/*.md"
MOST_NOTES = 20  # that are shown at once


class CheckReport(msgspec.Struct):
    """The session logs that are not committed."""

    uncommitted: list[str]
    status: str = STATUS[DONE]
    code: int = DONE


class NotesReport(msgspec.Struct):
    """Other users' notes that were not shown yet, as `notes.as_report` tells them."""

    notes: list[dict[str, str]] = []
    status: str = STATUS[DONE]
    code: int = DONE


def main(argv: list[str] | None = None) -> int:
    options = _parser().parse_args(argv)
    if options.check and options.notes:
        raise UsageError("--check and --notes do not go together")
    if options.notes or options.check:
        streams.need_output()
    if options.notes:
        return _tell(options, NotesReport(), [])
    root = _root(options)
    if options.check:
        return _check(options, root)
    with lock.held_for_round(options.wait) as progress:
        report, lines = sync_with_vault(root, _settings(options), progress)
    return _tell(options, report, lines)


def _settings(options: argparse.Namespace) -> config.Config:
    settings = config.load()
    if options.skip_pii_check:
        every = tuple(config.PolicyRule(match, "off") for match in ("*", config.UNKNOWN))
        return replace(settings, policies=every, tenants={})
    return settings


def _root(options: argparse.Namespace) -> Path:
    """The tree to sync; one that is not marked as shared must be named."""
    where: Path = options.repo or Path.cwd()
    top = query.trusted_worktree(where) if where.is_dir() else None
    if top is None:
        raise UsageError(f"{where} is not in a git working tree; give one with --repo")
    if options.repo is None and not shared_tree.is_shared(top):
        raise UsageError(
            f"{top} is not a shared tree; make it one (an empty {shared_tree.MARKERS[1]}) or name it: --repo"
        )
    return top


def _check(options: argparse.Namespace, root: Path) -> int:
    """List the session logs that are not committed: whoever wrote them may not have saved."""
    checked_by, _ = tree_gate.load(config.load(), user.load(root).email, root)
    status = read_status(WorkTree(root), _LOGS)
    found = [*status.unreadable, *(one.path for one in status.changes)]
    names = sorted(printable_path(checked_by, path) for path in found)
    for name in names:
        cli.say(options, f"not committed: {name}")
    logs = counted(len(names), "uncommitted session log")
    cli.say(options, f"{logs}; /save commits its own, /sync all" if names else "all session logs are committed")
    cli.report(options, CheckReport(names))
    return DONE


def _is_seen() -> bool:
    """Whether a session or a person reads what we print, and not just a schedule's log."""
    return bool(cli.client_session()) or sys.stdout.isatty()


def _show(options: argparse.Namespace, some: list[notes.Note], more: int) -> None:
    """Print `some` of the notes, and how many more wait."""
    for note in some:
        for line in notes.framed(note).split("\n"):
            cli.say(options, line)
    if more:
        cli.say(options, f"{counted(more, 'more note')} waiting; scripts/run sync --notes")


def _parser() -> argparse.ArgumentParser:
    parser = cli.parser("sync", "Sync a shared tree and its vault with their remotes; show the notes that came.")
    parser.add_argument("--repo", type=paths.expanded, metavar="PATH",
                        help="a folder in the tree; default: the shared tree here")  # fmt: skip
    parser.add_argument("--check", action="store_true", help="only list session logs that are not committed")
    parser.add_argument("--notes", action="store_true", help="only show the unread notes of other users")
    parser.add_argument("--skip-pii-check", action="store_true", help="commit what the check withholds")
    cli.add_wait(parser)
    return parser


def _tell(options: argparse.Namespace, report: SyncReport | NotesReport, lines: list[str]) -> int:
    """Print notes that wait, then the `lines` of the report; what a person or an agent has seen is not shown again."""
    unread, damaged = notes.unread()
    some, is_shown = unread[:MOST_NOTES], not options.quiet and (_is_seen() or options.notes)
    if is_shown:
        _show(options, some, len(unread) - len(some))
    elif unread:
        cli.say(options, f"{counted(len(unread), 'unread note')}; see: scripts/run sync --notes")
    if damaged:
        cli.say(options, f"[WARNING] {counted(damaged, 'damaged note')}; see the session logs themselves")
    if options.notes and not unread:
        cli.say(options, "no unread notes")
    tell = cli.say if report.code == DONE else cli.complain
    for line in lines:
        tell(options, line)
    report.notes = [notes.as_report(note) for note in some]
    cli.report(options, report)
    if is_shown and not streams.failure():
        notes.mark_shown(some)
    return report.code
