"""Finishes an update of a working tree that a kill or a power cut left half-way, or undoes it.

It is the first thing that a round does: until then half of the files look like the user's own changes.
"""

from __future__ import annotations

import os

from session_sync.errors import Deferred
from session_sync.sync.tree import disk, quarantine, under_way
from session_sync.sync.tree.checkout import Aside, Dirty, Update
from session_sync.sync.tree.commit import Head, current_head, with_entries
from session_sync.sync.tree.incoming import Incoming, Journal
from session_sync.sync.tree.tree import NO_ENTRY, TreeEntry, WorkTree


def resume(tree: WorkTree, aside: Aside) -> None:
    """Finish what was cut short, or undo it where the user has changed a file since; adds to `aside`.

    Raises NotWritten, HalfWritten, GitError, OSError and Deferred when neither can be done.
    """
    incoming = Incoming(tree)
    journal = incoming.journal()
    if journal is None:
        incoming.clear()
        return
    under_way.refuse(tree)
    if tree.resolve(journal.old) == journal.old and tree.resolve(journal.new) == journal.new:
        _Resumption(tree, incoming, journal, aside).run()
    incoming.end()


class _Resumption:
    """The rest of the update that `journal` tells of."""

    def __init__(self, tree: WorkTree, incoming: Incoming, journal: Journal, aside: Aside) -> None:
        self._tree = tree
        self._incoming = incoming
        self._journal = journal
        self._aside = aside
        self._head = current_head(tree)
        self._whole = tree.changes(journal.old, journal.new)
        here = tree.entries(self._head.commit, map(os.fsdecode, self._whole))
        self._changes = {path: both for path, both in self._whole.items() if here.get(path, NO_ENTRY) == both[0]}

    def run(self) -> None:
        """Do it, as far as the commit that is checked out has not what the update brought."""
        self._salvage()
        if not self._changes:
            return
        is_waiting = self._head == Head(self._journal.branch, self._journal.old)
        if not (is_waiting and self._bring(self._journal.new)) and not self._bring(self._head.commit):
            raise Deferred("files that came in half before keep changing; the next round finishes that")

    def _bring(self, goal: str) -> bool:
        """Bring the files that were to change to commit `goal`; False when the user has changed one of them since."""
        done = self._done()
        seen = disk.looks(self._tree, self._changes)
        disk.refreshed(self._tree, self._head.commit, done)
        base = with_entries(self._tree, self._head.commit, done)
        update = Update(self._tree, self._journal, self._aside, is_resumed=True)
        try:
            update.run(base, goal, self._tree.changes(base, goal), seen, [])
        except Dirty:
            return False
        return True

    def _done(self) -> dict[bytes, TreeEntry]:
        """What is as after the update, on disk or, for a file that the user changed after that, in the user's index."""
        index = self._tree.index.take()
        staged = self._tree.staged(index, self._head.commit) if index.exists() else {}
        followed = {path: now for path, (_, now) in self._changes.items() if path in staged and staged[path][1] == now}
        rest = {path: change for path, change in self._changes.items() if path not in followed}
        return followed | disk.completed(self._tree, rest)

    def _salvage(self) -> None:
        """Keep what a program wrote to a file that waits or that left its place; the others are in git."""
        for path, number in self._incoming.numbers(self._journal).items():
            beside = disk.place(self._tree, path).with_name(self._journal.spare(number))
            for place in (self._incoming.place(path), self._incoming.old / str(number), beside):
                if not place.is_symlink() and not place.is_file():
                    continue
                if any(disk.holds(self._tree, place, path, entry) for entry in self._whole[path]):
                    place.unlink()
                else:
                    self._aside.append(quarantine.keep(self._tree.root, os.fsdecode(path), place))
