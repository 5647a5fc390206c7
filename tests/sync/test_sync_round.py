"""A round of a sync: all that is changed goes out, and what others did comes in or is named."""

from __future__ import annotations

import json
import os
import re
import subprocess

from support.members import Member, Team, identify
from support.rooms import little_room
from support.templates import expand


def test_a_tree_without_commits_is_not_mixed_with_a_remote_that_has_some(team: Team, ada: Member) -> None:
    tree = team.path / "new"
    subprocess.run(["git", "init", "-q", "-b", "main", str(tree)], check=True)
    new = Member(ada.home, tree)
    new.git("remote", "add", "origin", f"file://{team.remote.path}")
    new.write(".claude/session-sync.yaml", "mine")
    ran = new.sync(code=1)
    assert "no common history" in ran.tree["message"]
    assert (new.files(), team.paths()) == ({".claude/session-sync.yaml"}, {".claude/session-sync.yaml", "notes.txt"})
    new.obey(ran.tree["message"].partition("run ")[2].partition(" first")[0])
    assert new.sync().tree["head"] == team.head()
    assert (team.conflicts(), team.text(".claude/session-sync.yaml")) == ([], "mine")


def test_a_tree_with_nothing_to_commit_is_told_how_to_get_what_the_remote_has(team: Team, ada: Member) -> None:
    tree = team.path / "new"
    subprocess.run(["git", "init", "-q", "-b", "main", str(tree)], check=True)
    new = Member(ada.home, tree)
    new.git("remote", "add", "origin", f"file://{team.remote.path}")
    message = new.sync("--repo", str(tree), code=1).tree["message"]
    assert "main has no commit yet and nothing to commit" in message
    new.obey(message.partition("; run ")[2].partition(", and sync")[0])
    assert new.sync().tree["head"] == team.head()


def test_without_a_remote_it_is_committed_and_said(ada: Member) -> None:
    ada.git("remote", "remove", "origin")
    ada.write("x.txt")
    ran = ada.sync()
    assert "; no remote yet" in ran.told
    assert (ada.files(), ran.tree["upstream"]) == ({"x.txt"}, "")


def test_a_file_in_the_way_that_cannot_be_committed_is_named(team: Team, ada: Member, bob: Member) -> None:

    bob.commit("notes.txt", "bob's\n")
    bob.git("push", "-q")
    ada.write("notes.txt", expand("token = ghp_<<alnum:36>>\n", "way"))
    ada.write("x.txt")
    before = ada.write("notes.txt", expand("token = ghp_<<alnum:36>>\n", "way")).read_bytes()
    ran = ada.sync(code=1)
    assert "notes.txt is not committed (see why below) but changed on the remote" in ran.tree["message"]
    assert (ada.tree / "notes.txt").read_bytes() == before
    assert "x.txt" in team.paths()


def test_a_file_that_cannot_be_written_here_holds_nothing_back(team: Team, ada: Member, bob: Member) -> None:
    blob = bob.git("hash-object", "-w", "notes.txt")
    bob.git("update-index", "--add", "--cacheinfo", f"100644,{blob},{'x' * 300}")
    bob.git("commit", "-q", "-m", "a name that is too long")
    bob.git("push", "-q")
    for name in ("one.txt", "two.txt"):
        ada.write(name)
        ran = ada.sync(code=1)
        assert "all is pushed, but the remote's files cannot be written here" in ran.tree["message"]
        assert name in team.paths()
        assert (ada.tree / name).is_file()


def test_a_disk_without_room_makes_no_change_of_the_users(team: Team, ada: Member, bob: Member) -> None:
    text = "line\n" * 1_600_000
    bob.commit("notes.txt", text)
    bob.git("push", "-q")
    before = ada.head()
    with little_room(6_000_000):
        process = ada.home.start("sync", "--json", cwd=ada.tree)
        out, told = process.communicate()
    tree = json.loads(out)["tree"]
    assert process.returncode == 1, told
    assert tree["message"].startswith("the remote's files cannot be written here")
    assert (ada.head(), tree["committed"], tree["pushed"]) == (before, "", [])
    assert ada.git("status", "--porcelain") == ""
    ada.sync()
    assert (ada.tree / "notes.txt").read_text() == text


def test_a_deletion_that_the_remote_does_not_know_of_is_not_undone(team: Team, ada: Member, bob: Member) -> None:
    bob.commit("notes.txt", "bob's\n")
    bob.git("push", "-q")
    (ada.tree / "notes.txt").unlink()
    ran = ada.sync(code=1)
    assert ran.tree["conflicts"] == ["notes.txt"]
    assert not (ada.tree / "notes.txt").exists()


def test_a_change_that_git_does_not_show_is_named(team: Team, ada: Member, bob: Member) -> None:
    bob.commit("notes.txt", "bob's\n")
    bob.git("push", "-q")
    ada.git("update-index", "--assume-unchanged", "notes.txt")
    ada.write("notes.txt", "ada's, and of another length: git looks at sizes and whole seconds\n")
    before = (ada.tree / "notes.txt").read_bytes()
    ran = ada.sync(code=1)
    assert "notes.txt is in the way of the remote's file, and git shows no change in it" in ran.tree["message"]
    assert (ada.tree / "notes.txt").read_bytes() == before
    ada.git("update-index", "--skip-worktree", "notes.txt")
    ada.obey(ran.tree["message"].partition("(or run ")[2].partition(")")[0])
    assert ada.sync(code=1).tree["conflicts"] == ["notes.txt"]


def test_a_session_log_that_cannot_be_committed_is_a_failure(team: Team, ada: Member) -> None:
    (ada.tree / "session-logs").mkdir()
    os.mkfifo(ada.tree / "notes.md")
    ada.write("session-logs/2026-01-01-ada-x.md")
    ada.git("add", ".")
    (ada.tree / "session-logs/2026-01-01-ada-x.md").unlink()
    os.mkfifo(ada.tree / "session-logs/2026-01-01-ada-x.md")
    ada.write("x.txt")
    ran = ada.sync(code=1)
    assert ran.tree["message"] == "some files could not be committed; see below"
    assert "[WARNING] not committed session-logs/2026-01-01-ada-x.md: neither a file nor a link" in ran.told
    assert team.paths() >= {"x.txt"}
    assert "session-logs/2026-01-01-ada-x.md" not in team.paths()


def test_the_commit_says_by_whom_where_and_when(team: Team, ada: Member) -> None:
    identify(ada)
    ada.write("x.txt")
    ada.sync()
    assert re.fullmatch(r"sync: auto-sync from \S+ at \d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d{4}", ada.last("%B").strip())
    assert ada.last("%an %ae") == "Ada Lovelace ada@lovelace.example"
    assert ".claude/identity.json" not in team.paths()


def test_nothing_to_do_makes_no_commit(ada: Member) -> None:
    before = ada.head()
    ran = ada.sync()
    assert (ran.tree["committed"], ran.tree["head"], ada.head()) == ("", before, before)
    assert "the same as origin/main" in ran.told
    assert not (ada.tree / ".git" / "index.lock").exists()
