"""A remote that was rewritten, or whose branch is gone: nothing old goes back, and what is new here goes on."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from support.homes import Home, Remote
from support.members import MARKER, Member, Team, give_vault

LEAK = "CUSTOMER-DATA"


def purge(team: Team, *paths: str, onto: str = "HEAD~", name: str = "purge") -> str:
    """Have the remote's main hold what it does but for `paths`, in one new commit after `onto`; returns it."""
    other = Member(Home(team.path / "nobody"), team.path / name)
    subprocess.run(["git", "clone", "-q", str(team.remote.path), str(other.tree)], check=True)
    base = other.git("rev-parse", onto)
    other.git("rm", "-q", "--", *paths)
    other.git("reset", "-q", "--soft", base)
    other.git("commit", "-q", "--allow-empty", "-m", "without what leaked")
    other.git("push", "-q", "--force", "origin", "HEAD:main")
    return other.head()


def leak(team: Team, *members: Member) -> str:
    """Have the remote hold a file that must not be there, and something more; the `members` have both."""
    first = members[0]
    first.write("leak.txt", f"{LEAK}\n")
    first.sync()
    first.write("more.txt")
    first.sync()
    for one in members[1:]:
        one.sync()
    return first.head()


def has_leak(team: Team) -> bool:
    return bool(team.remote.git("log", "--all", "--format=%H", "--", "leak.txt"))


def kept(member: Member) -> list[str]:
    return member.git("for-each-ref", "--format=%(refname)", "refs/before-rewrite").splitlines()


def test_what_was_purged_stays_purged_and_is_kept_here(team: Team, ada: Member, bob: Member) -> None:
    old = leak(team, ada, bob)
    ada.write(".git/info/exclude", "*.mine\n")
    ada.write("notes.mine")
    new = purge(team, "leak.txt", onto="HEAD~2")
    ran = ada.sync()
    assert (ada.head(), ada.status(), team.head(), has_leak(team)) == (new, "", new, False)
    assert not (ada.tree / "leak.txt").exists()
    assert (ada.tree / "notes.mine").exists()
    [ref] = kept(ada)
    assert ada.git("rev-parse", ref) == old
    name = ref.removeprefix("refs/")
    assert ran.told.count("origin/main was rewritten: 2 commits") == 1
    assert f"kept here as {name}" in ran.told
    assert ada.git("show", f"{name}:leak.txt") == LEAK, "the name that is told is one that git takes"
    again = ada.sync()
    assert ("rewritten" in again.told, kept(ada), ran.tree["pushed"]) == (False, [ref], [])
    bob.write("bobs.txt")
    bob.sync()
    assert (team.paths() >= {"bobs.txt", "more.txt"}, has_leak(team)) == (True, False)


def test_only_what_is_new_here_goes_on(team: Team, ada: Member) -> None:
    leak(team, ada)
    ada.commit("by-hand.txt", "committed, and never pushed\n")
    ada.write("notes.txt", "one\ntwo\nthree\nfour\n")
    ada.write("new.txt")
    new = purge(team, "leak.txt", onto="HEAD~2")
    ran = ada.sync()
    assert team.paths() == {MARKER, "notes.txt", "more.txt", "by-hand.txt", "new.txt"}
    assert team.text("notes.txt").endswith("four\n")
    assert (ada.head(), ada.status(), has_leak(team)) == (team.head(), "", False)
    assert team.remote.git("rev-parse", "main~").decode().strip() == new
    assert ran.tree["pushed"] == [team.head()]


def test_a_purged_file_that_was_changed_here_is_told_and_nothing_is_pushed(team: Team, ada: Member) -> None:
    leak(team, ada)
    new = purge(team, "leak.txt", onto="HEAD~2")
    ada.write("leak.txt", f"{LEAK}\nand more\n")
    ada.write("new.txt")
    for _ in range(2):
        ran = ada.sync(code=1)
        assert ran.tree["conflicts"] == ["leak.txt"]
        assert "origin/main was rewritten, and 1 file changed here" in ran.told
        assert (team.head(), team.conflicts(), has_leak(team), ran.tree["pulled"]) == (new, [], False, [])
        assert (ada.status(), (ada.tree / "leak.txt").read_text()) == ("", f"{LEAK}\nand more\n")
    elsewhere = ada.run("sync", "--json", "--repo", str(ada.tree), code=1, cwd=team.path)
    message = json.loads(elsewhere.out)["tree"]["message"]
    command, _, then = message.partition("; run ")[2].partition(", resolve, ")
    assert "CONFLICT" in ada.obey(command, code=1, cwd=team.path)
    ada.git("rm", "-q", "leak.txt")
    ada.obey(f"GIT_EDITOR=true {then.partition(', and')[0]}", cwd=team.path)
    ada.sync()
    assert (team.paths() >= {"new.txt", "more.txt"}, has_leak(team), ada.status()) == (True, False, "")


@pytest.mark.parametrize("way", ["rename", "copy"])
def test_a_purged_content_under_another_name_is_told_and_not_pushed(team: Team, ada: Member, way: str) -> None:
    leak(team, ada)
    new = purge(team, "leak.txt", onto="HEAD~2")
    ada.write("other.txt", f"{LEAK}\n")
    if way == "rename":
        (ada.tree / "leak.txt").unlink()
    ran = ada.sync(code=1)
    assert set(ran.tree["conflicts"]) & {"other.txt", "leak.txt"}
    assert (team.head(), team.conflicts(), has_leak(team)) == (new, [], False)


def test_a_log_that_was_purged_does_not_come_back_with_its_next_section(team: Team, ada: Member) -> None:
    first = ada.save("leaky", "--session-id", "s-1")
    path = first.path.relative_to(ada.tree).as_posix()
    ada.write("more.txt")
    ada.sync()
    new = purge(team, path, onto="HEAD~2")
    second = ada.save("leaky", "--session-id", "s-1", code=1)
    assert "origin/main was rewritten" in second.told
    assert (team.head(), team.conflicts()) == (new, [])
    assert first.path.is_file()
    ada.sync(code=1)
    assert (team.head(), team.conflicts()) == (new, [])


def test_a_save_pushes_its_log_alone_and_the_next_sync_goes_over(team: Team, ada: Member) -> None:
    leak(team, ada)
    purge(team, "leak.txt", onto="HEAD~2")
    saved = ada.save("after", "--session-id", "s-1")
    log = saved.path.relative_to(ada.tree).as_posix()
    assert (log in team.paths(), has_leak(team)) == (True, False)
    assert (ada.tree / "leak.txt").exists(), "a save leaves the files alone"
    assert "origin/main was rewritten" in saved.told
    ada.commit("notes.txt", "first\n")
    ada.save("after", "--session-id", "s-1")
    ada.write("notes.txt", "second\n")
    ada.sync()
    assert (ada.head(), ada.status(), has_leak(team)) == (team.head(), "", False)
    assert (team.text("notes.txt"), team.text(log).count("## Update:")) == ("second\n", 1)


def test_a_conflict_after_a_rewrite_holds_no_new_log_back(team: Team, ada: Member) -> None:
    leak(team, ada)
    purge(team, "leak.txt", onto="HEAD~2")
    ada.commit("leak.txt", "changed\n")
    saved = ada.save("after")
    assert saved.path.relative_to(ada.tree).as_posix() in team.paths()
    assert (has_leak(team), team.conflicts()) == (False, [])


@pytest.mark.parametrize("times", [1, 2])
def test_a_branch_that_was_pushed_back_is_followed(team: Team, ada: Member, times: int) -> None:
    leak(team, ada)
    for turn in range(times):
        ada.write(f"mine-{turn}.txt", f"{turn}\n")
        team.remote.git("update-ref", "refs/heads/main", "main~")
        before = team.head()
        ada.sync()
        assert team.remote.git("rev-parse", "main~").decode().strip() == before
        assert (ada.head(), ada.status()) == (team.head(), "")
    assert ("more.txt" in team.paths(), len(kept(ada))) == (False, times)


def test_a_history_that_comes_back_is_taken_for_what_it_is(team: Team, ada: Member) -> None:
    old = leak(team, ada)
    new = purge(team, "leak.txt", onto="HEAD~2")
    ada.sync()
    team.remote.git("update-ref", "refs/heads/main", old)
    ada.write("new.txt")
    ada.sync()
    assert (team.paths() >= {"leak.txt", "new.txt"}, ada.head()) == (True, team.head())
    assert ada.git("merge-base", "HEAD", new) != new


def test_a_wholly_new_history_is_followed(team: Team, ada: Member) -> None:
    leak(team, ada)
    other = Member(ada.home, team.path / "anew")
    subprocess.run(["git", "init", "-q", "-b", "main", str(other.tree)], check=True)
    other.commit(MARKER, "")
    new = other.commit("fresh.txt")
    other.git("push", "-q", "--force", str(team.remote.path), "main")
    ada.write("mine.txt")
    ada.sync()
    assert team.paths() == {MARKER, "fresh.txt", "mine.txt"}
    assert (ada.git("rev-parse", "HEAD~"), ada.status(), has_leak(team)) == (new, "", False)


def test_a_rewrite_that_is_done_twice(team: Team, ada: Member, bob: Member) -> None:
    leak(team, ada, bob)
    purge(team, "leak.txt", onto="HEAD~2")
    ada.sync()
    purge(team, "more.txt", onto="HEAD~", name="again")
    for one in (ada, bob):
        one.write(f"{one.tree.name}.txt", one.tree.name)
        one.sync()
    assert team.paths() == {MARKER, "notes.txt", f"{ada.tree.name}.txt", f"{bob.tree.name}.txt"}
    assert (has_leak(team), bool(team.remote.git("log", "--all", "--", "more.txt"))) == (False, False)


def test_a_rewrite_that_was_followed_by_others_commits_and_met_offline(team: Team, ada: Member, bob: Member) -> None:
    leak(team, ada, bob)
    moved = team.remote.path.rename(team.path / "away.git")
    ada.write("offline.txt")
    ada.sync(code=75)
    moved.rename(team.remote.path)
    purge(team, "leak.txt", onto="HEAD~2")
    bob.write("bobs.txt")
    bob.sync()
    ada.sync()
    assert team.paths() == {MARKER, "notes.txt", "more.txt", "bobs.txt", "offline.txt"}
    assert (has_leak(team), ada.head(), ada.status()) == (False, team.head(), "")


@pytest.mark.parametrize("seen", ["not fetched", "fetched by hand", "pulled by hand"])
def test_a_machine_that_never_synced_goes_by_what_git_saw(team: Team, ada: Member, bob: Member, seen: str) -> None:
    leak(team, bob)
    if seen == "pulled by hand":
        ada.sync()
        bob.commit("late-leak.txt")
        bob.git("push", "-q")
        ada.git("pull", "-q")
        purge(team, "late-leak.txt", onto="HEAD~")
    else:
        ada = team.clone("third", ada.home)
        purge(team, "leak.txt", onto="HEAD~2")
        if seen == "fetched by hand":
            ada.git("fetch", "-q")
    ada.write("new.txt")
    ada.sync()
    gone = "late-leak.txt" if seen == "pulled by hand" else "leak.txt"
    assert not team.remote.git("log", "--all", "--format=%H", "--", gone)
    assert ("new.txt" in team.paths(), ada.head(), ada.status()) == (True, team.head(), "")


def test_whoever_rewrote_it_goes_on(team: Team, ada: Member) -> None:
    leak(team, ada)
    ada.git("reset", "-q", "--hard", "HEAD~2")
    ada.commit("more.txt", "again\n")
    ada.git("push", "-q", "--force")
    ada.write("new.txt")
    ran = ada.sync()
    assert ("rewritten" in ran.told, kept(ada), has_leak(team)) == (False, [], False)
    assert ran.tree["pushed"] == [ada.head()]


def test_another_branch_does_not_bring_it_back(team: Team, ada: Member) -> None:
    leak(team, ada)
    ada.git("switch", "-q", "-c", "feature", "--no-track")
    ada.commit("feature.txt")
    ada.git("switch", "-q", "main")
    purge(team, "leak.txt", onto="HEAD~2")
    ada.sync()
    ada.git("switch", "-q", "feature")
    ran = ada.sync(code=1)
    assert "feature has commits that were taken out of another branch" in ran.tree["message"]
    assert (team.remote.branches(), has_leak(team)) == (["main"], False)
    command = ran.tree["message"].partition("; run ")[2].partition(", resolve")[0]
    ada.obey(command)
    ada.sync()
    assert (team.paths("feature") >= {"feature.txt", "more.txt"}, has_leak(team)) == (True, False)


def test_a_merge_by_hand_does_not_bring_it_back(team: Team, ada: Member) -> None:
    leak(team, ada)
    purge(team, "leak.txt", onto="HEAD~2")
    ada.commit("new.txt")
    ada.git("fetch", "-q")
    ada.git("merge", "-q", "--no-edit", "origin/main")
    ada.sync()
    assert (has_leak(team), "new.txt" in team.paths(), ada.head()) == (False, True, team.head())


def test_a_remote_that_takes_no_pushes_gets_nothing_old_either(team: Team, ada: Member) -> None:
    leak(team, ada)
    new = purge(team, "leak.txt", onto="HEAD~2")
    team.hook("update", '[ "$1" = refs/heads/main ] && exit 1\nexit 0')
    ada.write("new.txt")
    ran = ada.sync(code=1)
    assert "does not take pushes" in ran.tree["message"]
    assert (team.head(), team.conflicts(), has_leak(team)) == (new, [], False)


def test_the_vault_goes_the_same_way(team: Team, ada: Member, tmp_path: Path) -> None:
    vault = give_vault(ada, tmp_path)
    ada.sync()
    vault.commit("leak.md")
    ada.sync()
    bare = Remote(tmp_path / "vault.git")
    bare.git("update-ref", "refs/heads/main", "main~")
    ran = ada.sync()
    assert "origin/main was rewritten: 1 commit" in ran.told
    assert (vault.head(), (vault.tree / "leak.md").exists()) == (bare.git("rev-parse", "main").decode().strip(), False)


def test_another_address_is_another_repository(team: Team, ada: Member, tmp_path: Path) -> None:
    ada.sync()
    moved = Remote(tmp_path / "moved.git")
    ada.git("remote", "set-url", "origin", str(moved.path))
    ada.write("x.txt")
    ran = ada.sync()
    assert (ran.tree["pushed"][:1], moved.branches()) == ([ada.head()], ["main"])


@pytest.mark.parametrize("choice", ["if they may go there, run ", "if they were taken out, run "])
def test_a_new_address_that_lacks_commits_is_told(team: Team, ada: Member, tmp_path: Path, choice: str) -> None:
    old = leak(team, ada)
    clean = Remote(tmp_path / "clean.git")
    clean.git("fetch", "-q", str(team.remote.path), "main")
    clean.git("update-ref", "refs/heads/main", f"{old}~2")
    ada.git("remote", "set-url", "origin", str(clean.path))
    ada.write("new.txt", "new\n")
    for _ in range(2):
        ran = ada.sync(code=1)
        assert "origin has a new address, where origin/main lacks 2 commits that it had" in ran.tree["message"]
    assert (set(clean.files("main")), clean.branches()) == ({MARKER, "notes.txt"}, ["main"])
    ada.obey(ran.tree["message"].partition(choice)[2].partition(";")[0].partition(", resolve")[0])
    ada.sync()
    lost = set() if "taken" in choice else {"leak.txt", "more.txt"}
    assert set(clean.files("main")) == {MARKER, "notes.txt", "new.txt", *lost}


@pytest.mark.parametrize("knows_remote", [True, False])
def test_a_renamed_branch_is_told_and_can_be_followed(team: Team, ada: Member, knows_remote: bool) -> None:
    if not knows_remote:
        ada.git("branch", "--unset-upstream")
    ada.sync()
    team.remote.git("branch", "-m", "main", "trunk")
    team.remote.git("symbolic-ref", "HEAD", "refs/heads/trunk")
    ada.write("x.txt")
    ran = ada.sync(code=1)
    assert "origin has no main any more" in ran.tree["message"]
    assert "its default branch is trunk" in ran.tree["message"]
    assert (team.remote.branches(), ada.files(), ada.status()) == (["trunk"], {"x.txt"}, "")
    assert "origin has no main any more" in ada.save("meanwhile", code=1).told
    command = ran.tree["message"].partition("to follow trunk, run ")[2].partition(" and sync again")[0]
    ada.obey(command)
    ada.sync()
    assert (team.remote.branches(), "x.txt" in team.paths("trunk")) == (["trunk"], True)


def test_a_branch_that_was_renamed_and_rewritten_gets_nothing_old(team: Team, ada: Member) -> None:
    leak(team, ada)
    purge(team, "leak.txt", onto="HEAD~2")
    team.remote.git("branch", "-m", "main", "trunk")
    team.remote.git("symbolic-ref", "HEAD", "refs/heads/trunk")
    ada.write("x.txt")
    ran = ada.sync(code=1)
    command = ran.tree["message"].partition("to follow trunk, run ")[2].partition(" and sync again")[0]
    ada.obey(command)
    ada.sync()
    assert (has_leak(team), "x.txt" in team.paths("trunk"), ada.status()) == (False, True, "")


def test_a_remote_without_a_default_branch_names_what_it_has(team: Team, ada: Member) -> None:
    ada.sync()
    for name in ("one", "two"):
        team.remote.git("branch", name, "main")
    team.remote.git("update-ref", "-d", "refs/heads/main")
    ran = ada.sync(code=1)
    assert "it has one, two" in ran.tree["message"]
    assert "git config branch.main.merge refs/heads/BRANCH" in ran.tree["message"]


def test_a_remote_that_was_emptied_is_not_filled_again_unasked(team: Team, ada: Member) -> None:
    ada.sync()
    team.remote.git("update-ref", "-d", "refs/heads/main")
    ada.write("x.txt")
    ran = ada.sync(code=1)
    assert "origin has no branch any more, and had main: it was emptied or made anew" in ran.tree["message"]
    assert (team.remote.branches(), ada.files()) == ([], {"x.txt"})
    ada.obey(ran.tree["message"].partition("to fill it again, run ")[2])
    assert ada.sync().tree["head"] == team.head()


KILLS = """#!/bin/sh
case "$*" in
*{when}*) [ -e {done} ] || {{ touch {done}; [ {moment} = after ] && {git} "$@"; kill -9 $PPID; exit 1; }};;
esac
exec {git} "$@"
"""


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize(
    "when", ["fetch\\ ", "update-ref\\ --stdin", "refs/before-rewrite", "push\\ --porcelain", "read-tree\\ -m"]
)
def test_a_kill_in_the_middle_loses_nothing_and_brings_nothing_back(
    team: Team, ada: Member, tmp_path: Path, when: str, moment: str
) -> None:
    leak(team, ada)
    ada.commit("new.txt", "new here\n")
    purge(team, "leak.txt", onto="HEAD~2")
    git, folder = shutil.which("git"), tmp_path / "bin"
    folder.mkdir()
    (folder / "git").write_text(KILLS.format(when=when, moment=moment, done=tmp_path / "done", git=git))
    (folder / "git").chmod(0o755)
    ada.home.run("sync", cwd=ada.tree, PATH=f"{folder}:{os.environ['PATH']}")
    assert (tmp_path / "done").exists()
    assert not has_leak(team)
    ada.sync()
    assert (has_leak(team), ada.head(), ada.status()) == (False, team.head(), "")
    assert team.paths() == {MARKER, "notes.txt", "more.txt", "new.txt"}
    assert not (ada.tree / "leak.txt").exists()
    assert LEAK in {ada.git("show", f"{ref}:leak.txt") for ref in kept(ada)}
