"""States of a working tree that a sync refuses, each in one line and with the tree as it was."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable

import pytest

from session_sync.sync.tree.status import unreadable
from support.members import Member, Team


def fork(member: Member) -> None:
    """A branch `other` that changes the line that our branch changes too."""
    member.git("switch", "-q", "-c", "other")
    member.commit("notes.txt", "theirs\n")
    member.git("switch", "-q", "main")
    member.commit("notes.txt", "ours\n")


def stash_conflict(member: Member) -> None:
    member.write("notes.txt", "stashed\n")
    member.git("stash")
    member.commit("notes.txt", "ours\n")
    member.git("stash", "pop", codes=(1,))


def begin(*arguments: str) -> Callable[[Member], None]:
    def begun(member: Member) -> None:
        fork(member)
        member.git(*arguments, codes=(0, 1))

    return begun


def begin_mail(member: Member) -> None:
    fork(member)
    mail = member.git("format-patch", "-1", "--stdout", "other")
    member.git("am", "-q", data=mail.encode() + b"\n", codes=(128,))


def begin_series(command: str) -> Callable[[Member], None]:
    """Several commits at once, the first of which met a conflict that the user committed by hand."""

    def begun(member: Member) -> None:
        fork(member)
        member.commit("notes.txt", "ours again\n")
        commits = ["main~2..main~"] if command == "revert" else ["other~..other"]
        member.git(command, *commits, "main", codes=(1,))
        member.write("notes.txt", "resolved\n")
        member.git("commit", "-q", "-a", "-m", "by hand")

    return begun


STATES = {
    "a rebase is in progress": begin("rebase", "other"),
    "a rebase is in progress; end it (resolve": begin("rebase", "--apply", "other"),
    "git am is in progress": begin_mail,
    "a merge is in progress": begin("merge", "other"),
    "a cherry-pick is in progress": begin("cherry-pick", "other"),
    "a revert is in progress": begin("revert", "--no-commit", "HEAD"),
    "a revert is in progress; end it (git revert": begin_series("revert"),
    "a cherry-pick is in progress; end it (git cherry-pick": begin_series("cherry-pick"),
    "a bisect is in progress": begin("bisect", "start"),
    "notes.txt has unresolved conflicts": stash_conflict,
    "HEAD is detached": begin("switch", "-q", "--detach"),
}


@pytest.mark.parametrize("line", STATES)
def test_a_tree_that_git_waits_for_is_left_alone_by_a_sync_and_by_a_save(line: str, team: Team, ada: Member) -> None:
    STATES[line](ada)
    ada.write("x.txt")
    before, theirs = ada.state(), team.head()
    ran = ada.sync(code=1)
    assert line in ran.tree["message"]
    assert ran.tree["message"].count("\n") == 0
    assert ada.state() == before
    if "unresolved" in line:
        return
    saved = ada.save("while git waits", code=1)
    assert line.partition(" (resolve")[0] in saved.told
    assert saved.path.is_file()
    saved.path.unlink()
    saved.path.parent.rmdir()
    assert ada.state() == before
    assert team.head() == theirs


@pytest.mark.parametrize("way", ["goes on", "ends"])
@pytest.mark.parametrize("line", [line for line in STATES if "in progress" in line])
def test_what_is_told_ends_it(line: str, way: str, ada: Member) -> None:
    STATES[line](ada)
    folder = ada.tree / "folder"
    folder.mkdir()
    told = json.loads(ada.run("sync", "--json", code=1, cwd=folder).out)["tree"]["message"]
    *goes_on, ends = told.partition("end it (")[2].rpartition(") and sync")[0].split(", or ")
    if way == "goes on" and goes_on:
        steps = goes_on[0].partition(", then ")
        if steps[1]:
            ada.write("notes.txt", "resolved\n")
            ada.obey(steps[0].partition("notes.txt, ")[2], cwd=folder)
        ends = f"EDITOR=true {steps[2] or steps[0]} || {ends}"  # the next commit of a series may conflict too
    ada.obey(ends, cwd=folder)
    ada.sync()


def test_a_detached_head_is_told_a_branch_that_can_be_switched_to(team: Team, ada: Member) -> None:
    def switch() -> str:
        command: str = ada.sync(code=1).tree["message"].partition("(")[2].partition(")")[0]
        ada.obey(command)
        ada.sync()
        return ada.git("branch", "--show-current")

    ada.git("branch", "older", "HEAD~")
    ada.git("switch", "-q", "--detach")
    assert switch() == "main"
    ada.git("switch", "-q", "--detach", "older")
    assert switch() == "older"
    ada.git("switch", "-q", "--detach", "main")
    ada.git("worktree", "add", "-q", str(team.path / "elsewhere"), "main")
    assert switch().startswith("detached-"), "main is checked out elsewhere"
    ada.git("switch", "-q", "--detach")
    new = ada.commit("new.txt")
    assert switch() == f"detached-{new[:7]}"


def test_a_save_passes_by_the_conflicts_of_a_stash(team: Team, ada: Member) -> None:
    stash_conflict(ada)
    before = ada.git("ls-files", "-u"), ada.status()
    saved = ada.save("after the stash")
    assert (ada.git("ls-files", "-u"), ada.status()) == before
    assert f"session-logs/{saved.path.name}" in team.paths()


def test_after_the_user_has_ended_it_all_is_synced(team: Team, ada: Member) -> None:
    STATES["a merge is in progress"](ada)
    saved = ada.save("in the middle", code=1)
    ada.write("notes.txt", "both\n")
    ada.git("add", "notes.txt")
    ada.git("commit", "-q", "-m", "join")
    ada.sync()
    assert team.text("notes.txt") == "both\n"
    assert f"session-logs/{saved.path.name}" in team.paths()


def test_a_tree_without_a_commit_gets_its_first_one(ada: Member) -> None:
    tree = ada.tree.parent / "new"
    subprocess.run(["git", "init", "-q", "-b", "trunk", str(tree)], check=True)
    new = Member(ada.home, tree)
    new.write(".claude/session-sync.yaml", "")
    new.write("x.txt")
    ran = new.sync()
    assert "no remote yet" in ran.told
    assert new.files() == {".claude/session-sync.yaml", "x.txt"}
    assert (new.status(), new.last("%s")[:20]) == ("", "sync: auto-sync from")
    assert new.sync().tree["committed"] == ""


def test_an_empty_tree_and_an_empty_remote_are_nothing_to_do(ada: Member) -> None:
    tree = ada.tree.parent / "new"
    subprocess.run(["git", "init", "-q", "-b", "trunk", str(tree)], check=True)
    new = Member(ada.home, tree)
    assert new.sync("--repo", str(tree)).tree["head"] == ""
    saved = new.save("first of all", "--tree")
    assert new.files() == {f"session-logs/{saved.path.name}"}


@pytest.mark.parametrize("damage", [b"", b"\0" * 60])
def test_a_damaged_index_is_told_with_what_makes_a_new_one(damage: bytes, team: Team, ada: Member) -> None:
    ada.write("x.txt")
    (ada.tree / ".git" / "index").write_bytes(damage)
    assert ada.save("in spite of it", code=1).path.is_file()
    message = ada.sync(code=1).tree["message"]
    assert f"git's index of {ada.tree} is damaged" in message
    ada.obey(message.rpartition("make a new index: ")[2])
    ada.sync()
    assert {"x.txt", "notes.txt"} <= team.paths()


def test_the_users_settings_of_status_do_not_hide_changes(ada: Member) -> None:
    for key, value in {
        "status.showUntrackedFiles": "no",
        "status.relativePaths": "true",
        "status.renames": "copies",
        "status.submoduleSummary": "true",
        "status.branch": "true",
        "core.quotePath": "true",
        "core.untrackedCache": "true",
        "color.ui": "always",
        "column.ui": "always",
    }.items():
        ada.git("config", key, value)
    ada.commit("first.txt", "some longer text that could be seen as moved\n" * 5)
    (ada.tree / "first.txt").rename(ada.tree / "grün.txt")
    ada.write("new/x.txt")
    assert sorted(ada.sync().tree["files"]) == ["first.txt", "grün.txt", "new/x.txt"]


def test_what_git_says_that_it_cannot_read_is_told() -> None:
    said = (
        b"warning: could not open directory 'it's/a\xff/': Permission denied\n"
        b"projects/a: b/x.md: Permission denied\n"
        b"projects/a: b/x.md: Permission denied\n"
        b"warning: unable to access 'c/.gitignore': Permission denied\n"
        b"warning: in the working copy of 'x', LF will be replaced by CRLF the next time Git touches it\n"
        b"hint: use --no-ahead-behind: Quick\n"
    )
    assert unreadable(said) == [b"it's/a\xff/", b"projects/a: b/x.md", b"c/.gitignore"]
    assert unreadable(b"") == []


def test_what_vanished_while_git_looked_is_not_unreadable() -> None:
    said = b"warning: could not open directory 'gone/': No such file or directory\nx/y: Not a directory\n"
    assert unreadable(said + b"warning: could not open directory 'z/': Permission denied\n") == [b"z/"]
