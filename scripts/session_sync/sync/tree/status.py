"""What is changed in a working tree, and why a round must leave it alone."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import NamedTuple

from session_sync.errors import UserError
from session_sync.git.failure import GitError
from session_sync.sync.tree import advice, under_way
from session_sync.sync.tree.tree import WorkTree

_UNREADABLE = re.compile(
    rb"^(?:warning: (?:could not open directory|unable to access) '(.+?)(?:': [^'\n]*)?|"
    rb"(?!warning:|error:|hint:)(.+): [A-Z][^:\n]*)$",  # git cuts lines off at 4096 bytes
    re.MULTILINE,
)
_DAMAGED_INDEX = re.compile(r"index file (?:smaller than expected|corrupt)|bad index file sha1 signature")
_GONE = (b": No such file or directory", b": Not a directory")


class Change(NamedTuple):
    """A path that is not as it was committed."""

    path: bytes
    is_new: bool  # git does not know it yet
    is_gone: bool
    is_submodule: bool  # with commits that the tree does not point to


@dataclass
class TreeStatus:
    """The commit and the branch of a tree ("" for none), and what is changed in it."""

    head: str = ""
    branch: str = ""
    changes: list[Change] = field(default_factory=list)
    unmerged: list[bytes] = field(default_factory=list)
    unreadable: list[bytes] = field(default_factory=list)  # files, and folders with whatever is in them


def _damaged_index(tree: WorkTree) -> UserError:
    return UserError(
        f"git's index of {tree.root} is damaged; your files and commits are not; make a new index: "
        f"{advice.git(tree.root, 'read-tree', 'HEAD')}"
    )


def read_status(tree: WorkTree, *paths: str) -> TreeStatus:
    """The status of the tree, or of what is below the git pathspecs `paths`."""
    options = ("--porcelain=v2", "--branch", "-z", "--untracked-files=all", "--no-renames", "--no-ahead-behind")
    try:
        answer = tree.git.ask("status", *options, "--ignore-submodules=dirty", "--", *paths)
    except GitError as error:
        if _DAMAGED_INDEX.search(error.detail):
            raise _damaged_index(tree) from error
        raise
    found = TreeStatus(unreadable=unreadable(answer.err))
    for line in answer.out.split(b"\0")[:-1]:
        kind, _, rest = line.partition(b" ")
        if kind == b"#":
            key, _, value = rest.decode(errors="replace").partition(" ")
            if key == "branch.oid" and value != "(initial)":
                found.head = value
            elif key == "branch.head" and value != "(detached)":
                found.branch = value
        elif kind == b"?":
            found.changes.append(Change(rest, is_new=True, is_gone=False, is_submodule=rest.endswith(b"/")))
        elif kind == b"1":
            states, sub, *_, path = rest.split(b" ", 7)
            is_gone = states[1:] == b"D" or states == b"D."
            is_submodule = sub.startswith(b"S") and states[1:] != b"."  # what is staged is the user's own decision
            found.changes.append(Change(path, False, is_gone, is_submodule))
        elif kind == b"u":
            found.unmerged.append(rest.split(b" ", 9)[-1])
    return found


def unreadable(said: bytes) -> list[bytes]:
    """The paths that git could not read, by what it wrote to its standard error: it passes over them.

    What vanished while git looked is none of them.
    """
    found = (match for match in _UNREADABLE.finditer(said) if not match[0].endswith(_GONE))
    return list(dict.fromkeys(match[1] or match[2] for match in found))


def check_ready(tree: WorkTree, status: TreeStatus) -> None:
    """Raise UserError when the tree is not ready for a round."""
    under_way.refuse(tree, status.unmerged)
    if not status.branch:
        under_way.refuse_detached(tree)
