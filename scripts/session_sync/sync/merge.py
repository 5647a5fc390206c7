"""Joins our commits with the remote's, decided before the working tree is touched.

Session logs are only ever added to, and the wiki's index is a list: what git cannot join there, we can, and nothing of
either side is lost.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import PurePosixPath

from session_sync.errors import UserError
from session_sync.git import query
from session_sync.git.failure import GitError
from session_sync.git.run import Git
from session_sync.logs import shared_tree
from session_sync.sync.tree.commit import with_entries
from session_sync.sync.tree.tree import NO_ENTRY, TreeEntry, WorkTree
from session_sync.text import outline
from session_sync.wiki.index import merge_index
from session_sync.wiki.join import join_articles

WIKI_INDEX = f"{shared_tree.WIKI}/index.md"
_NOBODY = ("session-sync", "session-sync")  # makes commits that only git sees, for the length of a merge
Stages = dict[int, TreeEntry]  # 1 is the common ancestor, 2 ours, 3 theirs
Sides = tuple[TreeEntry, TreeEntry, TreeEntry]  # the same in this order
Resolved = dict[bytes, TreeEntry]

SETTINGS = {  # what a user sets for merges by hand must not decide what two machines make of the same commits
    "merge.default": "text",
    "merge.renames": "true",
    "merge.directoryRenames": "false",  # a new log stays where its session wrote it, and will write again
}


class NoCommonHistory(UserError):
    """Two commits have no ancestor in common."""


@dataclass(frozen=True)
class Merged:
    """The joined tree, or the paths that only the user can join."""

    tree: str
    conflicts: tuple[bytes, ...] = ()


def merge_commits(tree: WorkTree, ours: str, theirs: str, may_come_back: bool = True) -> Merged:
    """Join two commits in git's objects alone.

    A log that they removed and we added to stays, if it `may_come_back`. Raises UserError when git is too old, and
    NoCommonHistory.
    """
    query.check_version((2, 38))
    merged, unmerged = _merge_tree(tree, ours, theirs)
    joiner = _Joiner(tree, ours, theirs, merged, may_come_back)
    resolved: Resolved = {}
    conflicts = []
    for path, stages in unmerged.items():
        found = joiner.join(path, stages)
        if found is None:
            conflicts.append(_named(path, ours, theirs))
        resolved.update(found or {})
    if conflicts:
        return Merged("", tuple(sorted(set(conflicts))))
    return Merged(with_entries(tree, merged, resolved) if resolved else merged)


def _named(path: bytes, *commits: str) -> bytes:
    """The name that a path has in the commits: git adds a commit's to one that is a file there and a folder here."""
    for commit in commits:
        path = path.removesuffix(b"~" + commit.encode())
    return path


def merge_onto(tree: WorkTree, base: str, ours: str, theirs: str) -> Merged:
    """What commit `ours` changed since `base` put onto `theirs`, whose history may be another one.

    Nothing that `theirs` has no more comes back with it. Raises UserError when git is too old.
    """
    if tree.tree_of(ours) == tree.tree_of(base):
        return Merged(tree.tree_of(theirs))
    since = tree.commit(tree.tree_of(base), [], "", _NOBODY, may_sign=False)
    mine, other = (tree.commit(tree.tree_of(one), [since], "", _NOBODY, may_sign=False) for one in (ours, theirs))
    merged = merge_commits(tree, mine, other, may_come_back=False)
    back = () if merged.conflicts else _brought_back(tree, base, theirs, merged.tree)
    return Merged("", back) if back else merged


def _brought_back(tree: WorkTree, base: str, theirs: str, merged: str) -> tuple[bytes, ...]:
    """The paths in `merged` whose contents were in `base`, or before it, and are nowhere in `theirs`."""
    new = {path: entry.oid for path, (_, entry) in tree.changes(theirs, merged).items() if entry != NO_ENTRY}
    gone = tree.objects(base, theirs) if new else set()
    if gone.intersection(new.values()):
        gone -= tree.objects(theirs)
    return tuple(sorted(path for path, oid in new.items() if oid in gone))


def with_log(tree: WorkTree, ours: str, theirs: str, log: str) -> str:
    """The tree of commit `theirs` with our session log in it, "" when another one has its place there."""
    path = os.fsencode(log)
    mine, other = (tree.entries(commit, [log]).get(path, NO_ENTRY) for commit in (ours, theirs))
    if mine == NO_ENTRY or (
        other != NO_ENTRY and not tree.blob(mine.oid).startswith(tree.blob(other.oid).rstrip(b"\n"))
    ):
        return ""
    folders = [str(folder) for folder in PurePosixPath(log).parents][:-1]
    if any(os.fsencode(folder) in tree.entries(theirs, [folder]) for folder in folders):
        return ""  # a file has the place of its folder
    return tree.graft(theirs, {path: mine})


def _merge_tree(tree: WorkTree, ours: str, theirs: str) -> tuple[str, dict[bytes, Stages]]:
    """What git makes of both: a tree, and what both have at the paths that it cannot join."""
    git = Git(tree=tree.root, settings=SETTINGS, progress=tree.progress)
    try:
        answer = git.run("merge-tree", "--write-tree", "-z", "--no-messages", ours, theirs, expected=(0, 1))
    except GitError as error:
        if "unrelated histories" not in error.detail:
            raise
        raise NoCommonHistory("the branch here and the remote's have no common history") from None
    oid, *lines = answer.split(b"\0")
    unmerged: dict[bytes, Stages] = {}
    for line in filter(None, lines):
        meta, _, path = line.partition(b"\t")
        mode, blob, stage = meta.decode().split()
        unmerged.setdefault(path, {})[int(stage)] = TreeEntry(mode, blob)
    return oid.decode(), unmerged


@dataclass(frozen=True)
class _Joiner:
    """Joins what git cannot; `merged` is the tree that git made of commits `ours` and `theirs`."""

    tree: WorkTree
    ours: str
    theirs: str
    merged: str
    may_come_back: bool

    def join(self, path: bytes, stages: Stages) -> Resolved | None:
        """The entries that join what both did at `path`; None when that is the user's to say."""
        name = os.fsdecode(path)
        base, ours, theirs = (stages.get(stage, NO_ENTRY) for stage in (1, 2, 3))
        if not all(entry.is_file or entry == NO_ENTRY for entry in (base, ours, theirs)):
            return None
        if not self.may_come_back and (theirs == NO_ENTRY or not shared_tree.is_log(name)):
            return None
        if name.startswith(f"{shared_tree.WIKI}/") and name.endswith(".md") and NO_ENTRY not in (ours, theirs):
            return self._join_wiki(path, (base, ours, theirs))
        return self._join_log(path, (base, ours, theirs)) if shared_tree.is_log(name) else None

    def _join_wiki(self, path: bytes, sides: Sides) -> Resolved | None:
        try:
            base, ours, theirs = (self._content(entry).decode() for entry in sides)
        except UnicodeDecodeError:
            return None
        join = merge_index if os.fsdecode(path) == WIKI_INDEX else join_articles
        joined = join(base, ours, theirs)
        return None if joined is None else {path: TreeEntry(sides[2].mode, self.tree.store(joined.encode()))}

    def _join_log(self, path: bytes, sides: Sides) -> Resolved | None:
        base, ours, theirs = sides
        if NO_ENTRY in (ours, theirs):
            if base == NO_ENTRY or ours == theirs:
                return None  # renamed
            return {path: ours if theirs == NO_ENTRY else theirs}  # removed there, added to here: it stays
        before, mine, other = (self._content(entry).rstrip(b"\n") for entry in sides)
        if not (mine.startswith(before) and other.startswith(before)):
            return None
        if base == NO_ENTRY and not self._are_added(path, ours, theirs):
            return None
        if mine.startswith(other) or other.startswith(mine):
            return {path: ours if len(mine) > len(other) else theirs}
        if base == NO_ENTRY:
            return {path: theirs, self._free_name(path): ours}
        joined = other + b"\n\n" + mine[max(len(before), _shared(mine, other)) :].lstrip(b"\n") + b"\n"
        return {path: TreeEntry(theirs.mode, self.tree.store(joined))}

    def _are_added(self, path: bytes, ours: TreeEntry, theirs: TreeEntry) -> bool:
        """Whether both sides have just that at `path`: after a renaming, git may have put its marks into it."""
        name = os.fsdecode(path)
        found = [self.tree.entries(commit, [name]).get(path) for commit in (self.ours, self.theirs)]
        return found == [ours, theirs]

    def _free_name(self, path: bytes) -> bytes:
        """A name for a second log of the same name, as `save` would choose it."""
        place = PurePosixPath(os.fsdecode(path))
        taken = {os.path.basename(one) for one in self.tree.entries(self.merged, [str(place.parent)])}
        names: Iterator[bytes] = (os.fsencode(f"{place.stem}-{number}{place.suffix}") for number in count(2))
        return os.path.join(os.path.dirname(path), next(name for name in names if name not in taken))

    def _content(self, entry: TreeEntry) -> bytes:
        return b"" if entry == NO_ENTRY else self.tree.blob(entry.oid)


def _shared(one: bytes, other: bytes) -> int:
    """The length in bytes of the sections that two logs both begin with."""
    lines, others = one.split(b"\n"), other.split(b"\n")
    same = next((at for at, pair in enumerate(zip(lines, others, strict=False)) if pair[0] != pair[1]), 0)
    starts = [section.start for section in outline.sections(one.decode(errors="replace")) if section.start <= same]
    return len(b"\n".join(lines[: starts[-1]])) if starts else 0
