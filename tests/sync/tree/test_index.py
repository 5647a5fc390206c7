from __future__ import annotations

import os
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from session_sync.errors import Deferred, SessionSyncError, UserError
from session_sync.home import files
from session_sync.sync.tree import index as tree_index
from session_sync.sync.tree.index import TreeIndex
from session_sync.sync.tree.tree import WorkTree
from support.homes import SCRIPTS
from support.trees import Repo


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    made = Repo(tmp_path / "tree")
    made.commit({"a": "1\n", "b": "1\n", "folder/c": "1\n"})
    return made


def stage(repo: Repo, index: TreeIndex, path: bytes = b"new", data: bytes = b"new\n") -> None:
    """Have the copy hold a file that is not in the tree."""
    tree = WorkTree(repo.root)
    taken = index.take()
    assert taken == index.path
    oid = tree.store(data)
    tree.run("update-index", "--add", "--cacheinfo", f"100644,{oid},{os.fsdecode(path)}", index=taken)


def of(repo: Repo) -> TreeIndex:
    return WorkTree(repo.root).index


def test_a_published_copy_is_the_index(repo: Repo) -> None:
    index = of(repo)
    stage(repo, index)
    assert repo.status() == [], "the user's index changed before it was published"
    assert index.publish()
    assert repo.status() == ["AD new"]
    assert not index.path.exists()
    assert not (repo.root / ".git/index.lock").exists()


def test_a_file_that_changed_in_the_same_instant_is_seen(repo: Repo) -> None:
    """git tells such a file by the index's time: a copy with a later one would hide the change for ever."""
    past = (time.time_ns() - 60_000_000_000,) * 2
    repo.git("config", "core.trustctime", "false")
    os.utime(repo.root / "a", ns=past)
    repo.git("update-index", "--refresh")
    repo.write("a", "2\n")
    os.utime(repo.root / "a", ns=past)
    os.utime(repo.root / ".git/index", ns=past)
    assert repo.status() == [" M a"]
    index = of(repo)
    stage(repo, index)
    assert index.publish()
    assert " M a" in repo.status()


def test_what_is_staged_meanwhile_is_not_replaced(repo: Repo) -> None:
    index = of(repo)
    stage(repo, index)
    repo.write("a", "staged\n")
    repo.git("add", "a")
    assert not index.publish()
    assert repo.status() == ["M  a"]
    assert not (repo.root / ".git/index.lock").exists()
    stage(repo, index)
    assert index.publish()
    assert repo.status() == ["AD new", "M  a"]


def test_another_git_command_is_waited_for(repo: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A real one: it holds the index while its editor is open."""
    mark, editor = tmp_path / "mark", tmp_path / "editor"
    editor.write_text(f"#!/bin/sh\ntouch '{mark}.held'\nwhile [ ! -e '{mark}.release' ]; do sleep 0.02; done\n")
    editor.chmod(0o755)
    repo.write("a", "2\n")
    index = of(repo)
    command = ["git", "-C", str(repo.root), "commit", "-q", "--allow-empty-message", "a"]
    with subprocess.Popen(command, env={**os.environ, "GIT_EDITOR": str(editor)}) as process:
        try:
            while not Path(f"{mark}.held").exists():
                assert process.poll() is None
                time.sleep(0.01)
            stage(repo, index)
            monkeypatch.setattr(tree_index, "INDEX_PATIENCE", 0.1)
            with pytest.raises(Deferred, match=rf"another git command holds {repo.root}/\.git/index\.lock; the next"):
                index.publish()
            monkeypatch.setattr(tree_index, "INDEX_PATIENCE", 30)
            monkeypatch.setattr(time, "sleep", lambda seconds: Path(f"{mark}.release").touch())
            assert not index.publish(), "it committed, and with that changed the index"
        finally:
            Path(f"{mark}.release").touch()
    stage(repo, index)
    assert index.publish()
    assert repo.status() == ["AD new"]


@pytest.mark.parametrize(
    ("age", "error", "told"),
    [
        (80, Deferred, r"has held {} for \d+ seconds; the next sync"),
        (2 * 86400 + 60, UserError, "{} was left by a git that died 2 days ago, .*: rm -- {}$"),
    ],
)
def test_a_lock_that_was_left_is_told_with_its_age(
    repo: Repo, monkeypatch: pytest.MonkeyPatch, age: int, error: type[SessionSyncError], told: str
) -> None:
    monkeypatch.setattr(tree_index, "INDEX_PATIENCE", 0.05)
    lock = repo.write(".git/index.lock", "")
    os.utime(lock, (time.time() - age, time.time() - age))
    index = of(repo)
    stage(repo, index)
    with pytest.raises(error, match=told.format(lock, lock)):
        index.publish()
    assert lock.read_bytes() == b"", "it is not ours to remove"


KILLED = """
import os, sys
from pathlib import Path
from session_sync.sync.tree.index import TreeIndex
index = TreeIndex(Path(sys.argv[1]), Path(sys.argv[1]).parent)
index.take()
os.replace = lambda *_: os._exit(9)
index.publish()
"""


def test_a_lock_that_a_killed_publish_left_is_cleared(repo: Repo) -> None:
    lock = repo.root / ".git/index.lock"
    command = [sys.executable, "-c", KILLED, str(repo.root / ".git")]
    done = subprocess.run(command, env={**os.environ, "PYTHONPATH": str(SCRIPTS)}, check=False)
    assert done.returncode == 9
    assert lock.exists()
    index = of(repo)
    stage(repo, index)
    assert not lock.exists()
    assert index.publish()
    assert repo.status() == ["AD new"]


def test_what_a_killed_git_left_on_the_copy_is_cleared(repo: Repo) -> None:
    index = of(repo)
    index.take()
    index.path.with_name("index.lock").write_bytes(b"")
    stage(repo, index)
    assert index.publish()


def test_no_foreign_lock_is_ever_cleared(repo: Repo) -> None:
    lock = repo.write(".git/index.lock", (repo.root / ".git/index").read_bytes())
    of(repo).take()
    assert lock.exists()


def test_without_hard_links_the_same(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(files.os, "link", refuse)
    index = of(repo)
    stage(repo, index)
    repo.git("update-index", "--force-remove", "b")
    assert not index.publish()
    assert not (repo.root / ".git/index.lock").exists()
    stage(repo, index)
    assert index.publish()
    assert repo.status() == ["?? b", "AD new", "D  b"]


def test_a_tree_without_an_index(tmp_path: Path) -> None:
    repo = Repo(tmp_path / "tree")
    index = of(repo)
    stage(repo, index)
    assert index.publish()
    assert repo.status() == ["AD new"]


def test_an_index_that_appears_meanwhile_is_not_replaced(tmp_path: Path) -> None:
    repo = Repo(tmp_path / "tree")
    index = of(repo)
    stage(repo, index)
    repo.write("a", "1\n")
    repo.git("add", "a")
    assert not index.publish()
    assert repo.status() == ["A  a"]


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o644, 0o664])
def test_the_indexs_mode_stays(repo: Repo, mode: int) -> None:
    place = repo.root / ".git/index"
    place.chmod(mode)
    index = of(repo)
    stage(repo, index)
    assert index.publish()
    assert stat.S_IMODE(place.stat().st_mode) == mode


FORMS = {
    "split": ("update-index", "--split-index"),
    "untracked cache": ("update-index", "--force-untracked-cache"),
    "version 4": ("update-index", "--index-version=4"),
    "flags": ("update-index", "--assume-unchanged", "b"),
    "sparse": ("sparse-checkout", "set", "--cone", "--sparse-index", "other"),
}


@pytest.mark.parametrize("form", FORMS)
def test_all_forms_of_an_index(repo: Repo, form: str) -> None:
    repo.git(*FORMS[form])
    repo.write("untracked", "x\n")
    repo.git("status")
    before = repo.run("ls-files", "-s", "-v").splitlines()
    for name in (b"new", b"newer"):
        index = of(repo)
        stage(repo, index, name)
        assert index.publish()
    assert repo.status() == ["?? untracked", "AD new", "AD newer"]
    assert [line for line in repo.run("ls-files", "-s", "-v").splitlines() if b"new" not in line] == before
    repo.write("a", "2\n")
    assert " M a" in repo.status()
    repo.git("fsck")


def test_a_linked_worktree_has_an_index_of_its_own(repo: Repo, tmp_path: Path) -> None:
    repo.git("worktree", "add", "-q", str(tmp_path / "linked"))
    linked = Repo(tmp_path / "linked")
    index = of(linked)
    stage(linked, index)
    assert index.publish()
    assert linked.status() == ["AD new"]
    assert repo.status() == []


def test_a_cached_tree_of_the_copy_is_never_stale(repo: Repo) -> None:
    """git commits what the index says, not a tree that it remembers of another one."""
    index = of(repo)
    stage(repo, index, b"folder/new")
    assert index.publish()
    repo.git("commit", "-q", "-m", "x")
    assert repo.changed() == ["folder/new"]
