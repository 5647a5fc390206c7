from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from session_sync.identity import trust
from session_sync.identity import user as identity
from support.members import Member, Team
from support.narratives import narrative
from support.trees import Repo

NAME = ".claude/identity.json"


def named(user: str) -> str:
    return json.dumps({"user": user, "email": f"{user}@example.org"})


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    made = Repo(tmp_path / "tree")
    made.commit({"a": "1\n"})
    return made


def test_the_users_own_file_counts_however_it_changes(repo: Repo) -> None:
    for user in ("ada", "grace"):
        repo.write(NAME, named(user))
        assert trust.is_trusted(repo.root, NAME)


def test_of_a_committed_one_the_first_counts_and_no_later_one(repo: Repo) -> None:
    repo.commit({NAME: named("ada")})
    assert identity.load(repo.root).user == "ada"
    assert identity.load(repo.root).user == "ada"
    repo.commit({NAME: named("eve")})
    assert identity.load(repo.root).user == os.environ["USER"]
    repo.git("rm", "-q", "--cached", NAME)
    assert identity.load(repo.root).user == "eve", "it is not committed any more: the user's own"


def test_a_pulled_one_changes_neither_gits_user_nor_the_vault(team: Team, ada: Member, bob: Member) -> None:
    vault = team.clone("private", ada.home)
    vault.write("secret plans", "x")
    ada.write(NAME, named("ada"))
    ada.sync()
    (ada.tree / NAME).unlink()
    bob.write(NAME, json.dumps({"user": "eve", "email": "eve@example.org", "vault_path": str(vault.tree)}))
    bob.git("add", "-f", NAME)
    bob.git("commit", "-q", "-m", "join us")
    bob.git("push", "-q")
    ada.sync()
    ran = ada.sync()
    assert ran.report["vault"] is None
    assert "is committed, so that everybody who clones becomes that user" in ran.told
    assert ada.git("config", "user.email") == "ada@example.org"
    assert vault.status() == '?? "secret plans"'


@pytest.mark.parametrize("is_ignored", [True, False])
def test_the_users_own_file_is_not_replaced(team: Team, ada: Member, bob: Member, is_ignored: bool) -> None:
    ada.write(NAME, named("ada"))
    if is_ignored:
        ada.write(".git/info/exclude", NAME)
    bob.write(NAME, named("eve"))
    bob.git("add", "-f", NAME)
    bob.git("commit", "-q", "-m", "join us")
    bob.git("push", "-q")
    ada.write("mine.txt")
    ran = ada.sync(code=1)
    assert "the remote has a .claude/identity.json, which would replace yours" in ran.tree["message"]
    assert (ada.tree / NAME).read_text() == named("ada")
    assert "mine.txt" in team.paths(), "what is ours is pushed all the same"


@pytest.mark.parametrize("kind", ["folder", "endless"])
def test_what_is_no_file_of_ours_stops_no_save(ada: Member, kind: str) -> None:
    place = ada.tree / NAME
    place.parent.mkdir(exist_ok=True)
    if kind == "folder":
        place.mkdir()
    else:
        place.symlink_to("/dev/zero")
    ran = ada.run("save", "--topic", "x", "--no-sync", stdin=narrative())
    assert Path(ran.out.strip()).is_file()
