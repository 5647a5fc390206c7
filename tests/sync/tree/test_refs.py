from __future__ import annotations

from pathlib import Path

import pytest

from session_sync.errors import Deferred
from session_sync.git.failure import GitError
from session_sync.sync.tree import refs
from session_sync.sync.tree.refs import advance, clear_locks
from session_sync.sync.tree.tree import WorkTree
from support.trees import Repo, begun

WHO = ("Ada Lovelace", "ada@example.org")


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    return begun(tmp_path / "tree")


def test_a_branch_moves_only_from_where_it_was(repo: Repo) -> None:
    tree, first = WorkTree(repo.root), repo.head
    one = tree.commit(f"{first}^{{tree}}", [first], "one\n", WHO)
    two = tree.commit(f"{first}^{{tree}}", [first], "two\n", WHO)
    assert advance(tree, "refs/heads/main", one, first, "x")
    assert not advance(tree, "refs/heads/main", two, first, "x")
    assert not advance(tree, "refs/heads/main", two, "", "x")
    assert repo.head == one
    assert advance(tree, "refs/heads/new", two, "", "x")
    assert not advance(tree, "refs/heads/new/below", two, "", "x"), "a branch cannot be below another one"


def test_a_lock_on_a_branch_is_named_when_it_stays(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(refs, "REF_PATIENCE", 0.1)
    tree, first = WorkTree(repo.root), repo.head
    made = tree.commit(f"{first}^{{tree}}", [first], "one\n", WHO)
    repo.write(".git/refs/heads/main.lock", "")
    repo.git("config", "core.filesRefLockTimeout", "10")
    with pytest.raises(Deferred, match=r"holds .*refs/heads/main\.lock; the next sync does the rest"):
        advance(tree, "refs/heads/main", made, first, "x")
    clear_locks(tree)
    assert (repo.root / ".git/refs/heads/main.lock").exists(), "it may be the lock of a git that works"


def test_a_ref_of_ours_is_removed_if_it_is_where_we_saw_it(repo: Repo) -> None:
    tree, ref, other = WorkTree(repo.root), "refs/session-sync/conflicts/x", repo.head
    here = repo.commit({"a": "2\n"})
    repo.git("update-ref", ref, here)
    with pytest.raises(GitError):
        refs.remove(tree, ref, other)
    assert tree.resolve(ref) == here
    refs.remove(tree, ref, here)
    assert (tree.resolve(ref), (repo.root / ".git/session-sync/moving").exists()) == ("", False)


def test_what_a_killed_git_of_ours_left_is_cleared(repo: Repo) -> None:
    tree, first = WorkTree(repo.root), repo.head
    made = tree.commit(f"{first}^{{tree}}", [first], "one\n", WHO)
    repo.write(".git/session-sync/moving", "refs/heads/main")
    locks = (
        "HEAD.lock",
        "refs/heads/main.lock",
        "refs/session-sync/proposal.lock",
        "refs/session-sync/upstream/x.lock",
        "packed-refs.lock",
    )
    for lock in locks:
        repo.write(f".git/{lock}", "")
    clear_locks(tree)
    assert [lock for lock in locks if (repo.root / ".git" / lock).exists()] == []
    assert advance(tree, "refs/heads/main", made, first, "x")
    assert not (repo.root / ".git/session-sync/moving").exists()
