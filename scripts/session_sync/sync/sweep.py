"""What /sync commits: all that is changed in a shared tree but what must not leave, cannot be kept or is not ours."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from session_sync.git import objects
from session_sync.git.failure import GitError
from session_sync.logs import shared_tree
from session_sync.scan.gate import Judgement, LetThrough
from session_sync.scan.tree_gate import TreeGate
from session_sync.sync.report import Left, Moved, Withheld
from session_sync.sync.tree import one_file, quarantine
from session_sync.sync.tree.disk import conversions
from session_sync.sync.tree.quarantine import Quarantined
from session_sync.sync.tree.status import Change, TreeStatus
from session_sync.sync.tree.tree import NO_ENTRY, Changes, WorkTree, path_text
from session_sync.sync.withholding import check_as_file, check_content, reported

MOST_REFUSED = 20  # files that git may refuse one by one before the fault is elsewhere
LARGEST_FILE = 95_000_000  # bytes: forges refuse files over 100 MB, and with them every push from then on
UNREADABLE_FILE = "cannot be read; fix its permissions"
_INNER = "a git repository within the tree; commit there, then git add it"
_SUBMODULE = "a submodule; commit it yourself"
_NO_FILE = "neither a file nor a link; move it away"
_TOO_LARGE = "over 95 MB, which forges refuse; use Git LFS or .gitignore"
_NO_LFS = "belongs in Git LFS, which is not set up here; run git lfs install"
_ONE_FILE = "one file here with another name that differs in case alone; have one of the two renamed"
_BY_RULE = {_INNER, _SUBMODULE, _NO_FILE, _TOO_LARGE, _NO_LFS, _ONE_FILE}  # not to be committed, rather than impossible
_VANISHED = re.compile(r"^error: (?:open|readlink)\(.*\): (?:No such file|Not a directory)", re.MULTILINE)
_OURS = re.compile(rb"(.*/)?\.[0-9a-f]{16}\.tmp|\.claude/identity\.json", re.DOTALL)  # of this machine alone


@dataclass(frozen=True)
class Swept:
    """The changes that are to be committed, the tree object with all of them ("" for none), and what is not in it."""

    changes: Changes
    tree: str
    left: list[Left]
    withheld: list[Withheld]
    moved: list[Moved]
    let_through: frozenset[LetThrough]


def sweep_tree(tree: WorkTree, status: TreeStatus, head: str, gate: TreeGate) -> Swept:
    """Work out what to commit on top of commit `head`, with a copy of the user's index."""
    garbled = [one.path for one in status.changes if one.is_new and quarantine.is_garbled(one.path)]
    moved, stayed = quarantine.move(tree.root, garbled) if garbled else Quarantined([], [])
    changes = [one for one in status.changes if one.path not in garbled and not is_local(one)]
    obstacles = _obstacles(tree, changes)
    fine = [one for one in changes if one.path not in obstacles]
    refused = _stage(tree, fine)
    stay = {one.path for one in status.changes} - ({one.path for one in fine} - refused.keys())
    staged = tree.staged(tree.index.path, head)
    ours = {path for path, (before, _) in staged.items() if before == NO_ENTRY and _OURS.fullmatch(path)}
    staged = _put_back(tree, staged, stay | ours)
    judged = _judged(tree, gate, staged)
    withheld = {path: one.findings for path, one in judged.items() if one.findings}
    staged = _put_back(tree, staged, withheld.keys())
    reasons = {**obstacles, **refused, **dict.fromkeys(status.unreadable, UNREADABLE_FILE)}
    return Swept(
        staged,
        _written(tree, head, stay | withheld.keys()) if staged else "",
        [*(Left(*one) for one in stayed), *(Left(path_text(path), why) for path, why in reasons.items() if why)],
        [one for path, found in withheld.items() for one in reported(gate, path, found)],
        [Moved(path, str(place)) for path, place in moved],
        frozenset().union(*(one.let_through for one in judged.values())),
    )


def is_failure(left: Left) -> bool:
    """Whether it is a failure that a path is not committed: a session log, or a file that cannot be read."""
    return left.reason not in _BY_RULE or shared_tree.is_log(left.path)


def is_local(change: Change) -> bool:
    """Whether a change is of this machine alone, and nothing to tell about: our files on their way, its identity."""
    return change.is_new and bool(_OURS.fullmatch(change.path))


def _obstacles(tree: WorkTree, changes: list[Change]) -> dict[bytes, str]:
    """The paths that cannot be committed, each with the reason; "" where there is nothing to tell."""
    stored = {path for path, kind in conversions(tree, [one.path for one in changes]).items() if kind == b"lfs"}
    is_ready = any(key.startswith("filter.lfs.") for key in tree.config)
    found: dict[bytes, str] = dict.fromkeys(one_file.twins(tree, [one.path for one in changes]), _ONE_FILE)
    for change in changes:
        reason = _obstacle(tree, change, change.path in stored, is_ready)
        if reason is not None:
            found[change.path] = reason
    return found


def _obstacle(tree: WorkTree, change: Change, is_stored: bool, is_ready: bool) -> str | None:
    """Why a change cannot be committed; None when it can."""
    if change.is_submodule:
        return _INNER if change.is_new else _SUBMODULE
    if change.is_gone:
        return None
    place = os.path.join(os.fsencode(tree.root), change.path)
    try:
        status = os.lstat(place)
    except OSError:
        return "" if change.is_new else None  # gone just now
    if not any(is_kind(status.st_mode) for is_kind in (stat.S_ISREG, stat.S_ISLNK, stat.S_ISDIR)):
        return _NO_FILE
    if stat.S_ISREG(status.st_mode) and _is_closed(place):
        return UNREADABLE_FILE
    if is_stored:
        return None if is_ready else _NO_LFS
    return _TOO_LARGE if status.st_size > LARGEST_FILE else None


def _is_closed(place: bytes) -> bool:
    """Whether the file is there and may not be read."""
    try:
        os.close(os.open(place, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0)))
    except PermissionError:
        return True
    except OSError:
        return False  # gone just now, or git has words for it
    return False


def _behind_links(tree: WorkTree, changes: list[Change]) -> set[bytes]:
    """The gone files whose folder is a link now: git does not look behind it."""
    root = os.path.realpath(os.fsencode(tree.root))
    folders = {change.path: (root + b"/" + change.path).rpartition(b"/")[0] for change in changes if change.is_gone}
    return {path for path, folder in folders.items() if os.path.realpath(folder) != folder}


def _stage(tree: WorkTree, changes: list[Change]) -> dict[bytes, str]:
    """Have a new copy of the user's index hold `changes`; returns those that git refused, and why."""
    index = tree.index.take()
    behind = _behind_links(tree, changes)
    if behind:
        tree.put(index, [(path, NO_ENTRY) for path in behind])
    return _add(tree, index, [change.path for change in changes if change.path not in behind])


def _add(tree: WorkTree, index: Path, paths: list[bytes]) -> dict[bytes, str]:
    """Have `index` hold `paths`; one that git refuses does not stop the rest. Returns these, and why.

    There is nothing to tell of a file that vanished between git's look at it and its reading.
    """
    parts = [paths] if paths else []
    refused: dict[bytes, str] = {}
    while parts:
        part = parts.pop()
        try:
            tree.add(index, part)
        except GitError as error:
            if len(part) > 1:
                parts += [part[: len(part) // 2], part[len(part) // 2 :]]
                continue
            refused[part[0]] = "" if _VANISHED.search(error.detail) else str(error)
            if sum(map(bool, refused.values())) > MOST_REFUSED:
                raise
    return refused


def _put_back(tree: WorkTree, staged: Changes, paths: Collection[bytes]) -> Changes:
    """Have the index hold at `paths` what was committed there, also where the user has staged something.

    Returns what is left of `staged`.
    """
    back = [(path, staged[path][0]) for path in sorted(paths) if path in staged]
    if back:
        tree.put(tree.index.path, back)
    return {path: change for path, change in staged.items() if path not in paths}


def _written(tree: WorkTree, head: str, paths: Collection[bytes]) -> str:
    """The tree object of what the index holds; then it holds at `paths` what the user has staged there."""
    own = tree.staged(tree.index.own, head) if paths else {}
    made = tree.run("write-tree", index=tree.index.path).decode().strip()
    back = [(path, own[path][1]) for path in sorted(paths) if path in own]
    if back:
        tree.put(tree.index.path, back)
    return made


def _judged(tree: WorkTree, gate: TreeGate, changes: Changes) -> dict[bytes, Judgement]:
    """What the gate says of the very bytes that would be committed at each path."""
    judged: dict[bytes, Judgement] = {}
    if not changes:
        return judged
    others_see = conversions(tree, [path for path, (_, now) in changes.items() if now.is_file])
    with objects.reader(tree.git) as read:
        for path, (before, now) in changes.items():
            tree.progress()
            if now == NO_ENTRY or now.is_submodule or now.oid == before.oid:
                continue
            old = read(before.oid) if before.is_file else b""
            judged[path] = check_content(gate, path, old, read(now.oid))
            if not judged[path].findings and path in others_see:
                judged[path] = judged[path].joined(check_as_file(tree, gate, path, old, now.oid))
    return judged
