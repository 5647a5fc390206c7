"""Locks of git's that are in a round's way, as the commands that meet them tell."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from session_sync.errors import Deferred, UserError
from session_sync.git.failure import GitError
from session_sync.sync.tree import held
from support.members import Member, Team
from support.trees import Repo, begun

DAYS = 2 * 86400
LEFT = (
    *("index.lock", "HEAD.lock", "refs/heads/main.lock", "config.lock"),
    *("refs/remotes/origin/main.lock", "session-sync/index.lock", "refs/session-sync/proposal.lock"),
)


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    return begun(tmp_path / "tree")


def leave(place: Path, age: float = DAYS) -> Path:
    place.parent.mkdir(parents=True, exist_ok=True)
    place.touch()
    os.utime(place, (time.time() - age, time.time() - age))
    return place


@pytest.mark.parametrize("name", LEFT)
def test_a_lock_that_a_dead_git_left_is_told_or_in_nobodys_way(team: Team, ada: Member, name: str) -> None:
    ada.write(".claude/identity.json", '{"user": "ada", "email": "ada@lovelace.example", "full_name": "Ada Lovelace"}')
    ada.write("x.txt")
    lock = leave(ada.tree / ".git" / name)
    ran = ada.home.run("sync", "--json", cwd=ada.tree)
    if ran.code:
        assert ran.code == 1, ran
        assert f"{lock} was left by a git that died 2 days ago" in ran.err
        assert f"rm -- {lock}" in ran.err
        lock.unlink()
        ada.sync()
    assert "x.txt" not in ada.status()
    assert ada.head() == team.head()


def test_the_lock_of_a_linked_work_tree(ada: Member, tmp_path: Path) -> None:
    ada.git("worktree", "add", "-q", "-b", "other", str(tmp_path / "linked"))
    linked = Member(ada.home, tmp_path / "linked")
    linked.write("x.txt")
    lock = leave(ada.tree / ".git/worktrees/linked/index.lock")
    assert f"rm -- {lock}" in linked.sync(code=1).told


def test_a_path_is_quoted_for_the_shell(tmp_path: Path) -> None:
    lock = leave(tmp_path / "it's a tree/index.lock")
    command = str(held.refusal(lock, ())).rpartition(": ")[2]
    subprocess.run(["sh", "-c", command], check=True)
    assert not lock.exists()


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere nobody can see where a git works")
def test_a_git_that_runs_in_the_repository_may_hold_it(repo: Repo) -> None:
    lock = leave(repo.root / ".git/index.lock", held.LEFT_AFTER + 60)
    places = (repo.root, repo.root / ".git")
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen(["git", "cat-file", "--batch-check"], cwd=repo.root, bufsize=0, **pipes) as process:
        assert process.stdin
        assert process.stdout
        process.stdin.write(b"HEAD\n")
        assert process.stdout.readline(), "it runs"
        assert isinstance(held.refusal(lock, places), Deferred)
        leave(lock)
        assert isinstance(held.refusal(lock, places), UserError)
        process.stdin.close()
    leave(lock, held.LEFT_AFTER + 60)
    assert isinstance(held.refusal(lock, places), UserError)


@pytest.mark.parametrize(
    ("age", "told"),
    [
        (-DAYS, "before the clock was set back"),
        (-60, "holds"),
        (30, "holds"),
        (80, " seconds; the next sync"),
        (200, "3 minutes"),
        (7200, "2 hours ago"),
        (DAYS, "2 days"),
    ],
)
def test_ages_are_told_as_people_say_them(tmp_path: Path, age: float, told: str) -> None:
    assert told in str(held.refusal(leave(tmp_path / "x.lock", age), (tmp_path,)))


def test_the_lock_is_found_in_what_git_says(repo: Repo) -> None:
    (repo.root / ".git/config.lock").touch()
    (repo.root / ".git/index.lock").touch()
    for command, name in ((("config", "a.b", "c"), "config"), (("update-index", "--refresh"), "index")):
        done = subprocess.run(["git", "-C", str(repo.root), *command], capture_output=True, text=True, check=False)
        assert held.in_the_way(repo.root, GitError("x", done.stderr)) == repo.root / f".git/{name}.lock"
    assert held.in_the_way(repo.root, GitError("x", "fatal: File exists")) is None
