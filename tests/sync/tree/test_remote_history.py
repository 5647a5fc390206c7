"""What is known of a remote's branch: when it was rewritten, when it moved, and when somebody else saw it."""

from __future__ import annotations

from pathlib import Path

import pytest

from session_sync.sync.tree.remote_history import RemoteHistory, Where, Withdrawn
from session_sync.sync.tree.tree import WorkTree
from support.trees import Repo, begun

MAIN = "refs/heads/main"


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    made = begun(tmp_path / "tree")
    made.git("config", "remote.origin.url", "one")
    return made


def history(repo: Repo, ref: str = MAIN, remote: str = "origin") -> RemoteHistory:
    """The record as the next round reads it."""
    return RemoteHistory(WorkTree(repo.root), remote, ref)


def rewritten(repo: Repo) -> tuple[str, str, str]:
    """A commit, one after it that was taken out, and one that came in its place."""
    base = repo.head
    old = repo.commit({"a": "old\n"})
    repo.git("reset", "-q", "--hard", base)
    return base, old, repo.commit({"a": "new\n"})


def test_a_branch_that_only_grows_has_lost_nothing(repo: Repo) -> None:
    first, second = repo.head, repo.commit({"a": "2\n"})
    assert history(repo).last == ""
    for commit in (first, second):
        history(repo).note(commit)
        assert history(repo).last == commit
    assert history(repo).withdrawn(second, second) is None
    assert repo.git("for-each-ref", "refs/session-sync/withdrawn") == ""


def test_what_a_branch_has_no_more_is_known_until_it_is_there_again(repo: Repo) -> None:
    base, old, new = rewritten(repo)
    history(repo).note(old)
    history(repo).note(new)
    for _ in range(2):
        assert history(repo).withdrawn(old, new) == Withdrawn(old, new, Where.UPSTREAM)
    assert history(repo).withdrawn(new, new) is None
    assert history(repo).withdrawn(base, new) is None
    assert history(repo).withdrawn(old, old) is None
    assert history(repo, "refs/heads/other").withdrawn(old, "") == Withdrawn(old, new, Where.OTHER_BRANCH)
    assert history(repo, remote="second").withdrawn(old, "") is None


def test_what_was_carried_over_counts_as_withdrawn(repo: Repo) -> None:
    _, old, new = rewritten(repo)
    history(repo).note(old)
    history(repo).note(new)
    repo.git("reset", "-q", "--hard", old)
    ours = repo.commit({"b": "ours\n"})
    history(repo).settle(ours)
    assert history(repo).withdrawn(repo.commit({"c": "later\n"}), new) == Withdrawn(ours, new, Where.UPSTREAM)


@pytest.mark.parametrize("begins", ["with a clone", "with a fetch"])
def test_what_git_saw_before_us_counts(repo: Repo, begins: str) -> None:
    _, old, new = rewritten(repo)
    tracking = "refs/remotes/origin/main"
    if begins == "with a fetch":
        repo.git("update-ref", "--create-reflog", tracking, old)
    else:
        repo.git("-c", "core.logAllRefUpdates=false", "update-ref", tracking, old)
    repo.git("update-ref", "--create-reflog", tracking, new)
    history(repo).catch_up()
    assert (history(repo).last, history(repo).withdrawn(old, new)) == (new, Withdrawn(old, new, Where.UPSTREAM))


def test_what_git_saw_between_two_rounds_counts(repo: Repo) -> None:
    base, old, new = rewritten(repo)
    tracking = "refs/remotes/origin/main"
    for commit in (base, old):
        repo.git("update-ref", "--create-reflog", tracking, commit)
        if commit == base:
            history(repo).note(base)
    history(repo).catch_up()
    history(repo).note(new)
    assert history(repo).withdrawn(old, new) == Withdrawn(old, new, Where.UPSTREAM)


def test_the_last_fetch_of_an_earlier_version_counts(repo: Repo) -> None:
    _, old, new = rewritten(repo)
    repo.git("update-ref", history(repo).fetched, old)
    history(repo).catch_up()
    history(repo).note(new)
    assert history(repo).withdrawn(old, new) == Withdrawn(old, new, Where.UPSTREAM)


def test_a_new_address_is_another_repository_unless_it_has_all(repo: Repo) -> None:
    base, old, new = rewritten(repo)
    history(repo).note(old)
    repo.git("config", "remote.origin.url", "two")
    repo.git("update-ref", "refs/remotes/origin/main", old)
    history(repo).catch_up()
    assert history(repo).last == "", "git may have seen that at the old address"
    history(repo).note(new)
    assert history(repo).withdrawn(old, new) == Withdrawn(old, new, Where.NEW_ADDRESS)
    assert history(repo).withdrawn(new, new) is history(repo).withdrawn(base, new) is None
    repo.git("config", "remote.origin.url", "three")
    history(repo).note(repo.commit({"b": "more\n"}))
    assert history(repo).withdrawn(repo.head, repo.head) is None


def test_a_branch_in_the_place_of_one_that_is_gone(repo: Repo) -> None:
    _, old, new = rewritten(repo)
    history(repo).note(old)
    history(repo).bequeath("refs/heads/trunk")
    trunk = history(repo, "refs/heads/trunk")
    trunk.note(new)
    history(repo).bequeath("refs/heads/trunk")
    assert trunk.withdrawn(old, new) == Withdrawn(old, new, Where.UPSTREAM)
    assert history(repo, "refs/heads/trunk").last == new
