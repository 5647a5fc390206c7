from __future__ import annotations

import os
from pathlib import Path

import pytest

from session_sync.errors import UserError
from session_sync.git.failure import is_contention
from session_sync.sync.tree.tree import WorkTree
from session_sync.sync.tree.upstream import Upstream, of_branch
from support.trees import Repo, begun


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    return begun(tmp_path / "tree")


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ([], None),
        (["remote.origin.url=x"], ("origin", "refs/heads/main")),
        (["remote.hub.url=x"], ("hub", "refs/heads/main")),
        (["remote.hub.url=x", "remote.origin.url=x"], ("origin", "refs/heads/main")),
        (["remote.my.own.hub.url=x"], ("my.own.hub", "refs/heads/main")),
        (
            ["remote.origin.url=x", "branch.main.remote=hub", "branch.main.merge=refs/heads/team/x"],
            ("hub", "refs/heads/team/x"),
        ),
        (["remote.origin.url=x", "branch.other.remote=hub"], ("origin", "refs/heads/main")),
        (
            ["remote.origin.url=x", "branch.main.remote=--upload-pack=touch owned", "branch.main.merge=refs/heads/x"],
            ("origin", "refs/heads/main"),
        ),
    ],
)
def test_the_branch_that_ours_follows(repo: Repo, settings: list[str], expected: tuple[str, str] | None) -> None:
    for setting in settings:
        repo.git("config", *setting.split("=", 1))
    found = of_branch(WorkTree(repo.root), "main")
    assert (found and (found.remote, found.ref)) == expected


def test_a_branch_that_follows_none_that_can_be_synced(repo: Repo) -> None:
    repo.git("config", "remote.one.url", "x")
    repo.git("config", "remote.two.url", "x")
    with pytest.raises(UserError, match="main follows no branch of a remote, and there are one, two"):
        of_branch(WorkTree(repo.root), "main")
    repo.git("switch", "-q", "-c", "topic", "--track", "main")
    with pytest.raises(UserError, match="topic follows a branch of this repository"):
        of_branch(WorkTree(repo.root), "topic")


def test_fetching_leaves_branches_tags_and_files_alone(repo: Repo, tmp_path: Path) -> None:
    other = repo.clone(tmp_path / "other")
    repo.commit({"a": "2\n"})
    repo.git("tag", "a-tag")
    repo.git("branch", "another")
    other.git("config", "fetch.prune", "true")
    other.git("config", "remote.origin.tagOpt", "--tags")
    gone = other.head
    other.git("update-ref", "refs/remotes/origin/gone", gone)
    before = (other.git("tag"), other.seen())
    tree = WorkTree(other.root)
    upstream = of_branch(tree, "main")
    assert upstream is not None
    assert upstream.fetch() == repo.head
    assert Upstream(tree, "origin", "refs/heads/missing").fetch() == ""
    assert (other.git("tag"), other.seen()) == before
    assert other.git("rev-parse", "origin/main", "origin/gone").split() == [repo.head, gone]
    assert not (other.root / ".git/FETCH_HEAD").exists()
    assert upstream.refs("refs/heads/*") == {
        "refs/heads/main": repo.head,
        "refs/heads/another": repo.head,
    }
    repo.git("reset", "-q", "--hard", "HEAD~")
    assert upstream.fetch() == repo.head, "a remote that was rewritten is seen as it is"


def test_a_push_is_taken_or_says_why_not(repo: Repo, tmp_path: Path) -> None:
    bare = tmp_path / "bare.git"
    repo.publish(bare)
    other = repo.clone(tmp_path / "other")
    other.commit({"a": "theirs\n"})
    other.git("push", "-q", str(bare), "main")
    upstream = Upstream(WorkTree(repo.root), "origin", "refs/heads/main")
    made = repo.commit({"a": "ours\n"})
    assert is_contention(upstream.push(made))
    assert upstream.push(made, "refs/heads/conflicts/x") == ""
    assert upstream.refs("refs/heads/*") == {
        "refs/heads/main": other.head,
        "refs/heads/conflicts/x": made,
    }


def test_large_files_go_before_the_commits(repo: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What git LFS's own hook is told; our pushes run no hooks."""
    folder, told = tmp_path / "bin", tmp_path / "told"
    folder.mkdir()
    (folder / "git-lfs").write_text(f'#!/bin/sh\necho "$@" >> {told}\ncat >> {told}\n')
    (folder / "git-lfs").chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
    bare = tmp_path / "bare.git"
    repo.publish(bare)
    assert Upstream(WorkTree(repo.root), "origin", "refs/heads/main").push(repo.commit()) == ""
    assert not told.exists()
    repo.git("config", "filter.lfs.clean", "git-lfs clean -- %f")
    (repo.root / ".git/lfs").mkdir()
    made = repo.commit()
    upstream = Upstream(WorkTree(repo.root), "origin", "refs/heads/main")
    known = upstream.fetch()
    assert upstream.push(made) == ""
    assert told.read_text() == f"pre-push origin {bare}\nrefs/heads/main {made} refs/heads/main {known}\n"
