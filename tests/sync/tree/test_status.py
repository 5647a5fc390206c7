"""States of a working tree that a sync refuses, each in one line and with the tree as it was."""

from __future__ import annotations

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


STATES = {
    "a rebase is in progress": begin("rebase", "other"),
    "a rebase or git am is in progress": begin("rebase", "--apply", "other"),
    "a merge is in progress": begin("merge", "other"),
    "a cherry-pick is in progress": begin("cherry-pick", "other"),
    "a revert is in progress": begin("revert", "--no-commit", "HEAD"),
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
    assert line in saved.told
    assert saved.path.is_file()
    saved.path.unlink()
    saved.path.parent.rmdir()
    assert ada.state() == before
    assert team.head() == theirs


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
