"""What a save does in a shared tree once the log is written: the wiki, a commit of its own files, and the push."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from session_sync import config, files, gate, identity, machine, shared_tree, sweep, tree_status, wiki
from session_sync.tree import Tree
from session_sync.tree_outcome import Outcome
from session_sync.tree_round import TreeRound


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
    """What became of the wiki and of the round."""

    wiki: wiki.Updated
    outcome: Outcome
    others: int  # files that others changed and did not commit


def run(saving: Saving, settings: config.Config, progress: Callable[[], None]) -> Done:
    """Bring the wiki up to date, commit and push; the round's lock must be held. What went wrong is in the outcome."""
    who = identity.load(saving.root)
    tree = Tree(saving.root, progress)
    changes = [change for change in tree_status.look(tree).changes if not sweep.is_local(change)]
    changed = {os.fsdecode(change.path) for change in changes}
    vault = Path(who.vault_path).expanduser() if who.vault_path else None
    updated = wiki.update(saving.root, saving.scope.category, saving.scope.name, saving.log, saving.draft, vault)
    contents = {saving.path: _read(saving.log)}
    for path in updated.paths:
        name = path.relative_to(saving.root).as_posix()
        if name in changed:  # by somebody else, whose change is not ours to commit
            updated = replace(
                updated, messages=[*updated.messages, f"{name} has others' changes: left to the next sync"]
            )
        else:
            contents[name] = _read(path)
    checked_by = gate.load(settings, who.email, saving.root)
    outcome = TreeRound(tree, machine.load(), who, checked_by).save(contents, f"save: {saving.log.stem}\n")
    return Done(updated, outcome, len(changed - contents.keys()))


def _read(path: Path) -> bytes:
    with files.open_regular(path, follow=False) as stream:
        return stream.read()
