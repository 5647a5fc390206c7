"""What /sync commits: all that is changed in a shared tree but what must not leave, cannot be kept or is not ours."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from session_sync.git import objects
from session_sync.git.failure import GitError
from session_sync.logs import shared_tree
from session_sync.scan.gate import Findings, Gate
from session_sync.sync import withholding
from session_sync.sync.tree import disk, quarantine
from session_sync.sync.tree.status import Change, Status
from session_sync.sync.tree.tree import NOTHING, Changes, Tree
from session_sync.sync.withholding import shown

MOST_REFUSED = 20  # files that git may refuse one by one before the fault is elsewhere
LARGEST_FILE = 95_000_000  # bytes: forges refuse files over 100 MB, and with them every push from then on
UNREADABLE = "cannot be read; mend its permissions"
_INNER = "a git repository within the tree; commit there, then git add it"
_SUBMODULE = "a submodule; commit it yourself"
_NO_FILE = "neither a file nor a link; move it away"
_TOO_LARGE = "over 95 MB, which forges refuse; use Git LFS or .gitignore"
_NO_LFS = "belongs in Git LFS, which is not set up here; run git lfs install"
_BY_RULE = {_INNER, _SUBMODULE, _NO_FILE, _TOO_LARGE, _NO_LFS}  # not to be committed, rather than not possible
_GITLINK = "160000"  # the mode of a submodule's entry
_OURS = re.compile(rb"(.*/)?\.[0-9a-f]{16}\.tmp|\.claude/identity\.json", re.DOTALL)  # of this machine alone


@dataclass
class Swept:
    """The changes that are to be committed; what was left where it is, with the reason; and what was moved away."""

    changes: Changes = field(default_factory=dict)
    tree: str = ""  # the tree object with all of it
    left: list[tuple[str, str]] = field(default_factory=list)
    withheld: list[tuple[bytes, Findings]] = field(default_factory=list)
    moved: list[tuple[str, Path]] = field(default_factory=list)

    @property
    def is_incomplete(self) -> bool:
        """Whether something was left that should have been committed."""
        return any(reason not in _BY_RULE or shared_tree.is_log(path) for path, reason in self.left)


def sweep(tree: Tree, status: Status, gate: Gate) -> Swept:
    """Have our copy of the index hold what is to be committed."""
    swept = Swept()
    changes = _ordinary(tree, status.changes, swept)
    index = tree.index.take()
    behind = _behind_links(tree, changes)
    if behind:
        tree.put(index, [(path, NOTHING) for path in behind])
    fine = behind | _add(tree, index, [change.path for change in changes if change.path not in behind], swept)
    swept.left += [(shown(path), UNREADABLE) for path in status.unreadable]
    swept.changes = tree.staged(index, status.head)
    stay = {change.path for change in status.changes} - fine
    new = {path for path, (before, _) in swept.changes.items() if before == NOTHING}
    _put_back(tree, index, swept, stay | {path for path in new if _OURS.fullmatch(path)})
    withheld = _withheld(tree, gate, swept.changes)
    _put_back(tree, index, swept, withheld.keys())
    swept.withheld = [(withholding.named(gate, path, findings), findings) for path, findings in withheld.items()]
    if swept.changes:
        own = tree.staged(tree.index.own, status.head) if withheld or stay else {}
        swept.tree = tree.run("write-tree", index=index).decode().strip()
        _put_own(tree, index, own, withheld.keys() | stay)
    return swept


def is_local(change: Change) -> bool:
    """Whether a change is of this machine alone, and nothing to tell about: our files on their way, its identity."""
    return change.is_new and bool(_OURS.fullmatch(change.path))


def _ordinary(tree: Tree, changes: Iterable[Change], swept: Swept) -> list[Change]:
    """The changes that git can commit; garbled files are moved out of the tree."""
    garbled = [one.path for one in changes if one.is_new and quarantine.is_garbled(one.path)]
    if garbled:
        swept.moved, stayed = quarantine.move(tree.root, garbled)
        swept.left += stayed
    fine = []
    for change in changes:
        if change.path in garbled or is_local(change):
            continue
        fine.append(change)
    reasons = _obstacles(tree, fine)
    swept.left += [(shown(path), reason) for path, reason in reasons.items() if reason]
    return [change for change in fine if change.path not in reasons]


def _obstacles(tree: Tree, changes: list[Change]) -> dict[bytes, str]:
    """The paths that cannot be committed, each with the reason; "" where there is nothing to tell."""
    stored = {path for path, kind in disk.converted(tree, [one.path for one in changes]).items() if kind == b"lfs"}
    is_ready = any(key.startswith("filter.lfs.") for key in tree.config)
    found = {}
    for change in changes:
        reason = _obstacle(tree, change, change.path in stored, is_ready)
        if reason is not None:
            found[change.path] = reason
    return found


def _obstacle(tree: Tree, change: Change, is_stored: bool, is_ready: bool) -> str | None:
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
    if stat.S_ISREG(status.st_mode) and not os.access(place, os.R_OK):
        return UNREADABLE
    if is_stored:
        return None if is_ready else _NO_LFS
    return _TOO_LARGE if status.st_size > LARGEST_FILE else None


def _behind_links(tree: Tree, changes: list[Change]) -> set[bytes]:
    """The gone files whose folder is a link now: git does not look behind it."""
    root = os.path.realpath(os.fsencode(tree.root))
    folders = {change.path: (root + b"/" + change.path).rpartition(b"/")[0] for change in changes if change.is_gone}
    return {path for path, folder in folders.items() if os.path.realpath(folder) != folder}


def _put_back(tree: Tree, index: Path, swept: Swept, paths: Collection[bytes]) -> None:
    """Have `index` hold at `paths` what was committed there, also where the user has staged something."""
    back = [(path, swept.changes.pop(path)[0]) for path in sorted(paths) if path in swept.changes]
    if back:
        tree.put(index, back)


def _put_own(tree: Tree, index: Path, own: Changes, paths: Collection[bytes]) -> None:
    """Have `index`, of which the tree is made already, hold at `paths` what the user has staged there."""
    back = [(path, own[path][1]) for path in sorted(paths) if path in own]
    if back:
        tree.put(index, back)


def _add(tree: Tree, index: Path, paths: list[bytes], swept: Swept) -> set[bytes]:
    """Have `index` hold `paths`; one that git refuses does not stop the rest. Returns those that it took."""
    parts = [paths] if paths else []
    added = set(paths)
    refused = 0
    while parts:
        part = parts.pop()
        try:
            tree.add(index, part)
        except GitError as error:
            if len(part) > 1:
                parts += [part[: len(part) // 2], part[len(part) // 2 :]]
                continue
            refused += 1
            if refused > MOST_REFUSED:
                raise
            added.discard(part[0])
            swept.left.append((shown(part[0]), str(error)))
    return added


def _withheld(tree: Tree, gate: Gate, changes: Changes) -> dict[bytes, Findings]:
    """The paths whose very bytes that would be committed do not pass the gate, and why."""
    withheld: dict[bytes, Findings] = {}
    if not changes:
        return withheld
    converted = disk.converted(tree, [path for path, (_, now) in changes.items() if now.is_file])
    with objects.reader(tree.git) as read:
        for path, (before, now) in changes.items():
            tree.progress()
            if now == NOTHING or now.mode == _GITLINK or now.oid == before.oid:
                continue
            old = read(before.oid) if before.is_file else b""
            findings = withholding.findings(gate, path, old, read(now.oid))
            if not findings and path in converted:
                findings = withholding.findings_as_file(tree, gate, path, old, now.oid)
            if findings:
                withheld[path] = findings
    return withheld
