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
        return checkout.update_files(WorkTree(self.repo.root), "main", self.old, self.new)

    def refused(self) -> str:
        """Why the update is refused; nothing at all may change."""
        before = self.repo.seen()
        with pytest.raises(checkout.Dirty) as raised:
            self.run()
        assert self.repo.seen() == before
        assert not (self.repo.root / ".git/session-sync/update.json").exists()
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
        assert not (repo.root / ".git/session-sync/update.json").exists()
        assert not (repo.root / ".git/index.lock").exists()


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
from session_sync.sync.tree import checkout
from session_sync.sync.tree import tree
from session_sync.sync.tree.index import TreeIndex
root, old, new, step = sys.argv[1:]
def die(*_, **__):
    os._exit(9)
def then_die(work):
    def wrapped(*arguments, **options):
        work(*arguments, **options)
        os._exit(9)
    return wrapped
if step == "journal":
    checkout._read_tree = die
elif step == "files":
    checkout._land = die
elif step == "lock":
    os.replace, checkout.files.write_atomic = die, lambda path, data: path.write_bytes(data)
elif step == "index":
    TreeIndex.publish = then_die(TreeIndex.publish)
elif step == "branch":
    checkout.refs.advance = then_die(checkout.refs.advance)
checkout.update_files(tree.WorkTree(Path(root)), "main", old, new)
"""


def kill(one: Update, step: str) -> None:
    """Kill an update after a step of it."""
    command = [sys.executable, "-c", KILLED, str(one.repo.root), one.old, one.new, step]
    done = subprocess.run(command, env={**os.environ, "PYTHONPATH": str(SCRIPTS)}, check=False, capture_output=True)
    assert done.returncode == 9, done


def resume(one: Update) -> None:
    checkout.resume(WorkTree(one.repo.root))
    assert not (one.repo.root / ".git/session-sync/update.json").exists()
