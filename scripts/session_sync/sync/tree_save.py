"""What a save does in a shared tree once the log is written: the wiki, a commit of its own files, and the push."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from session_sync.errors import UserError
from session_sync.home import config, files, lock
from session_sync.identity import machine, user
from session_sync.logs import shared_tree
from session_sync.scan import gate
from session_sync.sync import withholding
from session_sync.sync.outcome import Outcome
from session_sync.sync.save_round import SaveRound
from session_sync.sync.tree import status as tree_status
from session_sync.sync.tree.tree import Tree
from session_sync.wiki import update as wiki_update


@dataclass(frozen=True)
class Saving:
    """A session log that was just written into the shared tree at `root`, and the draft of its wiki article."""

    root: Path
    log: Path
    scope: shared_tree.Scope
    draft: bytes | None = None

    @property
    def path(self) -> str:
        """The log's tree-relative path."""
        return self.log.relative_to(self.root).as_posix()


@dataclass(frozen=True)
class Done:
    """What became of the wiki and of the round; `name` is the log's path as it may be told."""

    name: str
    wiki: wiki_update.Updated
    outcome: Outcome


def run(saving: Saving, settings: config.Config, progress: Callable[[], None]) -> Done:
    """Bring the wiki up to date, commit and push; the round's lock must be held. What went wrong is in the outcome."""
    tree = Tree(saving.root, progress)
    with lock.in_tree(tree.common_dir):
        return _run(tree, saving, settings)


def _run(tree: Tree, saving: Saving, settings: config.Config) -> Done:
    who = user.load(saving.root)
    checked_by, warnings = gate.of_tree(settings, who.email, saving.root)
    tree_round = SaveRound(tree, machine.load(), who, checked_by)
    tree_round.mend()
    status = tree_status.look(tree, f":(top){shared_tree.WIKI}")
    changed = {os.fsdecode(change.path) for change in status.changes}
    updated = _update_wiki(saving, tree, status, who.vault_path)
    contents = {saving.path: _read(saving.log)}
    for path in updated.paths:
        name = path.relative_to(saving.root).as_posix()
        if name in changed:  # by somebody else, whose change is not ours to commit
            message = f"{name} has others' changes: left to the next sync"
            updated = replace(updated, messages=[*updated.messages, message])
        else:
            contents[name] = _read(path)
    outcome = tree_round.run(saving.path, contents)
    outcome.warnings += warnings
    return Done(withholding.told(checked_by, os.fsencode(saving.path)), updated, outcome)


def _update_wiki(saving: Saving, tree: Tree, status: tree_status.Status, vault_path: str) -> wiki_update.Updated:
    """Bring the wiki up to date, unless git waits for the user: its articles may be in the middle of a merge."""
    try:
        tree_status.refuse(tree, status)
    except UserError as error:
        return wiki_update.Updated("failed", [], [f"[WARN] wiki not updated: {error}"])
    vault = saving.root / Path(vault_path).expanduser() if vault_path else None
    return wiki_update.update(saving.root, saving.scope.category, saving.scope.name, saving.log, saving.draft, vault)


def _read(path: Path) -> bytes:
    with files.open_regular(path, follow=False) as stream:
        return stream.read()
