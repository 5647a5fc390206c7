from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from session_sync.errors import Deferred
from session_sync.git.failure import GitError
from session_sync.home import paths
from session_sync.sync.tree import checkout
from session_sync.sync.tree import index as tree_index
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


@pytest.fixture
def one(tmp_path: Path) -> Update:
    return Update(tmp_path / "tree")


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


def test_all_kinds_of_changes(one: Update, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SESSION_SYNC_UMASK", "022")
    one.prepare(BASE, everything)
    assert one.run() == []
    one.assert_done()
    root = one.repo.root
    assert stat.S_IMODE((root / "tool").stat().st_mode) == 0o755
    assert stat.S_IMODE((root / "changes").stat().st_mode) == 0o644
    assert stat.S_IMODE((root / "file/now").stat().st_mode) == 0o755
    assert os.readlink(root / "dangling") == "/nowhere/at/all"
    assert not (root / "sub").exists()
    assert "session-sync: update" in one.repo.git("reflog", "HEAD")


def test_changes_in_other_files_stay(one: Update) -> None:
    one.prepare(BASE, {"changes": "two\n"})
    repo = one.repo
    repo.write("stays", "mine\n")
    repo.write("untracked", "new\n")
    repo.write("folder/in", "staged\n")
    repo.git("add", "folder/in")
    repo.write("folder/in", "and changed\n")
    repo.write("intended", "x\n")
    repo.git("add", "-N", "intended")
    repo.git("rm", "-q", "tool")
    repo.git("rm", "-q", "--cached", "goes")
    one.run()
    one.assert_done(" A intended", " M stays", "?? goes", "?? untracked", "D  goes", "D  tool", "MM folder/in")
    assert repo.run("show", ":folder/in") == b"staged\n"


def stage(repo: Repo) -> None:
    repo.write("changes", "mine\n")
    repo.git("add", "changes")


IN_THE_WAY: dict[str, tuple[Callable[[Repo], object], dict[str, Content]]] = {
    "changed": (lambda repo: repo.write("changes", "mine\n"), {"changes": "two\n", "aaa": "x\n"}),
    "staged": (stage, {"changes": "two\n", "aaa": "x\n"}),
    "changed and removed there": (lambda repo: repo.write("goes", "mine\n"), {"goes": None, "aaa": "x\n"}),
    "untracked": (lambda repo: repo.write("new", "mine\n"), {"new": "theirs\n", "aaa": "x\n"}),
    "untracked in the place of a folder": (lambda repo: repo.write("new", "mine\n"), {"new/file": "x\n"}),
    "untracked folder": (lambda repo: repo.write("new/file", "mine\n"), {"new": "x\n"}),
    "untracked in a folder": (lambda repo: repo.write("folder/mine", "mine\n"), {"folder/in": None, "folder": "x\n"}),
    "link": (lambda repo: (repo.root / "new").symlink_to("folder"), {"new/file": "x\n"}),
    "mode": (lambda repo: (repo.root / "tool").chmod(0o755), {"tool": "#!/bin/bash\n"}),
}


@pytest.mark.parametrize("kind", IN_THE_WAY)
def test_a_change_in_the_way_is_refused_and_nothing_is_touched(one: Update, kind: str) -> None:
    mine, theirs = IN_THE_WAY[kind]
    one.prepare(BASE, theirs)
    mine(one.repo)
    assert "'" in one.refused()


def test_a_branch_that_moved_is_refused(one: Update) -> None:
    one.prepare(BASE, {"changes": "two\n"})
    one.repo.commit({"stays": "mine\n"})
    assert one.refused() == "main moved meanwhile"
    one.repo.git("reset", "-q", "--hard", one.old)
    one.repo.git("switch", "-q", "-c", "another")
    assert one.refused() == "main moved meanwhile"


def test_a_commit_that_comes_last_stays(one: Update, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between the files and the branch: what the remote changed is then a change of the user's, and nothing is lost."""
    one.prepare(BASE, {"changes": "two\n"})
    publish = tree_index.TreeIndex.publish

    def commit_and_publish(index: tree_index.TreeIndex) -> bool:
        if one.repo.head == one.old:
            one.repo.write("stays", "mine\n")
            one.repo.git("commit", "-q", "-m", "mine", "--", "stays")
        return publish(index)

    monkeypatch.setattr(tree_index.TreeIndex, "publish", commit_and_publish)
    with pytest.raises(checkout.Dirty, match="main moved meanwhile"):
        one.run()
    assert one.repo.status() == ["M  changes"]
    assert one.repo.git("log", "--format=%s", "-1") == "mine"
    assert (one.repo.root / "changes").read_text() == "two\n"
    assert not (one.repo.root / ".git/session-sync/update.json").exists()


IGNORED: dict[str, tuple[list[str], dict[str, Content]]] = {
    "a file": (["a.log"], {"a.log": "theirs\n"}),
    "a file in the place of a folder": (["a.log"], {"a.log/x": "theirs\n"}),
    "a folder of files": (["a.log/x", "a.log/y/z"], {"a.log": "theirs\n"}),
    "files in a folder of others": (["folder/a.log", "folder/sub/b.log"], {"folder/in": None, "folder": "theirs\n"}),
    "odd names": ([os.fsdecode(b"-\xff \n.log")], {os.fsdecode(b"-\xff \n.log"): "theirs\n"}),
}


def force(changes: dict[str, Content]) -> Callable[[Repo], None]:
    """Commit `changes` whatever git ignores."""

    def work(repo: Repo) -> None:
        for path, data in changes.items():
            repo.write(path, data)
        repo.git("add", "-A", "-f")

    return work


@pytest.mark.parametrize("kind", IGNORED)
def test_ignored_files_in_the_way_are_put_aside_whole(one: Update, kind: str) -> None:
    mine, theirs = IGNORED[kind]
    one.prepare({**BASE, ".gitignore": "*.log\n"}, force(theirs))
    for name in mine:
        one.repo.write(name, os.fsencode(f"only here: {name}"))
    one.repo.write("stays.log", "not in the way\n")
    moved = one.run()
    assert {place.read_bytes() for _, place in moved} == {os.fsencode(f"only here: {name}") for name in mine}
    assert all(place.is_relative_to(paths.quarantine()) for _, place in moved)
    one.repo.write("stays.log", None)
    one.assert_done()


def test_ignored_files_stay_when_the_update_is_refused(one: Update) -> None:
    one.prepare({**BASE, ".gitignore": "*.log\n"}, force({"a.log": "theirs\n", "changes": "two\n"}))
    one.repo.write("a.log", "only here\n")
    one.repo.write("changes", "mine\n")
    assert "changes" in one.refused()


def test_an_ignored_file_of_the_same_bytes_is_not_put_aside(one: Update) -> None:
    one.prepare({**BASE, ".gitignore": "*.log\n"}, force({"a.log": "theirs\n"}))
    one.repo.write("a.log", "theirs\n")
    assert one.run() == []
    one.assert_done()


def test_an_ignored_link_is_put_aside_and_what_is_behind_it_is_left_alone(one: Update, tmp_path: Path) -> None:
    one.prepare({**BASE, ".gitignore": "build\n"}, force({"build/x": "theirs\n"}))
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere/x").write_text("private")
    (one.repo.root / "build").symlink_to(tmp_path / "elsewhere")
    [(name, place)] = one.run()
    assert (name, os.readlink(place)) == ("build", str(tmp_path / "elsewhere"))
    assert (tmp_path / "elsewhere/x").read_text() == "private"
    one.assert_done()


def test_a_repository_that_git_ignores_is_not_removed(one: Update) -> None:
    one.prepare({**BASE, ".gitignore": "build\n"}, force({"build": "theirs\n"}))
    Repo(one.repo.root / "build/nested").commit({"x": "only here"})
    with pytest.raises(checkout.Dirty, match="'build/nested/' is ignored by git and in the way"):
        one.run()
    assert (one.repo.root / "build/nested/x").read_text() == "only here"
    assert one.repo.head == one.old
    assert one.repo.status() == []


@pytest.mark.parametrize("is_cone", [True, False])
@pytest.mark.parametrize("meanwhile", [False, True])
def test_what_is_outside_of_a_sparse_checkout_stays_absent(
    one: Update, is_cone: bool, meanwhile: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    base: dict[str, Content] = {"in/x": "1\n", "in/mine": "1\n", "out/x": "1\n", "out/gone": "1\n"}
    one.prepare(base, {"in/x": "2\n", "out/x": "2\n", "out/new": "2\n", "in/new": "2\n", "out/gone": None})
    repo = one.repo
    repo.git("sparse-checkout", "set", *(["--cone", "in"] if is_cone else ["--no-cone", "/in/"]))
    if meanwhile:
        stage_before_publish(repo, "in/mine", monkeypatch)
    one.run()
    assert (repo.head, repo.status()) == (one.new, ["M  in/mine"] if meanwhile else [])
    assert set(repo.seen().files) == {"in/x", "in/mine", "in/new"}


def stage_before_publish(repo: Repo, path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Stage a change of `path` when the files are updated but the index is not."""
    publish = tree_index.TreeIndex.publish
    done: list[bool] = []

    def stage_and_publish(index: tree_index.TreeIndex) -> bool:
        if not done:
            done.append(True)
            repo.write(path, "staged meanwhile\n")
            repo.git("add", "--", path)
        return publish(index)

    monkeypatch.setattr(tree_index.TreeIndex, "publish", stage_and_publish)


@pytest.mark.parametrize("path", ["stays", "changes", "added by the user"])
def test_what_is_staged_meanwhile_stays_staged(one: Update, path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    one.prepare(BASE, everything)
    stage_before_publish(one.repo, path, monkeypatch)
    one.run()
    one.assert_done(f"{'A' if path == 'added by the user' else 'M'}  {path}")
    assert one.repo.run("show", f":{path}") == b"staged meanwhile\n"


def test_line_ends_of_the_users_system(one: Update) -> None:
    repo = one.repo
    repo.git("config", "core.autocrlf", "true")
    one.prepare({"a": "1\r\n", "b": "1\r\n"}, {"a": "1\r\n2\r\n", "new": "x\r\n"})
    assert repo.files(one.new)["new"] == b"x\n"
    one.run()
    assert (repo.root / "a").read_bytes() == b"1\r\n2\r\n"
    assert (repo.root / "new").read_bytes() == b"x\r\n"
    assert repo.status() == []
    assert repo.run("diff-files") == b""


def test_a_lost_index_is_made_anew(one: Update) -> None:
    one.prepare(BASE, everything)
    (one.repo.root / ".git/index").unlink()
    one.run()
    one.assert_done()


def test_submodules_are_the_users(one: Update, tmp_path: Path) -> None:
    """Their pointers are brought in, their files are not touched."""
    module, repo = Repo(tmp_path / "module"), one.repo
    first = module.commit({"x": "1\n"})
    repo.git("-c", "protocol.file.allow=always", "submodule", "add", "-q", str(module.root), "module")
    repo.git("config", "submodule.recurse", "true")
    inside = Repo(repo.root / "module")
    one.old = repo.commit({"stays": "1\n"})
    second = inside.commit({"x": "2\n"})
    one.new = repo.commit({"new": "1\n"})
    repo.git("reset", "-q", "--hard", one.old)
    assert (inside.head, inside.files()) == (first, {"x": b"1\n"})
    one.run()
    assert (repo.head, inside.head) == (one.new, first)
    assert repo.git("rev-parse", "HEAD:module") == second
    assert (repo.status(), inside.status()) == ([" M module"], [])


def test_an_index_that_stays_locked_defers_and_the_next_round_finishes(
    one: Update, monkeypatch: pytest.MonkeyPatch
) -> None:
    one.prepare(BASE, everything)
    monkeypatch.setattr(tree_index, "INDEX_PATIENCE", 0.1)
    lock = one.repo.write(".git/index.lock", "")
    with pytest.raises(Deferred, match=r"index\.lock"):
        one.run()
    with pytest.raises(Deferred, match=r"index\.lock"):
        checkout.resume(WorkTree(one.repo.root))
    lock.unlink()
    checkout.resume(WorkTree(one.repo.root))
    one.assert_done()


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
STEPS = ("journal", "files", "lock", "index", "branch")


def kill(one: Update, step: str) -> None:
    """Kill an update after a step of it."""
    command = [sys.executable, "-c", KILLED, str(one.repo.root), one.old, one.new, step]
    done = subprocess.run(command, env={**os.environ, "PYTHONPATH": str(SCRIPTS)}, check=False, capture_output=True)
    assert done.returncode == 9, done


def resume(one: Update) -> None:
    checkout.resume(WorkTree(one.repo.root))
    assert not (one.repo.root / ".git/session-sync/update.json").exists()


@pytest.mark.parametrize("step", STEPS)
def test_what_a_kill_cut_short_is_finished(one: Update, step: str) -> None:
    one.prepare({**BASE, "log": "one\n"}, everything, {"log": "one\ntwo\n"}, lambda r: (r.root / "log").chmod(0o755))
    kill(one, step)
    resume(one)
    one.assert_done()
    assert (one.repo.root / "log").stat().st_mode & 0o100


@pytest.mark.parametrize("step", STEPS)
def test_a_users_edit_after_a_kill_is_never_overwritten(one: Update, step: str) -> None:
    one.prepare(BASE, {"changes": "two\n", "stays": "theirs\n"})
    kill(one, step)
    one.repo.write("changes", "mine\n")
    resume(one)
    assert (one.repo.root / "changes").read_text() == "mine\n"
    assert " M changes" in one.repo.status() or "MM changes" in one.repo.status()


def torn(one: Update, path: str, data: bytes) -> None:
    """Have the file at `path` cut short: git died while it wrote."""
    kill(one, "journal")
    place = one.repo.root / path
    place.unlink(missing_ok=True)
    place.write_bytes(data)


@pytest.mark.parametrize("length", [0, 1, 5000])
def test_a_torn_file_is_completed(one: Update, length: int) -> None:
    new = "line\n" * 5000
    one.prepare(BASE, {"changes": new, "new": new, "goes": None})
    torn(one, "changes", new.encode()[:length])
    (one.repo.root / "new").write_text(new[:length])
    resume(one)
    one.assert_done()


def test_a_torn_file_has_the_line_ends_of_the_users_system(one: Update) -> None:
    one.repo.git("config", "core.autocrlf", "true")
    one.prepare({"a": "1\r\n"}, {"a": "2\r\n3\r\n"})
    torn(one, "a", b"2\r\n")
    resume(one)
    assert (one.repo.root / "a").read_bytes() == b"2\r\n3\r\n"
    assert one.repo.status() == []


def test_a_folder_that_was_made_for_new_files_is_not_in_the_way(one: Update) -> None:
    one.prepare(BASE, {"file": None, "file/now/a/folder": "x\n"})
    kill(one, "journal")
    one.repo.write("file", None)
    (one.repo.root / "file/now").mkdir(parents=True)
    resume(one)
    one.assert_done()


def test_modes_mean_nothing_where_git_is_told_so(one: Update) -> None:
    one.prepare(BASE, {"changes": "two\n"}, lambda repo: repo.git("update-index", "--chmod=+x", "changes"))
    one.repo.git("config", "core.fileMode", "false")
    one.new = one.repo.git("commit-tree", "-p", one.old, "-m", "x", executable_tree(one.repo, one.new))
    torn(one, "changes", b"tw")
    resume(one)
    assert (one.repo.root / "changes").read_text() == "two\n"
    assert (one.repo.head, one.repo.status()) == (one.new, [])


def executable_tree(repo: Repo, commit: str) -> str:
    lines = repo.run("ls-tree", "-z", commit).replace(b"100644", b"100755")
    return repo.git("mktree", "-z", data=lines)


def test_nothing_behind_a_link_is_completed(one: Update, tmp_path: Path) -> None:
    """The link was the tree's own, and what is in its place now comes from others."""
    (tmp_path / "private").mkdir()
    secret = tmp_path / "private/keys"
    secret.write_bytes(b"")
    link = one.repo.root / "link"

    def replace(repo: Repo) -> None:
        link.unlink()
        repo.write("link/keys", "attack\n")

    link.symlink_to(tmp_path / "private")
    one.prepare(BASE, replace)
    kill(one, "journal")
    assert link.is_symlink()
    resume(one)
    one.assert_done()
    assert secret.read_bytes() == b""


@pytest.mark.parametrize(
    "damage",
    [
        b"",
        b"\0\0\0",
        b"\xff",
        b"[]",
        b'"x"',
        b"{}",
        b'{"old": "OLD", "new": "NEW"}',
        b'{"old": "OLD", "new": "NEW", "branch": "other"}',
        b'{"old": "NEW", "new": "OLD", "branch": "main"}',
        b'{"old": "OLD", "new": "1234567890123456789012345678901234567890", "branch": "main"}',
        b'{"old": "OLD", "new": "--output=owned", "branch": "main"}',
        b'{"old": "OLD", "new": ["x"], "branch": "main"}',
    ],
)
def test_a_note_of_nothing_that_can_be_finished_is_dropped(one: Update, damage: bytes) -> None:
    one.prepare(BASE, {"changes": "two\n"})
    one.repo.write("stays", "mine\n")
    before = one.repo.seen()
    folder = one.repo.root / ".git/session-sync"
    folder.mkdir()
    data = damage.replace(b"OLD", one.old.encode()).replace(b"NEW", one.new.encode())
    (folder / "update.json").write_bytes(data)
    resume(one)
    assert one.repo.seen() == before


def test_nothing_to_resume_is_no_work(one: Update, monkeypatch: pytest.MonkeyPatch) -> None:
    one.prepare(BASE, {"changes": "two\n"})
    tree = WorkTree(one.repo.root)
    monkeypatch.setattr(tree_index.TreeIndex, "take", lambda index: pytest.fail("it looked at the index"))
    checkout.resume(tree)


def test_an_update_that_fails_for_another_reason_is_tried_again(one: Update, monkeypatch: pytest.MonkeyPatch) -> None:
    """A full disk, say: nothing of it may become the user's own change."""
    one.prepare(BASE, {"changes": "two\n"})
    kill(one, "journal")
    run = WorkTree.run

    def failing(tree: WorkTree, *arguments: str, **options: object) -> bytes:
        if arguments[0] == "read-tree":
            raise GitError("read-tree", "error: unable to create file 'x': No space left on device")
        return run(tree, *arguments, **options)  # type: ignore[arg-type]

    with monkeypatch.context() as patch:
        patch.setattr(WorkTree, "run", failing)
        with pytest.raises(GitError, match="No space left"):
            checkout.resume(WorkTree(one.repo.root))
    assert json.loads((one.repo.root / ".git/session-sync/update.json").read_text())["new"] == one.new
    resume(one)
    one.assert_done()
