"""Syncs a shared tree together with its user's vault, and takes in the notes and commands that came along."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from session_sync.errors import STATUS, SessionSyncError, worst
from session_sync.git import query
from session_sync.home import lock, paths
from session_sync.home.config import Config
from session_sync.identity import machine, user
from session_sync.identity.user import Identity
from session_sync.logs import shared_tree
from session_sync.sync.commands import Copied, copy_commands
from session_sync.sync.incoming_notes import receive_notes
from session_sync.sync.report import CommandsReport, SyncReport, SyncTreeReport
from session_sync.sync.summary import sync_lines
from session_sync.sync.sync_round import SyncRound
from session_sync.sync.tree import advice
from session_sync.sync.tree.tree import WorkTree
from session_sync.text.lines import counted


def sync_with_vault(root: Path, settings: Config, progress: Callable[[], None]) -> tuple[SyncReport, list[str]]:
    """Do the rounds of the tree at `root` and of its vault; the lock must be held.

    Returns the report, and its lines for people. What goes wrong in a round is in there.
    """
    here, who = machine.load(), user.load(root)
    tree = _sync_tree(root, settings, who, progress)
    vault, warnings = _sync_vault(root, settings, who, progress)
    copied, missed = _take_in(root, tree, who, here.uuid, progress)
    code = worst([tree.code, *([vault.code] if vault else [])])
    report = SyncReport(
        status=STATUS[code],
        code=code,
        tree=tree,
        vault=vault,
        commands=CommandsReport([name for name, _ in copied.copied], dict(copied.kept)),
        warnings=[*missed, *warnings, *here.warnings, *who.warnings, *_shared_identity(root, tree.head)],
    )
    return report, sync_lines(report, copied)


def _sync_tree(root: Path, settings: Config, who: Identity, progress: Callable[[], None]) -> SyncTreeReport:
    try:
        tree = WorkTree(root, progress)
        with lock.in_tree(tree.lock_file()):
            return SyncRound(tree, settings, who).run()
    except SessionSyncError as error:
        return SyncTreeReport(root=str(root), status=STATUS[error.code], code=error.code, message=str(error))


def _sync_vault(
    root: Path, settings: Config, who: Identity, progress: Callable[[], None]
) -> tuple[SyncTreeReport | None, list[str]]:
    """The round of the vault's repository, None when it has none of its own; and what is wrong with the vault."""
    if not who.vault_path:
        return None, []
    try:
        place = root / paths.expanded(who.vault_path)
        top = query.trusted_worktree(place) if place.is_dir() else None
    except (RuntimeError, OSError, SessionSyncError) as error:  # RuntimeError: ~ of a user that is not there
        return None, [f"the vault {who.vault_path} is left out: {error}"]
    if top is None:
        return None, [f"the vault {place} is not a git working tree; correct vault_path in identity.json"]
    return (_sync_tree(top, settings, who, progress) if top.resolve() != root.resolve() else None), []


def _take_in(
    root: Path, tree: SyncTreeReport, who: Identity, uuid: str, progress: Callable[[], None]
) -> tuple[Copied, list[str]]:
    """Take in the notes and commands that came; returns the commands, and what went wrong: the sync is done."""
    copied, warnings = Copied(), list[str]()
    try:
        if tree.remote_head:
            _, beyond = receive_notes(root, tree.remote_head, who, uuid, progress)
            warnings += [f"{counted(beyond, 'note')} passed over: too many; see the session logs"] if beyond else []
        if tree.head:
            copied = copy_commands(root, tree.head)
    except (SessionSyncError, OSError) as error:
        warnings.append(f"notes and commands wait for the next sync: {error}")
    return copied, warnings


def _shared_identity(root: Path, head: str) -> list[str]:
    """A warning when the user's identity is committed, and so becomes everybody's."""
    name = shared_tree.MARKERS[0]
    if not head or not WorkTree(root).entries(head, [name]):
        return []
    command = advice.git(root, "rm", "--cached", path=name)
    return [f"{name} is committed, so that everybody who clones becomes that user; run {command}, and ignore it"]
