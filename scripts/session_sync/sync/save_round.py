"""What a save does in a shared tree once the log is written: the wiki, a commit of its own files, and the push.

The working tree is left to those who work in it: the remote's changes wait for the next sync.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import msgspec

from session_sync.errors import DONE, UserError
from session_sync.home import files, lock, paths
from session_sync.home.config import Config
from session_sync.identity import belongs, user
from session_sync.logs import shared_tree
from session_sync.sync.report import SaveTreeReport, TreeReport, WikiReport
from session_sync.sync.round import TreeRound
from session_sync.sync.summary import save_lines
from session_sync.sync.tree import under_way
from session_sync.sync.tree.commit import commit_files, current_head
from session_sync.sync.tree.status import TreeStatus, check_ready, read_status
from session_sync.sync.tree.tree import WorkTree, path_text
from session_sync.sync.withholding import printable_path, reported
from session_sync.wiki.update import Updated, update_wiki


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


def save_in_tree(saving: Saving, settings: Config, progress: Callable[[], None]) -> SaveTreeReport:
    """Bring the wiki up to date, commit and push; the round's lock must be held. What goes wrong then is reported.

    Raises SessionSyncError when nothing can be done at all.
    """
    tree = WorkTree(saving.root, progress)
    with lock.in_tree(tree.lock_file()):
        who = user.load(saving.root)
        tree_round = SaveRound(tree, settings, who)
        tree_round.recover()
        status = read_status(tree, f":(top){shared_tree.WIKI}")
        updated = _update_wiki(saving, tree, status, who.vault_path)
        paths = [path.relative_to(saving.root).as_posix() for path in updated.paths]
        theirs = {os.fsdecode(change.path) for change in status.changes}.intersection(paths)  # not ours to commit
        ours = [saving.path, *(path for path in paths if path not in theirs)]
        report = tree_round.run(saving.path, {path: _read(saving.root / path) for path in ours})
    left = [f"{path} has others' changes: left to the next sync" for path in paths if path in theirs]
    wiki = WikiReport(updated.status, [*updated.messages, *left], paths)
    log = printable_path(tree_round.gate, os.fsencode(saving.path))
    return _told(report, wiki, log)


def _told(report: TreeReport, wiki: WikiReport, log: str) -> SaveTreeReport:
    fields = msgspec.structs.asdict(report)
    if report.code == DONE:  # what came from others is not in the files: it waits
        fields |= {"waiting": len(report.pulled), "pulled": []}
    saved = SaveTreeReport(**fields, wiki=wiki)
    saved.summary = save_lines(saved, log)
    return saved


def _update_wiki(saving: Saving, tree: WorkTree, status: TreeStatus, vault_path: str) -> Updated:
    """Bring the wiki up to date, unless git waits for the user: its articles may be in the middle of a merge."""
    try:
        check_ready(tree, status)
    except UserError as error:
        return Updated("failed", [], [f"[WARN] wiki not updated: {error}"])
    vault = saving.root / paths.expanded(vault_path) if vault_path else None
    return update_wiki(saving.root, saving.scope, saving.log, saving.draft, vault)


def _read(path: Path) -> bytes:
    with files.open_regular(path, follow=False) as stream:
        return stream.read()


class SaveRound(TreeRound):
    """The round of one save."""

    def run(self, log: str, contents: Mapping[str, bytes]) -> TreeReport:
        """Commit `contents` (tree-relative path -> bytes) alone and push; no other file and nothing staged changes.

        `log` is the path of the session log among them.
        """
        return self._guarded(lambda: self._save(log, contents))

    def _save(self, log: str, contents: Mapping[str, bytes]) -> None:
        message = f"save: {PurePosixPath(log).stem}\n"
        under_way.refuse(self._tree)
        at = current_head(self._tree)
        if not at.branch:
            under_way.refuse_detached(self._tree)
        self._follow(at.branch)
        if self._exchange and not at.commit and self._exchange.fetch():
            upstream = self._exchange.done.upstream
            raise UserError(f"{at.branch} has no commit yet and {upstream} has; run /sync first")
        passing = self._passing(at.commit, log, contents)
        commit = commit_files(self._tree, passing, message, self._who()) if passing else ""
        if commit:
            self._report.committed = commit
            self._report.files = sorted(path_text(os.fsencode(path)) for path in passing)
        self._report.head = current_head(self._tree).commit
        if self._exchange and self._report.head:
            self._exchange.fetch()
            self._exchange.push(self._report.head, log if passing else "")

    def _passing(self, head: str, log: str, contents: Mapping[str, bytes]) -> dict[str, bytes]:
        """Those of `contents` that may leave, given what commit `head` holds already; the rest is withheld.

        All of them tell of the session and so go by the policy of its project; none goes without the `log`.
        """
        passing, known = {}, self._tree.entries(head, contents)
        project = belongs.stricter(shared_tree.project_of(log), self.gate.customer(log))
        for path, data in contents.items():
            entry = known.get(os.fsencode(path))
            before = self._tree.blob(entry.oid) if entry and entry.is_file else b""
            judged = self.gate.check_file(path, project, data, before, may_be_binary=False)
            self._report.withheld += reported(self.gate, os.fsencode(path), judged.findings)
            self._let_through |= judged.let_through
            if not judged.findings:
                passing[path] = data
        return passing if log in passing else {}
