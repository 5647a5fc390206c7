"""Updates of a working tree for tests, whole or killed half-way."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from session_sync.home import paths
from session_sync.sync.tree import checkout
from session_sync.sync.tree import resume as resuming
from session_sync.sync.tree.tree import WorkTree
from support.homes import SCRIPTS
from support.trees import Content, Repo

BASE: dict[str, Content] = {
    "stays": "stays\n",
    "changes": "one\n",
    "goes": "gone\n",
    "old name": "moved\n",
    "file": "a file\n",
    "folder/in": "in a folder\n",
    "tool": "#!/bin/sh\n",
    "sub/deep/x": "x\n",
}


class Update:
    """A tree at a commit, and a commit after it."""

    def __init__(self, root: Path) -> None:
        self.repo = Repo(root)
        self.old = self.new = ""

    def prepare(self, base: dict[str, Content], *changes: Callable[[Repo], object] | dict[str, Content]) -> None:
        """Have `base` committed, and on top of it, but not in the tree, `changes`."""
        repo = self.repo
        self.old = repo.commit(base)
        for change in changes:
            if callable(change):
                change(repo)
            else:
                repo.commit(change)
        self.new = repo.commit()
        repo.git("reset", "-q", "--hard", self.old)

    def run(self) -> list[tuple[str, Path]]:
        """Bring the files in; returns those that were moved out of the tree, and where to."""
        aside: checkout.Aside = []
        checkout.update_files(WorkTree(self.repo.root), "main", self.old, self.new, aside)
        return aside

    def refused(self) -> str:
        """Why the update is refused; nothing at all may change."""
        before = self.repo.seen()
        with pytest.raises(checkout.Dirty) as raised:
            self.run()
        assert self.repo.seen() == before
        assert self.is_clean()
        assert not paths.quarantine().exists()
        return str(raised.value)

    def assert_done(self, *status: str) -> None:
        """The tree is at the new commit, byte for byte, but for what `git status` tells in `status`."""
        repo = self.repo
        assert repo.head == self.new
        assert repo.git("symbolic-ref", "HEAD") == "refs/heads/main"
        assert repo.status() == sorted(status)
        if not status:
            assert repo.run("diff-files", "-z") == b"", "git must look at the files again"
            assert {path: data for path, (_, data) in repo.seen().files.items()} == repo.files()
        assert self.is_clean()

    def is_clean(self) -> bool:
        """Whether nothing is left of an update."""
        ours, hidden = self.repo.root / ".git/session-sync", self.repo.root.glob("**/.*.tmp")
        left = [ours / "update.json", ours / "incoming", self.repo.root / ".git/index.lock", *hidden]
        return not any(place.exists() for place in left)


def everything(repo: Repo) -> None:
    """All kinds of changes to BASE."""
    repo.git("mv", "--", "old name", "-new name")
    for path in ("file", "folder/in", "goes", "sub/deep/x"):
        repo.write(path, None)
    repo.write("file/now/a/folder", "x\n")
    repo.write("folder", "now a file\n")
    repo.write("changes", "two\n" * 1000)
    repo.write(os.fsdecode(b"new/\xff \xc3\xa9\n\"'\\"), b"\0binary")
    repo.write("tool", "#!/bin/sh\n", 0o755)
    (repo.root / "link").symlink_to("changes")
    (repo.root / "dangling").symlink_to("/nowhere/at/all")


def force(changes: dict[str, Content]) -> Callable[[Repo], None]:
    """Commit `changes` whatever git ignores."""

    def work(repo: Repo) -> None:
        for path, data in changes.items():
            repo.write(path, data)
        repo.git("add", "-A", "-f")

    return work


KILLED = """
import os, sys
from pathlib import Path
from session_sync.sync.tree import checkout, tree
from session_sync.sync.tree.index import TreeIndex
from session_sync.sync.tree.incoming import Incoming
from session_sync.sync.tree.replace import Replacement
root, old, new, step = sys.argv[1:]
def die(*_, **__):
    os._exit(9)
def then_die(work, calls=1):
    left = [calls]
    def wrapped(*arguments, **options):
        done = work(*arguments, **options)
        left[0] -= 1
        if not left[0]:
            os._exit(9)
        return done
    return wrapped
if step == "journal":
    Incoming.note = then_die(Incoming.note)
elif step == "removed":
    Replacement.remove = then_die(Replacement.remove)
elif step == "replaced":
    Replacement.put = then_die(Replacement.put)
elif step == "half":
    Replacement.put = then_die(Replacement.put, 3)
elif step == "files":
    checkout.Update._land = die
elif step == "lock":
    TreeIndex.publish = then_die(TreeIndex._claim_lock)
elif step == "index":
    TreeIndex.publish = then_die(TreeIndex.publish)
elif step == "branch":
    checkout.refs.advance = then_die(checkout.refs.advance)
elif step == "end":
    Incoming.clear = then_die(Incoming.clear, 2)
checkout.update_files(tree.WorkTree(Path(root)), "main", old, new, [])
"""
STEPS = ("journal", "removed", "replaced", "half", "files", "lock", "index", "branch", "end")


def kill(one: Update, step: str) -> None:
    """Kill an update after a step of it."""
    command = [sys.executable, "-c", KILLED, str(one.repo.root), one.old, one.new, step]
    done = subprocess.run(command, env={**os.environ, "PYTHONPATH": str(SCRIPTS)}, check=False, capture_output=True)
    assert done.returncode == 9, done


def resume(one: Update) -> list[tuple[str, Path]]:
    """Finish or undo what was killed; returns the files that were moved out of the tree, and where to."""
    aside: checkout.Aside = []
    resuming.resume(WorkTree(one.repo.root), aside)
    assert not (one.repo.root / ".git/session-sync/update.json").exists()
    return aside
