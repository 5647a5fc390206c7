from __future__ import annotations

import json
import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from session_sync.errors import Deferred
from session_sync.git.failure import GitError
from session_sync.sync.tree import checkout
from session_sync.sync.tree import index as tree_index
from session_sync.sync.tree.tree import WorkTree
from support.trees import Content, Repo
from support.updates import BASE, Update, force, kill, resume


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


def test_ignored_files_stay_when_the_update_is_refused(one: Update) -> None:
    one.prepare({**BASE, ".gitignore": "*.log\n"}, force({"a.log": "theirs\n", "changes": "two\n"}))
    one.repo.write("a.log", "only here\n")
    one.repo.write("changes", "mine\n")
    assert "changes" in one.refused()


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


STEPS = ("journal", "files", "lock", "index", "branch")


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
