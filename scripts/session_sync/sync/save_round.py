"""The round of a save in a shared tree: its own files are committed, joined with the remote's commits, and pushed.

The working tree is left to those who work in it: the remote's changes wait for the next sync.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import PurePosixPath

from session_sync.errors import UserError
from session_sync.identity import belongs
from session_sync.logs import shared_tree
from session_sync.sync import withholding
from session_sync.sync.outcome import Outcome
from session_sync.sync.round import TreeRound
from session_sync.sync.tree import commit as tree_commit
from session_sync.sync.tree import status as tree_status
from session_sync.sync.withholding import shown


class SaveRound(TreeRound):
    """The round of one save."""

    def run(self, log: str, contents: Mapping[str, bytes]) -> Outcome:
        """Commit `contents` (tree-relative path -> bytes) alone and push; no other file and nothing staged changes.

        `log` is the path of the session log among them.
        """
        return self._guarded(lambda: self._save(log, contents))

    def _save(self, log: str, contents: Mapping[str, bytes]) -> None:
        message = f"save: {PurePosixPath(log).stem}\n"
        tree_status.refuse_under_way(self._tree.git_dir)
        at = tree_commit.head(self._tree)
        if not at.branch:
            raise UserError(tree_status.DETACHED)
        self._follow(at.branch)
        if self._exchange and not at.commit:
            self._refuse_new_history(at.branch, self._exchange.fetch())
        passing = self._passing(at.commit, log, contents)
        commit = tree_commit.commit_files(self._tree, passing, message, self._who()) if passing else ""
        names = sorted(shown(os.fsencode(path)) for path in passing)
        self._outcome.committed, self._outcome.files = commit, names if commit else []
        self._outcome.head = tree_commit.head(self._tree).commit
        if self._exchange and self._outcome.head:
            self._exchange.push(self._outcome.head, self._exchange.fetch(), log if passing else "")
        self._outcome.waiting, self._outcome.pulled = len(self._outcome.pulled), []

    def _passing(self, head: str, log: str, contents: Mapping[str, bytes]) -> dict[str, bytes]:
        """Those of `contents` that may leave, given what commit `head` holds already; the rest is withheld.

        All of them tell of the session and so go by the policy of its project; none goes without the `log`.
        """
        passing, known = {}, self._tree.entries(head, contents)
        project = belongs.stricter(shared_tree.project_of(log), self._gate.customer(log))
        for path, data in contents.items():
            entry = known.get(os.fsencode(path))
            before = self._tree.blob(entry.oid) if entry and entry.is_file else b""
            findings = self._gate.check_file(path, project, data, before, may_be_binary=False)
            if findings:
                name = withholding.named(self._gate, os.fsencode(path), findings)
                self._outcome.withheld.append((name, findings))
            else:
                passing[path] = data
        return passing if log in passing else {}
