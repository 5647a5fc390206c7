"""How commits are exchanged with a shared tree's remote: races, conflicts, and remotes that refuse or are not there."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from support.homes import MACHINE, Remote
from support.members import Member, Team

PUSHES_BETWEEN = """
[ -e {done} ] && exit 0
touch {done}
unset $(git rev-parse --local-env-vars) GIT_QUARANTINE_PATH
cd {clone} && git push -q origin HEAD:main >/dev/null 2>&1
exit 0
"""


def conflicting(ada: Member, bob: Member) -> None:
    """Both change the same line; bob's is on the remote, ada's is in her working tree."""
    bob.commit("notes.txt", "bob's\n")
    bob.commit("more.txt")
    bob.git("push", "-q")
    ada.write("notes.txt", "ada's\n")
    ada.write("mine.txt")


def test_what_both_did_is_joined_and_told_with_its_authors(team: Team, ada: Member, bob: Member) -> None:
    bob.write("bobs.txt")
    theirs = bob.sync().tree["head"]
    ada.write("adas.txt")
    ada.write("notes.txt", "one\ntwo\nthree\nfour\n")
    ran = ada.sync()
    assert [(one["commit"], one["author"]) for one in ran.tree["pulled"]] == [(theirs, "Bob Example")]
    assert "pulled 1 commit by Bob Example (1)" in ran.told
    assert ran.tree["pushed"] == [ran.tree["committed"]]
    assert ran.tree["head"] == ada.head() == team.head()
    assert team.paths() >= {"bobs.txt", "adas.txt"}
    assert (ada.tree / "bobs.txt").is_file()
    assert ada.status() == ""
    assert bob.sync().tree["head"] == team.head()
    again = ada.sync()
    assert (again.tree["pulled"], again.tree["pushed"], again.tree["committed"]) == ([], [], "")


@pytest.mark.parametrize("moment", ["pre-receive", "update"])
def test_a_push_that_somebody_else_was_quicker_with_is_joined_and_tried_again(
    moment: str, team: Team, ada: Member, bob: Member, tmp_path: Path
) -> None:
    bob.commit("bobs.txt")
    team.hook(moment, PUSHES_BETWEEN.format(done=tmp_path / "done", clone=bob.tree))
    ada.write("adas.txt")
    ran = ada.sync()
    assert (tmp_path / "done").exists()
    assert ran.tree["retries"] > 0
    assert [one["subject"] for one in ran.tree["pulled"]] == ["change bobs.txt"]
    assert team.paths() >= {"adas.txt", "bobs.txt"}
    assert (ada.head(), ada.status(), (ada.tree / "bobs.txt").is_file()) == (team.head(), "", True)


def test_many_members_at_once_all_land(team: Team, ada: Member, bob: Member) -> None:
    ada.write("adas.txt")
    bob.write("bobs.txt")
    processes = [one.home.start("sync", cwd=one.tree) for one in (ada, bob)]
    for process in processes:
        _, err = process.communicate(timeout=120)
        assert process.returncode == 0, err
    assert team.paths() >= {"adas.txt", "bobs.txt"}


def test_a_conflict_leaves_the_tree_and_keeps_our_commits_safe_on_the_remote(
    team: Team, ada: Member, bob: Member
) -> None:
    conflicting(ada, bob)
    theirs, files = team.head(), ada.state()[3:]
    ran = ada.sync(code=1)
    assert ran.tree["conflicts"] == ["notes.txt"]
    assert ran.tree["head"] == ran.tree["committed"] == ada.head()
    assert "\n  conflict: notes.txt\n" in ran.told
    assert ran.tree["message"].startswith("1 file changed here and on origin/main in ways that only you can join; ")
    assert "run git merge origin/main, resolve, commit, and sync again" in ran.told
    assert (ada.state()[3:], ada.status(), team.head()) == (files, "", theirs)
    [branch] = team.conflicts()
    assert branch == ran.tree["conflict_branch"]
    assert branch.startswith(f"conflicts/{MACHINE}/")
    assert team.head(branch) == ada.head()
    assert f"our commits are safe on {branch}" in ran.tree["message"]
    ada.sync(code=1)
    ada.write("later.txt")
    ada.sync(code=1)
    assert team.conflicts() == [branch]
    assert team.text("later.txt", branch) == "text\n"
    ada.git("fetch", "-q")
    ada.git("merge", "-q", "origin/main", codes=(1,))
    ada.write("notes.txt", "both\n")
    ada.git("commit", "-q", "-a", "-m", "join")
    ada.sync()
    assert team.text("notes.txt") == "both\n"
    bob.sync()
    assert bob.status() == ""


def test_the_advice_for_a_conflict_works_as_it_is_given(team: Team, ada: Member, bob: Member) -> None:
    conflicting(ada, bob)
    message = ada.sync(code=1).tree["message"]
    command = message.partition("; run ")[2].partition(", resolve")[0]
    assert "CONFLICT" in ada.obey(command, code=1)


def test_a_conflict_of_other_files_holds_no_log_back(team: Team, ada: Member, bob: Member) -> None:
    conflicting(ada, bob)
    ada.sync(code=1)
    saved = ada.save("meanwhile")
    [branch] = team.conflicts()
    log = f"session-logs/{saved.path.name}"
    assert log in team.paths(branch)
    assert log in team.paths("main")
    assert "only you can join" in saved.told


def test_a_branch_that_takes_no_pushes_is_said_and_our_commits_are_safe(team: Team, ada: Member) -> None:
    team.hook("update", '[ "$1" = refs/heads/main ] && echo "main is protected" && exit 1\nexit 0')
    ada.write("x.txt")
    ran = ada.sync(code=1)
    assert "origin/main does not take pushes" in ran.tree["message"]
    assert "hook declined" in ran.tree["message"]
    [branch] = team.conflicts()
    assert team.head(branch) == ada.head()
    assert branch in ran.tree["message"]
    assert ran.told.count("does not take pushes") == 1


def test_a_remote_that_takes_nothing_is_said_and_our_commits_stay(team: Team, ada: Member) -> None:
    team.hook("pre-receive", "exit 1")
    ada.write("x.txt")
    ran = ada.sync(code=1)
    assert "our commits are only here" in ran.told
    assert team.conflicts() == []
    assert ada.files() == {"x.txt"}


def test_a_remote_out_of_reach_defers_and_the_next_sync_pushes(team: Team, ada: Member) -> None:
    moved = team.remote.path.rename(team.path / "away.git")
    ada.write("x.txt")
    ran = ada.sync(code=75)
    assert ran.tree["status"] == "deferred"
    assert "committed here, pushed by the next round" in ran.tree["message"]
    assert ada.files() == {"x.txt"}
    assert ada.status() == ""
    moved.rename(team.remote.path)
    assert ada.sync().tree["pushed"] == [ada.head()]


def test_a_remote_that_asks_for_a_password_fails_at_once(ada: Member) -> None:
    ada.git("remote", "set-url", "origin", "https://user:secret-word@127.0.0.1:9/x.git")
    ada.write("x.txt")
    ran = ada.sync(code=75)
    assert "secret-word" not in ran.told + str(ran.report)


def test_an_empty_remote_gets_its_first_branch(ada: Member, tmp_path: Path) -> None:
    empty = Remote(tmp_path / "empty.git")
    tree = tmp_path / "new"
    subprocess.run(["git", "clone", "-q", str(empty.path), str(tree)], check=True, capture_output=True)
    new = Member(ada.home, tree)
    new.write(".claude/session-sync.yaml", "")
    ran = new.sync()
    assert ran.tree["pushed"] == [new.head()]
    assert empty.git("rev-parse", ran.tree["branch"]).decode().strip() == new.head()


def test_histories_with_nothing_in_common_are_refused_in_one_line(team: Team, ada: Member) -> None:
    tree = team.path / "new"
    subprocess.run(["git", "init", "-q", "-b", "main", str(tree)], check=True)
    new = Member(ada.home, tree)
    new.git("remote", "add", "origin", f"file://{team.remote.path}")
    new.commit(".claude/session-sync.yaml", "mine")
    before = new.state()
    ran = new.sync(code=1)
    assert "no common history" in ran.tree["message"]
    assert new.state() == before
    assert team.head(ran.tree["conflict_branch"]) == new.head()


def test_no_upstream_is_configured(team: Team, ada: Member) -> None:
    ada.git("branch", "--unset-upstream")
    ada.write("x.txt")
    assert ada.sync().tree["upstream"] == "origin/main"
    ada.git("remote", "rename", "origin", "elsewhere")
    ada.git("branch", "--unset-upstream", codes=(0, 128))
    ada.write("y.txt")
    assert ada.sync().tree["upstream"] == "elsewhere/main"
    ada.git("branch", "--unset-upstream", codes=(0, 128))
    ada.git("remote", "add", "second", f"file://{team.remote.path}")
    before = ada.state()
    ran = ada.sync(code=1)
    assert "main follows no branch of a remote, and there are elsewhere, second" in ran.tree["message"]
    assert ada.state() == before
    ada.obey(ran.tree["message"].partition("have it follow one: ")[2])
    assert ada.sync().tree["upstream"] == "elsewhere/main"
    ada.git("config", "branch.main.remote", ".")
    message = ada.sync(code=1).tree["message"]
    assert "main follows a branch of this repository" in message
    ada.obey(message.partition("end that: ")[2])
    ada.git("remote", "remove", "second")
    assert ada.sync().tree["upstream"] == "elsewhere/main"


def test_a_new_branch_is_made_on_the_remote(team: Team, ada: Member) -> None:
    ada.git("switch", "-q", "-c", "feature/one")
    ada.write("x.txt")
    assert ada.sync().tree["upstream"] == "origin/feature/one"
    assert team.head("feature/one") == ada.head()
    assert "x.txt" not in team.paths()


def test_the_upstream_may_have_another_name(team: Team, ada: Member) -> None:
    ada.git("switch", "-q", "-c", "mine", "--track", "origin/main")
    ada.write("x.txt")
    ada.sync()
    assert team.head() == ada.head()
    assert team.remote.branches() == ["main"]


def test_the_users_own_refs_and_fetch_head_are_not_touched(team: Team, ada: Member, bob: Member) -> None:
    bob.git("tag", "v1")
    bob.git("push", "-q", "--tags")
    bob.write("x.txt")
    bob.sync()
    ada.write("y.txt")
    ada.git("tag", "mine")
    ada.sync()
    assert ada.git("tag") == "mine"
    assert team.remote.git("tag").decode() == "v1\n"
    assert not (ada.tree / ".git" / "FETCH_HEAD").exists()


def test_two_machines_in_conflict_have_branches_of_their_own(team: Team, ada: Member, bob: Member) -> None:
    conflicting(ada, bob)
    ada.sync(code=1)
    other = team.clone("other", bob.home)
    other.git("reset", "-q", "--hard", "HEAD~2")
    other.write("notes.txt", "other's\n")
    other.sync(code=1)
    assert len({branch.split("/")[1] for branch in team.conflicts()}) == 2


def test_the_order_of_commits_in_a_report_is_newest_first(team: Team, ada: Member, bob: Member) -> None:
    for number in range(25):
        bob.git("commit", "-q", "--allow-empty", "-m", f"number {number}")
    bob.git("push", "-q")
    ran = ada.sync()
    assert [one["subject"] for one in ran.tree["pulled"]][:2] == ["number 24", "number 23"]
    assert "  and 5 more\n" in ran.told
    assert ran.told.count("number ") == 20


def test_a_branch_that_was_renamed_below_its_own_name_is_fetched(team: Team, ada: Member) -> None:
    for branch in ("team", "team/main"):
        ada.git("switch", "-q", "-c", f"local-{branch.replace('/', '-')}")
        ada.git("push", "-q", "origin", f"HEAD:refs/heads/{branch}")
        ada.git("fetch", "-q", "--prune", "origin")
        ada.git("branch", "-q", f"--set-upstream-to=origin/{branch}")
        ada.write(f"{branch.replace('/', '-')}.txt")
        assert ada.sync().tree["upstream"] == f"origin/{branch}"
        team.remote.git("update-ref", "-d", f"refs/heads/{branch}")


def test_a_repository_that_a_teammate_hid_in_the_tree_runs_nothing(
    team: Team, ada: Member, bob: Member, tmp_path: Path
) -> None:
    """A bare repository needs no .git: git would find it by its files, and take its settings."""
    for name, text in {
        "HEAD": "ref: refs/heads/main\n",
        "config": f'[core]\n\tbare = false\n\tworktree = .\n\tfsmonitor = "touch {tmp_path}/owned; false"\n',
        "objects/x": "",
        "refs/x": "",
        ".claude/session-sync.yaml": "",
    }.items():
        bob.write(f"projects/app/{name}", text)
    bob.sync()
    ada.sync()
    saved = ada.save("within", cwd=ada.tree / "projects/app")
    ada.run("sync", cwd=ada.tree / "projects/app", code=2)
    assert not (tmp_path / "owned").exists()
    assert saved.path.is_file()


def test_in_a_work_tree_of_a_bare_clone_the_advice_works(team: Team, ada: Member, bob: Member) -> None:
    """A bare clone keeps no remote-tracking branches, and its branches follow none."""
    bare = team.path / "bare.git"
    subprocess.run(["git", "clone", "-q", "--bare", f"file://{team.remote.path}", str(bare)], check=True)
    tree = team.path / "linked tree"
    subprocess.run(["git", "-C", str(bare), "worktree", "add", "-q", str(tree), "main"], check=True)
    linked = Member(ada.home, tree)
    conflicting(linked, bob)
    message = linked.sync(code=1).tree["message"]
    assert "CONFLICT" in linked.obey(message.partition("; run ")[2].partition(", resolve")[0], code=1)
    linked.write("notes.txt", "both\n")
    linked.git("commit", "-q", "-a", "-m", "join")
    assert linked.sync().tree["head"] == team.head()
    team.remote.git("branch", "-m", "main", "trunk")
    message = linked.sync(code=1).tree["message"]
    linked.obey(message.partition("to follow trunk, run ")[2].partition(" and sync again")[0])
    assert linked.sync().tree["upstream"] == "origin/trunk"


def test_a_round_that_brings_nothing_in_does_not_say_that_it_pulled(team: Team, ada: Member, bob: Member) -> None:
    conflicting(ada, bob)
    ran = ada.sync(code=1)
    assert (ran.tree["pulled"], "pulled" in ran.told, ran.tree["wiki"]) == ([], False, {})
    ada.write("session-logs/odd.txt")
    assert "pulled" not in ada.save("meanwhile").told
