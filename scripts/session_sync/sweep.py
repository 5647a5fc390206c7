"""What /sync commits: all that is changed in a shared tree but what must not leave, cannot be kept or is not ours."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from session_sync import git, quarantine, shared_tree
from session_sync.gate import FILE_NAME, Gate
from session_sync.git import GitError
from session_sync.index import Findings
from session_sync.tree import NOTHING, Changes, Tree
from session_sync.tree_status import Change, Status

MOST_REFUSED = 20  # files that git may refuse one by one before the fault is elsewhere
LARGEST = 95_000_000  # bytes: forges refuse files over 100 MB, and with them every push from then on
SUBMODULE = "160000"
_OURS = re.compile(rb"(.*/)?\.[0-9a-f]{16}\.tmp|\.claude/identity\.json", re.DOTALL)  # of this machine alone


@dataclass
class Swept:
    """The changes that are to be committed; what was left where it is, with the reason; and what was moved away."""

    changes: Changes = field(default_factory=dict)
    tree: str = ""  # the tree object with all of it
    left: list[tuple[str, str]] = field(default_factory=list)
    withheld: list[tuple[bytes, Findings]] = field(default_factory=list)
    moved: list[tuple[str, Path]] = field(default_factory=list)


def sweep(tree: Tree, status: Status, gate: Gate) -> Swept:
    """Have our copy of the index hold what is to be committed."""
    swept = Swept()
    changes = _ordinary(tree, status.changes, swept)
    index = tree.index.take()
    behind = _behind_links(tree, changes)
    if behind:
        tree.put(index, [(path, NOTHING) for path in behind])
    _add(tree, index, [change.path for change in changes if change.path not in behind], swept)
    swept.changes = tree.staged(index, status.head)
    withheld = _withheld(tree, gate, swept.changes)
    if withheld:
        tree.put(index, [(path, swept.changes.pop(path)[0]) for path in withheld])
        swept.withheld = [(_named(gate, path, findings), findings) for path, findings in withheld.items()]
    if swept.changes:
        swept.tree = tree.run("write-tree", index=index).decode().strip()
    return swept


def shown(path: bytes) -> str:
    """A path as text that can be printed and put into JSON, whatever bytes are in it."""
    return path.decode(errors="backslashreplace")


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
        reason = _obstacle(tree, change)
        if reason:
            swept.left.append((shown(change.path), reason))
        elif reason is not None:
            fine.append(change)
    return _without_large_file_storage(tree, fine, swept)


def _behind_links(tree: Tree, changes: list[Change]) -> set[bytes]:
    """The gone files whose folder is a link now: git does not look behind it."""
    root = os.path.realpath(os.fsencode(tree.root))
    folders = {change.path: (root + b"/" + change.path).rpartition(b"/")[0] for change in changes if change.is_gone}
    return {path for path, folder in folders.items() if os.path.realpath(folder) != folder}


def _add(tree: Tree, index: Path, paths: list[bytes], swept: Swept) -> None:
    """Have `index` hold `paths`; one that git refuses does not stop the rest."""
    parts = [paths] if paths else []
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
            swept.left.append((shown(part[0]), str(error)))


def _obstacle(tree: Tree, change: Change) -> str | None:
    """Why a change cannot be committed; "" when it can, None when there is nothing to tell."""
    if change.is_submodule:
        return (
            "a git repository within the tree; commit there, then git add it"
            if change.is_new
            else "a submodule; commit it yourself"
        )
    if change.is_gone:
        return ""
    place = os.path.join(os.fsencode(tree.root), change.path)
    try:
        found = os.lstat(place)
    except OSError:
        return "" if not change.is_new else None  # gone just now
    if not stat.S_ISREG(found.st_mode) and not stat.S_ISLNK(found.st_mode):
        return "no file any more; move it away"
    if stat.S_ISREG(found.st_mode) and not os.access(place, os.R_OK):
        return "cannot be read; mend its permissions"
    return ""


def _without_large_file_storage(tree: Tree, changes: list[Change], swept: Swept) -> list[Change]:
    """Leave out what is too large for a forge, and what LFS should keep where LFS is not set up."""
    stored = _large_file_storage(tree, changes)
    is_ready = any(key.startswith("filter.lfs.") for key in tree.config)
    fine = []
    for change in changes:
        name = shown(change.path)
        if change.path in stored:
            if is_ready or change.is_gone:
                fine.append(change)
            else:
                swept.left.append((name, "belongs in Git LFS, which is not set up here; run git lfs install"))
        elif _size(tree, change) > LARGEST:
            swept.left.append((name, "over 95 MB, which forges refuse; use Git LFS or .gitignore"))
        else:
            fine.append(change)
    return fine


def _large_file_storage(tree: Tree, changes: list[Change]) -> set[bytes]:
    if not changes:
        return set()
    listed = b"".join(change.path + b"\0" for change in changes)
    answer = tree.run("check-attr", "-z", "--stdin", "filter", data=listed).split(b"\0")[:-1]
    return {path for path, value in zip(answer[::3], answer[2::3], strict=True) if value == b"lfs"}


def _size(tree: Tree, change: Change) -> int:
    try:
        return os.lstat(os.path.join(os.fsencode(tree.root), change.path)).st_size
    except OSError:
        return 0


def _withheld(tree: Tree, gate: Gate, changes: Changes) -> dict[bytes, Findings]:
    """The paths whose very bytes that would be committed do not pass the gate, and why."""
    withheld: dict[bytes, Findings] = {}
    if not changes:
        return withheld
    with git.blobs(tree.root) as read:
        for path, (before, now) in changes.items():
            tree.progress()
            if now == NOTHING or now.mode == SUBMODULE or now.oid == before.oid:
                continue
            findings = _findings(gate, path, read(before.oid) if before.is_file else b"", read(now.oid))
            if findings:
                withheld[path] = findings
    return withheld


def _named(gate: Gate, path: bytes, findings: Findings) -> bytes:
    """A withheld path as it may be told, its parts hidden when it is the name that must not leave."""
    if all(line != FILE_NAME for line, _ in findings):
        return path
    name = shown(path)
    parts = "/".join(gate.shown(part) for part in name.split("/"))
    return (parts if parts != name else gate.shown(name)).encode()


def _findings(gate: Gate, path: bytes, before: bytes, data: bytes) -> Findings:
    name = os.fsdecode(path)
    is_log = shared_tree.is_log(name)
    return gate.check_file(name, shared_tree.scope_of(name).project, data, before, may_be_binary=not is_log)
