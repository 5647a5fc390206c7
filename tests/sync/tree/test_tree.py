from __future__ import annotations

import os
from pathlib import Path

import pytest

from session_sync.git.failure import GitError
from session_sync.sync.tree.refs import advance
from session_sync.sync.tree.tree import NO_ENTRY, Commit, TreeEntry, WorkTree
from session_sync.sync.tree.upstream import Upstream
from support.trees import Repo, begun

WHO = ("Ada Lovelace", "ada@example.org")


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    return begun(tmp_path / "tree")


def test_what_is_no_tree_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(GitError, match="not a git repository"):
        WorkTree(tmp_path)


def test_a_tree_whose_path_ends_with_spaces(tmp_path: Path) -> None:
    repo = Repo(tmp_path / "tree \n ")
    assert WorkTree(repo.root).git_dir == repo.root / ".git"


def test_a_clock_that_was_wrong_does_not_change_what_a_commit_has(repo: Repo) -> None:
    tree = WorkTree(repo.root)
    repo.git("switch", "-q", "--orphan", "late")
    repo.git("commit", "-q", "--allow-empty", "-m", "from the future", GIT_COMMITTER_DATE="2099-01-01T00:00:00Z")
    first = repo.head
    for number in range(12):
        date = f"2020-01-01T00:00:{number:02}Z"
        repo.git("commit", "-q", "--allow-empty", "-m", "as it was", GIT_COMMITTER_DATE=date)
    assert (tree.is_ancestor(first, repo.head), tree.is_ancestor(repo.head, first)) == (True, False)
    assert tree.merge_bases(repo.head, first, repo.git("rev-parse", "HEAD~5")) == [repo.git("rev-parse", "HEAD~5")]


def test_commits_and_what_is_between_them(repo: Repo) -> None:
    tree, first = WorkTree(repo.root), repo.head
    second = repo.commit({"a": "2\n", "folder/b": None, "c": "3\n"}, "second: é\n\nmore")
    assert tree.resolve("HEAD") == tree.resolve("main") == second
    assert tree.resolve("missing") == tree.resolve("--all") == tree.resolve("1" * 40) == ""
    assert (tree.is_ancestor(first, second), tree.is_ancestor(second, first), tree.is_ancestor(first, first)) == (
        True, False, True
    )  # fmt: skip
    assert (tree.has(first, second), tree.has("1" * 40, second)) == (True, False)
    assert tree.merge_base(first, second) == first
    assert tree.log(first, second, 10) == [Commit(second, "Ada Example", "second: é")]
    assert [one.subject for one in tree.log("", second, 10)] == ["second: é", "first"]
    assert len(tree.log("", second, 1)) == 1
    changes = tree.changes(first, second)
    assert set(changes) == {b"a", b"c", b"folder/b"}
    assert changes[b"folder/b"][1] == changes[b"c"][0] == NO_ENTRY
    assert tree.blob(changes[b"a"][0].oid) + tree.blob(changes[b"a"][1].oid) == b"1\n2\n"
    assert set(tree.changes(first, second, "folder")) == {b"folder/b"}


def test_histories_without_a_common_past(repo: Repo) -> None:
    first = repo.head
    repo.git("switch", "-q", "--orphan", "strange")
    assert WorkTree(repo.root).merge_base(first, repo.commit({"x": "1"})) == ""


def test_what_a_commit_holds(repo: Repo) -> None:
    odd = os.fsdecode(b":(top)-\xff \n*")
    (repo.root / "link").symlink_to("a")
    head = repo.commit({odd: "x\n"})
    tree = WorkTree(repo.root)
    found = tree.entries(head, ["a", odd, "link", "missing", "fold"])
    assert set(found) == {b"a", os.fsencode(odd), b"link"}
    assert (found[b"a"].is_file, found[b"link"].is_file, found[b"link"].mode) == (True, False, "120000")
    assert set(tree.entries(head, ["folder"])) == {b"folder/b"}
    assert tree.entries("", ["a"]) == tree.entries(head, []) == {}


def test_trees_are_made_without_an_index(repo: Repo) -> None:
    tree, seen = WorkTree(repo.root), repo.seen()
    blob = tree.store(b"new\n")
    grafted = tree.graft(repo.head, {b"folder/c": TreeEntry("100644", blob), b'"\\\n\xff': TreeEntry("100755", blob)})
    made = tree.commit(grafted, [repo.head], "x\n", WHO)
    assert repo.files(made) == {**repo.files(), "folder/c": b"new\n", os.fsdecode(b'"\\\n\xff'): b"new\n"}
    assert repo.files(tree.commit(tree.graft("", {b"x": TreeEntry("100644", blob)}), [], "x\n", WHO)) == {"x": b"new\n"}
    assert repo.seen() == seen


def test_hooks_do_not_run(repo: Repo, tmp_path: Path) -> None:
    repo.publish(tmp_path / "bare.git")
    for name in ("pre-push", "reference-transaction", "post-index-change", "post-checkout", "pre-commit"):
        repo.write(f".git/hooks/{name}", f"#!/bin/sh\ntouch '{tmp_path}/ran-{name}'\nexit 1\n", 0o755)
    tree, head = WorkTree(repo.root), repo.head
    made = tree.commit(f"{head}^{{tree}}", [head], "x\n", WHO)
    assert advance(tree, "refs/heads/main", made, head, "x")
    tree.put(tree.index.take(), [(b"new", TreeEntry("100644", tree.store(b"x")))])
    tree.index.publish()
    assert Upstream(tree, "origin", "refs/heads/main").push(made) == ""
    assert [path.name for path in tmp_path.glob("ran-*")] == []
