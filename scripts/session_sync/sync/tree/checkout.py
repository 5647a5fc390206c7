"""Brings a working tree, its index and its branch from one commit to a later one, whole or not at all.

git writes the new files beside the tree (incoming.py), they change places with the old ones (replace.py), and the index
and the branch follow. Should any of that fail, all is undone. What is under way is noted before a file of the user's is
touched, for resume.py: after a kill, half of the files would look like the user's own changes.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

from session_sync.errors import SessionSyncError, UserError, told
from session_sync.git.failure import GitError
from session_sync.logs import shared_tree
from session_sync.sync.tree import disk, quarantine, refs
from session_sync.sync.tree.commit import Head, current_head
from session_sync.sync.tree.incoming import Incoming, Journal
from session_sync.sync.tree.look import Look
from session_sync.sync.tree.replace import Changed, Replacement
from session_sync.sync.tree.tree import Changes, TreeEntry, WorkTree

_REFUSED = re.compile("^error: (Entry|Updating|(Untracked w|W)orking tree file|Submodule) '", re.MULTILINE)

Aside = list[tuple[str, Path]]  # printable paths of files that were moved out of the tree, and their new places


class Dirty(Exception):
    """A file that the update would replace was changed; the tree is as it was."""


class NotWritten(Exception):
    """The new files cannot be written, and the message says why; the tree is as it was."""


class HalfWritten(UserError):
    """Some files are new and some are old, and that cannot be mended now."""


def update_files(tree: WorkTree, branch: str, old: str, new: str, aside: Aside) -> None:
    """Bring the tree, which is on `branch` at commit `old`, to commit `new`; adds to `aside`.

    Raises Dirty when files in the way were changed or the branch moved meanwhile, Deferred when another git command
    keeps a lock, NotWritten, HalfWritten and GitError.
    """
    at = Head(branch, old)
    if current_head(tree) != at:
        raise Dirty(f"{branch} moved meanwhile")
    changes = tree.changes(old, new)
    try:
        seen = disk.looks(tree, changes)  # before git looks: what looks different later was written to
    except OSError as error:
        raise NotWritten(_reason(error)) from None
    index = disk.refreshed(tree, old, {})
    ignored = disk.ignored_in_the_way(tree, index, changes)
    if os.fsencode(shared_tree.MARKERS[0]) in ignored:
        raise Dirty(f"file '{shared_tree.MARKERS[0]}' is the user's own")
    Update(tree, Journal(old, new, branch, os.urandom(4).hex()), aside).run(old, new, changes, seen, ignored)


class Update:
    """An update that is noted in `journal`, or its way back; adds to `aside`."""

    def __init__(self, tree: WorkTree, journal: Journal, aside: Aside, is_resumed: bool = False) -> None:
        self._is_resumed = is_resumed  # then git may have died between a removal and a file
        self._tree = tree
        self._journal = journal
        self._aside = aside
        self._incoming = Incoming(tree)
        self._replacement = Replacement(tree.root, self._incoming.old, journal.spare)
        self._is_published = False

    def run(self, base: str, goal: str, changes: Changes, seen: dict[bytes, Look | None], ignored: list[bytes]) -> None:
        """Bring the files, which are as in tree `base` and looked as `seen`, by `changes` to commit `goal`.

        The copy of the index holds `base`; `ignored` files are moved away first. Raises as `update_files`.
        """
        self._write(base, goal)
        try:
            self._move_away(ignored)
            self._incoming.note(self._journal)
            self._replace(changes, {**seen, **dict.fromkeys(ignored)})
            self._land(base, goal, changes)
        except (Changed, Dirty, OSError, SessionSyncError) as error:
            self._undo(base, changes, error)
            raise self._told(error) from None
        self._keep_late_writing()
        self._incoming.end()

    def _write(self, base: str, goal: str) -> None:
        """Have git write the new files beside the tree, once it has found none of the old ones changed."""
        index = self._tree.index.path
        try:
            self._tree.run("read-tree", "--dry-run", "-m", "-u", "--no-recurse-submodules", base, goal, index=index)
            self._incoming.write(index, base, goal)
        except (GitError, OSError) as error:
            meaning = self._told(error)  # while what fills the disk is still there
            self._incoming.clear()
            raise meaning from None

    def _move_away(self, ignored: list[bytes]) -> None:
        if not ignored:
            return
        moved, stayed = quarantine.move(self._tree.root, ignored)
        self._aside += moved
        if stayed:
            name, why = stayed[0]
            raise Dirty(f"file '{name}' is ignored by git and in the way, and cannot be moved: {why}")

    def _replace(self, changes: Changes, seen: dict[bytes, Look | None]) -> None:
        """Have the new files in the places of the old ones, removals first: a folder may become a file."""
        numbers = self._incoming.numbers(self._journal)
        for path, (before, now) in sorted(changes.items()):
            place, looked = disk.place(self._tree, path), seen[path]
            if before.is_submodule and not now.is_submodule:
                self._replacement.remove_folder(place)
            elif before.is_content and not now.is_content and looked:
                self._replacement.remove(numbers[path], place, looked)
        for path, (before, now) in sorted(changes.items()):
            if now.is_content:
                self._put_file(numbers[path], path, before, seen[path])
            elif now.is_submodule:
                self._replacement.make_folder(disk.place(self._tree, path))

    def _put_file(self, number: int, path: bytes, before: TreeEntry, looked: Look | None) -> None:
        place, new = disk.place(self._tree, path), self._incoming.place(path)
        is_written = os.path.lexists(new)  # else it is outside of a sparse checkout
        is_missing = before.is_content and not looked and not self._tree.is_sparse and not self._is_resumed
        if is_missing or (looked and not is_written):
            raise Changed(place)
        if is_written:
            self._replacement.put(number, new, place, looked)

    def _land(self, base: str, goal: str, changes: Changes) -> None:
        """Have the user's index and the branch follow the files."""
        self._tree.run("update-index", "-q", "--refresh", index=self._tree.index.path, expected=(0, 1))
        self._replacement.check()
        self._publish(base, {path: entry for path, (_, entry) in changes.items()}, goal)
        self._is_published = True
        at = Head(self._journal.branch, self._journal.old)
        if goal == self._journal.new and not refs.advance(self._tree, at.ref, goal, at.commit, "update"):
            raise Dirty(f"{at.branch} moved meanwhile")

    def _publish(self, base: str, entries: dict[bytes, TreeEntry], sparse_as: str) -> None:
        """Put our copy of the index in the place of the user's.

        When somebody staged something meanwhile, that stays, and `entries` come in where the index is as tree `base`.
        """
        while not self._tree.index.publish():
            index = self._tree.index.take()
            staged = self._tree.staged(index, base)
            self._put(index, {path: entry for path, entry in entries.items() if path not in staged})
            if self._tree.is_sparse:  # git marks again what is not to be in the tree
                command = ("read-tree", "-m", "-u", "--no-recurse-submodules", sparse_as, sparse_as)
                self._tree.run(*command, index=index)

    def _put(self, index: Path, entries: dict[bytes, TreeEntry]) -> None:
        """Have `index` hold `entries` and know which files are as it says."""
        self._tree.put(index, entries.items())
        self._tree.run("update-index", "-q", "--refresh", index=index, expected=(0, 1))

    def _undo(self, base: str, changes: Changes, why: Exception) -> None:
        """Have files and index as they were. Raises HalfWritten, with the journal left to the next round."""
        try:
            self._replacement.undo()
            if self._is_published:
                index = self._tree.index.take()
                staged = self._tree.staged(index, self._journal.new)
                back = {path: entry for path, (entry, _) in changes.items() if path not in staged}
                self._put(index, back)
                self._publish(self._journal.new, back, base)
            self._keep_late_writing()
            self._incoming.end()
        except (OSError, SessionSyncError) as error:
            raise HalfWritten(
                f"the remote's files are here only in part: {_reason(why)}; nor can that be undone: {_reason(error)}; "
                "mend that and sync again, which finishes it"
            ) from None

    def _told(self, error: Exception) -> Exception:
        """What an error means for those who called."""
        if isinstance(error, Changed):
            return Dirty(f"file '{os.path.relpath(error.place, self._tree.root)}' changed meanwhile")
        if isinstance(error, GitError) and _REFUSED.search(error.detail):
            return Dirty(str(error))
        if not isinstance(error, GitError | OSError):
            return error
        reason = _reason(error)
        if self._incoming.is_disk_full():
            reason += f"; the disk of {self._tree.root} is full: sync again when there is room"
        return NotWritten(reason)

    def _keep_late_writing(self) -> None:
        """Keep what was written to a file after another one had its place."""
        for place, kept in self._replacement.written_to():
            name = os.path.relpath(place, self._tree.root)
            self._aside.append(quarantine.keep(self._tree.root, name, kept))


def _reason(error: Exception) -> str:
    return told(error) if isinstance(error, OSError) else str(error)
