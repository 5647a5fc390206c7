"""What keeps a round out of a tree until the user ends it, and the commands that do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from session_sync.errors import UserError
from session_sync.sync.tree import advice
from session_sync.sync.tree.tree import WorkTree, path_text


class _Work(NamedTuple):
    """Something that git waits for the user to end: what it is called, and the commands that end it."""

    name: str
    goes_on: tuple[str, ...]
    ends: tuple[str, ...]


def _work(name: str, command: str) -> _Work:
    return _Work(name, (command, "--continue"), (command, "--abort"))


_REBASE, _MAIL = _work("a rebase", "rebase"), _work("git am", "am")
_PICK, _REVERT = _work("a cherry-pick", "cherry-pick"), _work("a revert", "revert")
_KINDS = {  # by what git keeps in its directory meanwhile
    "rebase-merge": _REBASE,
    "rebase-apply/applying": _MAIL,
    "rebase-apply": _REBASE,
    "MERGE_HEAD": _Work("a merge", ("commit", "--no-edit"), ("merge", "--abort")),
    "CHERRY_PICK_HEAD": _PICK,
    "REVERT_HEAD": _REVERT,
    "BISECT_LOG": _Work("a bisect", (), ("bisect", "reset")),
    "sequencer": _PICK,
}


def refuse(tree: WorkTree, unmerged: Sequence[bytes] = ()) -> None:
    """Raise UserError while git waits for the user to end something; `unmerged` are the paths in conflict."""
    name = path_text(unmerged[0]) if unmerged else ""
    resolved = advice.git(tree.root, "add", path=name)
    found = _under_way(tree)
    if found:
        first = f"resolve {name}, {resolved}, then " if unmerged and found.goes_on else ""
        ways = [advice.git(tree.root, *one) for one in (found.goes_on, found.ends) if one]
        raise UserError(f"{found.name} is in progress; end it ({first}{', or '.join(ways)}) and sync again")
    if unmerged:
        raise UserError(f"{name} has unresolved conflicts; resolve them, {resolved}, and sync again")


def refuse_detached(tree: WorkTree) -> None:
    """Raise UserError where HEAD is detached, with a branch to switch to: one that has the commit, or a new one."""
    commit = tree.resolve("HEAD")
    words = ["-c", f"detached-{commit[:7]}"]
    for which in ("--contains", "--points-at"):
        lines = tree.run("for-each-ref", "--format=%(refname:lstrip=2) %(worktreepath)", which, "HEAD", "refs/heads")
        free = [name for name, _, place in (line.partition(" ") for line in lines.decode().splitlines()) if not place]
        words = free[:1] or words
    command = advice.git(tree.root, "switch", *words)
    raise UserError(f"HEAD is detached; check out a branch ({command}) and sync again")


def _under_way(tree: WorkTree) -> _Work | None:
    found = next((work for place, work in _KINDS.items() if (tree.git_dir / place).exists()), None)
    todo = tree.git_dir / "sequencer" / "todo"
    return _REVERT if found is _PICK and todo.is_file() and todo.read_bytes().startswith(b"revert") else found
