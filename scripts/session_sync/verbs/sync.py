"""Syncs a shared tree and its vault: the verb, what else it brings along, and what it tells."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from session_sync import cli
from session_sync.errors import DONE, STATUS, SessionSyncError, UsageError, worst
from session_sync.git import query
from session_sync.home import config, lock
from session_sync.identity import machine, user
from session_sync.identity.user import Identity
from session_sync.logs import shared_tree
from session_sync.scan import gate
from session_sync.sync import commands as command_files
from session_sync.sync import incoming_notes, notes, withholding
from session_sync.sync import report as sync_report
from session_sync.sync.outcome import Outcome
from session_sync.sync.sync_round import SyncRound
from session_sync.sync.tree import status as tree_status
from session_sync.sync.tree.tree import Tree
from session_sync.text.lines import counted

LOGS = ":(top,glob)**/session-logs/**/*.md"
MOST_NOTES = 20  # that are shown at once
Report = dict[str, Any]


def main(argv: list[str] | None = None) -> int:
    options = _parser().parse_args(argv)
    if options.check and options.notes:
        raise UsageError("--check and --notes do not go together")
    if options.notes:
        return _tell(options, {"status": STATUS[DONE], "code": DONE, "summary": []})
    root = _root(options)
    if options.check:
        return _check(options, root)
    return _tell(options, lock.own_round(options.wait, lambda progress: _sync(root, options, progress)))


def _root(options: argparse.Namespace) -> Path:
    """The tree to sync; one that is not marked as shared must be named."""
    where: Path = options.repo or Path.cwd()
    top = query.trusted_worktree(where) if where.is_dir() else None
    if top is None:
        raise UsageError(f"{where} is in no git working tree; give one with --repo")
    if options.repo is None and not shared_tree.is_shared(top):
        raise UsageError(f"{top} is no shared tree; make it one (an empty {shared_tree.MARKERS[1]}) or name it: --repo")
    return top


def _check(options: argparse.Namespace, root: Path) -> int:
    """List the session logs that are not committed: whoever wrote them may not have saved."""
    checked_by, _ = gate.of_tree(config.load(), user.load(root).email, root)
    status = tree_status.look(Tree(root), LOGS)
    found = sorted(
        withholding.told(checked_by, path) for path in [*status.unreadable, *(one.path for one in status.changes)]
    )
    for path in found:
        cli.say(options, f"not committed: {path}")
    logs = counted(len(found), "uncommitted session log")
    cli.say(options, f"{logs}; /save commits its own, /sync all" if found else "all session logs are committed")
    cli.report(options, {"status": STATUS[DONE], "code": DONE, "uncommitted": found})
    return DONE


def _sync(root: Path, options: argparse.Namespace, progress: Callable[[], None]) -> Report:
    """Do the rounds of the tree and of its vault; the lock must be held."""
    settings = config.load()
    if options.skip_pii_check:
        settings = replace(settings, policies=(config.PolicyRule("*", "off"),), tenants={})
    here, who = machine.load(), user.load(root)
    outcome = _round(root, settings, who, progress)
    vault = _vault(root, settings, who, progress)
    copied, warnings = _brought_along(root, outcome, who, here.uuid, progress)
    warnings += [vault] if isinstance(vault, str) else []
    warnings += [*here.warnings, *who.warnings, *_spread(root, outcome)]
    rounds = [outcome, vault] if isinstance(vault, Outcome) else [outcome]
    code = worst([one.code for one in rounds])
    return {
        "status": STATUS[code],
        "code": code,
        "tree": sync_report.report(outcome),
        "vault": sync_report.report(rounds[1]) if rounds[1:] else None,
        "commands": {"copied": [name for name, _ in copied.copied], "kept": dict(copied.kept)},
        "warnings": warnings,
        "summary": [*_lines(rounds, copied), *(f"[WARNING] {text}" for text in warnings)],
    }


def _lines(rounds: list[Outcome], copied: command_files.Copied) -> list[str]:
    told = []
    for kind, outcome in zip(("", "vault "), rounds, strict=False):
        told += sync_report.lines(outcome, f"{kind}{outcome.root.name}")
    told += [f"command copied: {name} (last changed by {author})" for name, author in copied.copied]
    return [*told, *(f"[WARNING] command not copied: {name}: {reason}" for name, reason in copied.kept)]


def _spread(root: Path, outcome: Outcome) -> list[str]:
    """A warning when the user's identity is committed, and so becomes everybody's."""
    name = shared_tree.MARKERS[0]
    if not outcome.head or not Tree(root).entries(outcome.head, [name]):
        return []
    return [f"{name} is committed, so that everybody who clones becomes that user; git rm --cached it, and ignore it"]


def _brought_along(
    root: Path, outcome: Outcome, who: Identity, uuid: str, progress: Callable[[], None]
) -> tuple[command_files.Copied, list[str]]:
    """Take in the notes and commands that came, and what went wrong with them; the sync is done."""
    copied, warnings = command_files.Copied(), list[str]()
    try:
        if outcome.remote_head:
            _, beyond = incoming_notes.receive(root, outcome.remote_head, who, uuid, progress)
            warnings += [f"{counted(beyond, 'note')} passed over: too many; see the session logs"] if beyond else []
        if outcome.head:
            copied = command_files.copy(root, outcome.head)
    except (SessionSyncError, OSError) as error:
        warnings.append(f"notes and commands wait for the next sync: {error}")
    return copied, warnings


def _round(root: Path, settings: config.Config, who: Identity, progress: Callable[[], None]) -> Outcome:
    try:
        tree = Tree(root, progress)
        checked_by, warnings = gate.of_tree(settings, who.email, root)
        with lock.in_tree(tree.common_dir):
            outcome = SyncRound(tree, machine.load(), who, checked_by).run()
    except SessionSyncError as error:
        return Outcome(root, code=error.code, message=str(error))
    outcome.warnings += warnings
    return outcome


def _vault(root: Path, settings: config.Config, who: Identity, progress: Callable[[], None]) -> Outcome | str | None:
    """The round of the vault's repository, or why there was none."""
    if not who.vault_path:
        return None
    try:
        place = root / Path(who.vault_path).expanduser()
        top = query.trusted_worktree(place) if place.is_dir() else None
    except (RuntimeError, OSError, SessionSyncError) as error:  # RuntimeError: ~ of a user that is not there
        return f"the vault {who.vault_path} is left out: {error}"
    if top is None:
        return f"the vault {place} is no git working tree; correct vault_path in identity.json"
    return _round(top, settings, who, progress) if top.resolve() != root.resolve() else None


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
    parser.add_argument("--repo", type=lambda text: Path(text).expanduser(), metavar="PATH",
                        help="a folder in the tree; default: the shared tree here")  # fmt: skip
    parser.add_argument("--check", action="store_true", help="only list session logs that are not committed")
    parser.add_argument("--notes", action="store_true", help="only show the unread notes of other users")
    parser.add_argument("--skip-pii-check", action="store_true", help="commit what the check withholds")
    cli.add_wait(parser)
    return parser


def _tell(options: argparse.Namespace, content: Report) -> int:
    """Print notes that wait, then the report; what a person or an agent has seen is not shown again."""
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
    tell = cli.say if content["code"] == DONE else cli.complain
    for line in content["summary"]:
        tell(options, line)
    told = {key: value for key, value in content.items() if key != "summary"}
    cli.report(options, {**told, "notes": [notes.as_report(note) for note in some]})
    sys.stdout.flush()
    if is_shown:
        notes.mark_shown(some)
    return int(content["code"])
