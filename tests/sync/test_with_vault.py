"""A shared tree is synced with its user's vault, and what came along is taken in."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from session_sync.identity import user
from session_sync.sync import with_vault
from session_sync.sync.report import SyncTreeReport
from support.members import Member, Team, give_vault, identify


def test_the_vault_is_synced_as_well(team: Team, ada: Member, tmp_path: Path) -> None:
    vault = give_vault(ada, tmp_path)
    vault.write("note.md")
    ada.write("x.txt")
    ran = ada.sync()
    assert ran.report["vault"]["files"] == ["note.md"]
    assert vault.git("ls-remote", "origin", "main").startswith(vault.head())
    assert "vault vault: committed 1 file" in ran.told
    assert vault.last("%an") == "Ada Lovelace"


def test_a_conflict_in_the_vault_does_not_hide_that_the_tree_is_done(team: Team, ada: Member, tmp_path: Path) -> None:
    vault = give_vault(ada, tmp_path)
    other = Member(ada.home, tmp_path / "other")
    subprocess.run(["git", "clone", "-q", str(tmp_path / "vault.git"), str(other.tree)], check=True)
    other.commit("first.md", "theirs\n")
    other.git("push", "-q")
    vault.write("first.md", "ours\n")
    ada.write("x.txt")
    ran = ada.sync(code=1)
    assert (ran.tree["code"], ran.report["vault"]["code"]) == (0, 1)
    assert ran.report["vault"]["conflicts"] == ["first.md"]
    assert "x.txt" in team.paths()
    assert "vault vault failed: 1 file" in ran.told


def test_a_vault_that_is_not_there_is_a_warning_and_one_in_the_tree_is_no_second_round(
    ada: Member, tmp_path: Path
) -> None:
    identify(ada, vault_path=str(tmp_path / "gone"))
    ran = ada.sync()
    assert "is not a git working tree; correct vault_path in identity.json" in ran.told
    identify(ada, vault_path="projects")
    ada.write("projects/x.txt")
    ran = ada.sync()
    assert (ran.report["vault"], ran.tree["files"]) == (None, ["projects/x.txt"])


def test_a_vault_is_synced_although_the_tree_cannot_be(ada: Member, tmp_path: Path) -> None:
    vault = give_vault(ada, tmp_path)
    vault.write("note.md")
    ada.git("switch", "-q", "--detach")
    ran = ada.sync(code=1)
    assert "HEAD is detached" in ran.tree["message"]
    assert ran.report["vault"]["files"] == ["note.md"]


def test_the_trees_commands_come_to_the_users_folder(ada: Member, bob: Member) -> None:
    bob.write(".claude/commands/deploy.md", "Deploy it.\n")
    bob.sync()
    folder = Path(ada.home.env["CLAUDE_CONFIG_DIR"]) / "commands"
    for file in folder.glob("*"):
        file.unlink()
    ran = ada.sync()
    assert (folder / "deploy.md").read_text() == "Deploy it.\n"
    assert "command copied: deploy.md (last changed by Bob Example)" in ran.told
    assert ran.report["commands"]["copied"] == ["deploy.md"]


@pytest.mark.parametrize(("number", "told"), [(1, "1 note passed over"), (2, "2 notes passed over")])
def test_notes_that_were_passed_over_are_counted(
    number: int, told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(with_vault, "receive_notes", lambda *_: (0, number))
    done = SyncTreeReport(root=str(tmp_path), remote_head="a" * 40)
    _, warnings = with_vault._take_in(tmp_path, done, user.load(), "", lambda: None)
    assert warnings == [f"{told}: too many; see the session logs"]
