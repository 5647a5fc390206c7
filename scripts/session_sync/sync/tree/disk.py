"""The files of a working tree on disk: what git makes of them, and what must not be written over."""

from __future__ import annotations

import os
import stat
from collections.abc import Collection
from pathlib import Path

from session_sync.git import objects
from session_sync.git.run import Git
from session_sync.home import files
from session_sync.sync.tree.look import Look, look
from session_sync.sync.tree.tree import NO_ENTRY, Changes, TreeEntry, WorkTree

EXECUTABLE = "100755"
_PLAIN = (b"unspecified", b"unset", b"set")  # values of an attribute that have git convert nothing
_LFS = {  # a user may have these leave the pointers as they are
    "filter.lfs.process": "git-lfs filter-process",
    "filter.lfs.smudge": "git-lfs smudge -- %f",
}


def conversions(tree: WorkTree, paths: Collection[bytes]) -> dict[bytes, bytes]:
    """Those of `paths` whose blobs differ from the files, each with its filter or else its encoding.

    So .gitattributes says, which anybody can push.
    """
    if not paths:
        return {}
    listed = b"".join(path + b"\0" for path in paths)
    answer = tree.run("check-attr", "-z", "--stdin", "working-tree-encoding", "filter", data=listed).split(b"\0")[:-1]
    found = zip(answer[::3], answer[2::3], strict=True)
    return {path: value for path, value in found if value not in _PLAIN}


def as_file(tree: WorkTree, path: bytes, oid: str) -> bytes:
    """The blob `oid` as everybody who checks it out at `path` gets it; raises GitError."""
    git = Git(tree=tree.root, settings=_LFS, progress=tree.progress)
    return git.run("cat-file", "--filters", f"--path={os.fsdecode(path)}", oid)


def place(tree: WorkTree, path: bytes) -> Path:
    """Where the tree-relative `path` is."""
    return Path(os.fsdecode(os.path.join(os.fsencode(tree.root), path)))


def looks(tree: WorkTree, paths: Collection[bytes]) -> dict[bytes, Look | None]:
    """How the files at `paths` look; None where there is none, or what is there lies behind a link."""
    places = {path: place(tree, path) for path in paths}
    return {path: look(there) if _is_inside(tree, there) else None for path, there in places.items()}


def refreshed(tree: WorkTree, commit: str, entries: dict[bytes, TreeEntry]) -> Path:
    """A copy of the user's index (of one of `commit` when there is none) that holds `entries`.

    It knows which files are as it says. Returns its place.
    """
    index = tree.index.take()
    if not index.exists():
        tree.run("read-tree", commit, index=index)
    if entries:
        tree.put(index, entries.items())
    tree.run("update-index", "-q", "--refresh", index=index, expected=(0, 1))
    return index


def completed(tree: WorkTree, changes: Changes) -> dict[bytes, TreeEntry]:
    """The paths that are as after `changes`; a file that was cut short while it was written is completed."""
    answer = tree.run("config", "--type=bool", "--default=true", "--get", "core.fileMode")
    has_modes = answer.strip() == b"true"
    return {path: now for path, (before, now) in changes.items() if _is_completed(tree, path, before, now, has_modes)}


def holds(tree: WorkTree, there: Path, path: bytes, entry: TreeEntry) -> bool:
    """Whether the file or link that is `there` is `entry` as git would write it at `path`, its mode aside."""
    if entry.is_link:
        return there.is_symlink() and os.fsencode(os.readlink(there)) == tree.blob(entry.oid)
    if not entry.is_file or not _is_regular(there):
        return False
    data = there.read_bytes()
    return objects.has_id(data, entry.oid) or data == _whole(tree, path, entry)


def ignored_in_the_way(tree: WorkTree, index: Path, changes: Changes) -> list[bytes]:
    """Files that git ignores and would remove for new ones of `changes`: they may be all there is of them."""
    root = os.fsencode(tree.root)
    folders: set[bytes] = set()
    coming = {}  # what has the place of a new file -> the new file of that very path
    for path, (before, now) in changes.items():
        if before == NO_ENTRY and (occupant := _occupant(root, path, folders)):
            coming[occupant] = now if occupant == path else NO_ENTRY
    single = [path for path in coming if not _is_folder(os.path.join(root, path))]
    found = [path for path in _ignored(tree, index, single) if not _is_there(tree, path, coming[path])]
    for path in coming.keys() - single:
        options = ("--others", "--ignored", "--exclude-standard", "-z")
        answer = tree.run("ls-files", *options, "--", f":(top,literal){os.fsdecode(path)}", index=index)
        found += answer.split(b"\0")[:-1]
    return found


def _ignored(tree: WorkTree, index: Path, paths: list[bytes]) -> list[bytes]:
    if not paths:
        return []
    listed = b"".join(path + b"\0" for path in paths)
    return tree.run("check-ignore", "-z", "--stdin", data=listed, index=index, expected=(0, 1)).split(b"\0")[:-1]


def _occupant(root: bytes, path: bytes, folders: set[bytes]) -> bytes | None:
    """What has the place of `path`: itself, or what is not a folder on the way to it; `folders` are those known."""
    parts = path.split(b"/")
    for end in range(1, len(parts) + 1):
        part = b"/".join(parts[:end])
        if part in folders:
            continue
        place = os.path.join(root, part)
        if not os.path.lexists(place):
            return None
        if part == path or not _is_folder(place):
            return part
        folders.add(part)
    return None


def _is_completed(tree: WorkTree, path: bytes, before: TreeEntry, now: TreeEntry, has_modes: bool) -> bool:
    there = place(tree, path)
    if not now.is_file or not _is_regular(there) or not _is_inside(tree, there):
        return _is_there(tree, path, now)
    mode = there.stat().st_mode
    if has_modes and bool(mode & stat.S_IXUSR) != (now.mode == EXECUTABLE):
        return False
    here = there.read_bytes()
    if objects.has_id(here, now.oid):
        return True
    if before.is_file and objects.has_id(here, before.oid):
        return False
    whole = _whole(tree, path, now)
    if here != whole and whole.startswith(here):
        files.write_atomic(there, whole, mode=mode & 0o777)
        return True
    return here == whole


def _is_there(tree: WorkTree, path: bytes, entry: TreeEntry) -> bool:
    """Whether the working tree holds `entry` at `path`."""
    there = place(tree, path)
    if entry == NO_ENTRY:
        return not os.path.lexists(there) or _is_folder(os.fsencode(there))
    return _is_inside(tree, there) and holds(tree, there, path, entry)


def _whole(tree: WorkTree, path: bytes, entry: TreeEntry) -> bytes:
    """The file's bytes as git would write them: line ends, large files and all."""
    return tree.run("cat-file", "--filters", f"--path={os.fsdecode(path)}", entry.oid)


def _is_inside(tree: WorkTree, place: Path) -> bool:
    """Whether no link is on the way to `place`: behind one are files of other places."""
    folder = place.parent
    return folder.resolve() == tree.root.resolve() / folder.relative_to(tree.root)


def _is_regular(place: Path) -> bool:
    return place.is_file() and not place.is_symlink()


def _is_folder(place: bytes) -> bool:
    return os.path.isdir(place) and not os.path.islink(place)
