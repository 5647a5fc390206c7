"""The branches for what cannot be joined: they go when that is resolved, and nobody else's ever do."""

from __future__ import annotations

import pytest

from support.members import Member, Team


@pytest.fixture
def branch(team: Team, ada: Member, bob: Member) -> str:
    """The branch that a conflict of ada's with bob made."""
    bob.commit("notes.txt", "bob's\n")
    bob.git("push", "-q")
    ada.write("notes.txt", "ada's\n")
    found: str = ada.sync(code=1).tree["conflict_branch"]
    assert team.conflicts() == [found]
    return found


def resolve(member: Member) -> None:
    member.git("fetch", "-q")
    member.git("merge", "-q", "origin/main", codes=(1,))
    member.write("notes.txt", "both\n")
    member.git("commit", "-q", "-a", "-m", "join")


@pytest.mark.parametrize("pushed", ["by sync", "by hand"])
def test_it_goes_when_its_conflict_is_resolved(team: Team, ada: Member, branch: str, pushed: str) -> None:
    team.remote.git("branch", f"{branch[:-1]}x", "main")
    team.remote.git("branch", "conflicts/somebody/else", "main")
    resolve(ada)
    if pushed == "by hand":
        ada.git("push", "-q")
    ada.sync()
    assert sorted(team.conflicts()) == sorted([f"{branch[:-1]}x", "conflicts/somebody/else"])
    assert ada.git("for-each-ref", "refs/session-sync/conflicts") == ""
    assert ada.sync().tree["retries"] == 0


def test_it_stays_while_it_holds_anything_that_the_upstream_has_not(
    team: Team, ada: Member, bob: Member, branch: str
) -> None:
    ada.git("reset", "-q", "--hard", "origin/main")
    ada.sync()
    assert team.conflicts() == [branch]
    team.remote.git("update-ref", f"refs/heads/{branch}", team.head())
    ada.git("switch", "-q", "--detach", "main@{1}")
    ada.git("branch", "-q", "-f", "main", "HEAD")
    ada.git("switch", "-q", "main")
    resolve(ada)
    ada.sync()
    assert team.conflicts() == [branch], "somebody else moved it"


def test_a_remote_that_keeps_its_branches_stops_nothing(team: Team, ada: Member, branch: str) -> None:
    team.remote.git("config", "receive.denyDeletes", "true")
    resolve(ada)
    assert ada.sync().tree["head"] == team.head()
    assert team.conflicts() == [branch]
