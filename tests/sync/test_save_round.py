"""A save into a shared tree: the log, the wiki, a commit of its own files, and the push."""

from __future__ import annotations

import json
import re
import subprocess
import time
from pathlib import Path

import pytest
from jsonschema import validate

from session_sync.home import lock, paths
from support.members import MARKER, Member, Team
from support.narratives import narrative
from support.templates import expand

SECRET = expand("ghp_<<alnum:36>>", "save")
LEAKY = narrative(Key_Decisions=f"use the token {SECRET}")


def test_a_save_commits_and_pushes_its_log_alone(team: Team, ada: Member) -> None:
    ada.commit("tracked.txt")
    ada.write("tracked.txt", "dirty\n")
    ada.write("untracked.txt")
    ada.write("staged.txt")
    ada.git("add", "staged.txt")
    ada.git("rm", "-q", "--cached", "notes.txt")
    before = ada.git("diff", "--cached", "--raw"), ada.git("diff", "--raw"), ada.status()
    saved = ada.save("the gauge")
    path = f"session-logs/{saved.path.name}"
    assert (ada.git("diff", "--cached", "--raw"), ada.git("diff", "--raw"), ada.status()) == before
    assert ada.files() == {path}
    assert ada.last("%s") == f"save: {saved.path.stem}"
    assert team.text(path) == saved.path.read_text()
    assert f"saved {path}" in saved.told
    assert saved.path.stat().st_mode & 0o777 == 0o644
    assert ada.home.path.joinpath("session-logs").exists() is False


def test_the_same_session_again_is_an_update_of_its_log(team: Team, ada: Member) -> None:
    first = ada.save("one", "--session-id", "s-1")
    second = ada.save("two", "--session-id", "s-1", body=narrative(Key_Decisions="a second thought"))
    assert (second.path, second.report["updated"]) == (first.path, True)
    text = team.text(f"session-logs/{first.path.name}")
    assert "## Update: " in text
    assert "a second thought" in text
    assert ada.files() == {f"session-logs/{first.path.name}"}


def test_a_session_is_found_in_its_scope_only_among_the_users_own_logs(ada: Member) -> None:
    ada.commit("session-logs/2026-01-01-bob-x.md", '---\nsession_id: "s-1"\n---\n# x\n')
    saved = ada.save("one", "--session-id", "s-1")
    assert not saved.report["updated"]
    other = ada.save("two", "--session-id", "s-1", "--project", "P")
    assert not other.report["updated"]


def test_saves_at_once_of_the_same_name_all_land(team: Team, ada: Member, bob: Member) -> None:
    wanted = {f"decision {name}{number}." for name in "ab" for number in range(3)}
    processes = []
    for text in sorted(wanted):
        member = ada if " a" in text else bob
        process = member.home.start("save", "--topic", "same", cwd=member.tree)
        assert process.stdin
        process.stdin.write(narrative(Key_Decisions=text).encode())
        process.stdin.close()
        process.stdin = None
        processes.append(process)
    for process in processes:
        _, err = process.communicate(timeout=100)
        assert process.returncode == 0, err
    for found in (_decisions(team), [*_decisions(team, ada), *_decisions(team, bob)]):
        assert sorted(found) == sorted(wanted)
    for member in (ada, bob, ada):
        member.sync()
        assert member.status() == ""
    assert sorted(_decisions(team)) == sorted(_decisions(team, ada)) == sorted(_decisions(team, bob)) == sorted(wanted)


def _decisions(team: Team, member: Member | None = None) -> list[str]:
    """What the logs on the remote say, or those in a member's working tree."""
    logs = (
        [path.read_bytes() for path in (member.tree / "session-logs").iterdir()]
        if member
        else [data for path, data in team.remote.files("main").items() if path.startswith("session-logs/")]
    )
    return [found[0] for data in logs if (found := re.findall(r"decision \w+\.", data.decode()))]


def test_without_a_remote_or_with_one_out_of_reach_it_is_committed(team: Team, ada: Member) -> None:
    team.remote.path.rename(team.path / "away.git")
    saved = ada.save("offline", code=75)
    assert ada.files() == {f"session-logs/{saved.path.name}"}
    assert "committed here, pushed by the next round" in saved.told
    ada.git("remote", "remove", "origin")
    saved = ada.save("alone")
    assert ada.files() == {f"session-logs/{saved.path.name}"}
    assert "; no remote yet" in saved.told


def test_what_was_saved_out_of_reach_is_pushed_by_the_next_sync(team: Team, ada: Member) -> None:
    away = team.remote.path.rename(team.path / "away.git")
    saved = ada.save("offline", code=75)
    away.rename(team.remote.path)
    ada.sync()
    assert f"session-logs/{saved.path.name}" in team.paths()


def test_no_sync_only_writes(team: Team, ada: Member) -> None:
    before = ada.head()
    saved = ada.save("later", "--no-sync")
    assert (ada.head(), saved.path.is_file()) == (before, True)
    assert "not committed (--no-sync); /sync takes it along" in saved.told
    ada.sync()
    assert f"session-logs/{saved.path.name}" in team.paths()


def test_a_busy_lock_defers_the_round_and_the_log_is_saved(ada: Member, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SESSION_SYNC_HOME", str(ada.home.path))
    with lock._try_lock(lock._round_lock()) as held:
        assert held
        saved = ada.save("busy", "--wait", "0.2", code=75)
    assert saved.path.is_file()
    assert ada.sync().tree["files"] == [f"session-logs/{saved.path.name}"]


def test_a_secret_keeps_the_log_here_from_save_and_sync_alike(team: Team, ada: Member) -> None:
    saved = ada.save("leaky", body=LEAKY, code=0)
    path = f"session-logs/{saved.path.name}"
    assert saved.sync["committed"] == ""
    assert [one["path"] for one in saved.sync["withheld"]] == [path]
    assert f"withheld {path}: line " in saved.told
    assert SECRET not in saved.told + str(saved.report)
    assert ada.status() == f"?? {path}"
    ran = ada.sync()
    assert [one["path"] for one in ran.tree["withheld"]] == [path]
    assert SECRET.encode() not in team.remote.everything()
    assert SECRET not in ada.git("log", "-p", "--all")
    saved.path.write_text(saved.path.read_text().replace(SECRET, "the token of the forge"))
    ada.sync()
    assert path in team.paths()


def test_a_secret_in_an_update_withholds_it_and_what_was_committed_stays(team: Team, ada: Member) -> None:
    first = ada.save("fine", "--session-id", "s-1")
    second = ada.save("leaky", "--session-id", "s-1", body=LEAKY)
    assert second.sync["committed"] == ""
    assert SECRET not in team.text(f"session-logs/{first.path.name}")
    assert SECRET.encode() not in team.remote.everything()


def test_an_update_of_a_log_whose_secret_was_let_out_before_goes(team: Team, ada: Member) -> None:
    first = ada.save("leaky", "--session-id", "s-1", body=LEAKY)
    ada.sync("--skip-pii-check")
    second = ada.save("more", "--session-id", "s-1", body=narrative(Key_Decisions="a second thought"))
    assert (second.path, second.sync["withheld"]) == (first.path, [])
    assert "a second thought" in team.text(f"session-logs/{first.path.name}")


def test_a_tree_without_commits_gets_no_history_besides_the_remotes(team: Team, ada: Member) -> None:
    new = Member(ada.home, team.path / "new")
    subprocess.run(["git", "init", "-q", "-b", "main", str(new.tree)], check=True)
    new.git("remote", "add", "origin", f"file://{team.remote.path}")
    new.write(MARKER, "mine")
    saved = new.save("too early", code=1)
    assert saved.path.is_file()
    assert "main has no commit yet and origin/main has; run /sync first" in saved.told
    assert new.git("rev-parse", "--verify", "-q", "HEAD", codes=(1,)) == ""


def test_when_the_remote_is_ahead_the_log_is_pushed_and_the_files_stay(team: Team, ada: Member, bob: Member) -> None:
    bob.write("bobs.txt")
    bob.write("notes.txt", "bob's\n")
    theirs = bob.sync().tree["head"]
    ada.write("notes.txt", "ada's, not committed\n")
    saved = ada.save("ahead")
    path = f"session-logs/{saved.path.name}"
    assert path in team.paths()
    parents = team.remote.git("rev-list", "--parents", "-n1", "main").decode().split()
    assert parents[1:] == [ada.head(), theirs]
    assert not (ada.tree / "bobs.txt").exists()
    assert (ada.tree / "notes.txt").read_text() == "ada's, not committed\n"
    assert ada.status() == " M notes.txt"
    assert saved.sync["waiting"] == 1
    assert "\n1 commit by others on origin/main; run /sync\n" in saved.told
    (ada.tree / "notes.txt").write_text("one\ntwo\nthree\n")
    ada.sync()
    assert (ada.head(), ada.status(), (ada.tree / "bobs.txt").is_file()) == (team.head(), "", True)


def test_a_log_goes_out_although_others_have_conflicting_changes_that_are_not_committed(
    team: Team, ada: Member, bob: Member
) -> None:
    ada.write("notes.txt", "ada's\n")
    bob.write("notes.txt", "bob's\n")
    bob.sync()
    saved = ada.save("in between")
    assert f"session-logs/{saved.path.name}" in team.paths()
    assert (ada.tree / "notes.txt").read_text() == "ada's\n"


def with_wiki(member: Member) -> None:
    member.commit("wiki/index.md", "# Wiki\n")
    member.git("push", "-q")


def article(**more: str) -> str:
    facts = {"title": "Gauge", "category": "projects", "status": "active", "last_compiled": "2026-01-01", **more}
    front = "".join(f"{key}: {value}\n" for key, value in facts.items())
    return f"---\n{front}sources: []\n---\n# Gauge\n\n## Summary\n\nIt works.\n\n## Patterns\n\n## History\n"


def test_the_wiki_is_refreshed_and_goes_with_the_log(team: Team, ada: Member) -> None:
    with_wiki(ada)
    saved = ada.save("the gauge", "--project", "P")
    assert ada.files() == {f"projects/P/session-logs/{saved.path.name}", "wiki/index.md", "wiki/projects/p.md"}
    assert saved.sync["wiki"]["status"] == "refreshed"
    assert "wiki refreshed, not recompiled" in saved.told
    assert (ada.status(), team.head()) == ("", ada.head())


def test_a_draft_becomes_the_article_and_is_removed(team: Team, ada: Member, tmp_path: Path) -> None:
    with_wiki(ada)
    draft = tmp_path / "draft.md"
    draft.write_text("no article\n")
    wrong = ada.save("the gauge", "--project", "P", "--wiki", str(draft))
    assert wrong.sync["wiki"]["status"] == "refreshed"
    assert draft.is_file()
    draft.write_text(article(last_compiled=time.strftime("%Y-%m-%d")))
    again = ada.save("the gauge", "--project", "Q", "--wiki", str(draft))
    assert again.sync["wiki"]["status"] == "compiled", again.told
    assert not draft.exists()
    assert "It works." in team.text("wiki/projects/q.md")


def test_a_draft_that_is_not_there_costs_nothing(ada: Member, tmp_path: Path) -> None:
    with_wiki(ada)
    saved = ada.home.run(
        "save", "--json", "--topic", "x", "--wiki", str(tmp_path / "no.md"), stdin=narrative(), cwd=ada.tree
    )
    report = json.loads(saved.out)
    assert Path(report["path"]).is_file()
    assert "there is no draft" in saved.err
    assert Path(report["path"]).name in str(ada.files())


def test_an_article_that_others_are_editing_is_left_to_the_next_sync(team: Team, ada: Member) -> None:
    with_wiki(ada)
    ada.commit("wiki/projects/p.md", article())
    ada.git("push", "-q")
    edited = article().replace("It works.", "It works well.")
    ada.write("wiki/projects/p.md", edited)
    saved = ada.save("the gauge", "--project", "P")
    assert "wiki/projects/p.md" not in ada.files()
    assert "wiki/projects/p.md has others' changes: left to the next sync" in saved.told
    assert "It works well." in (ada.tree / "wiki/projects/p.md").read_text()
    assert "It works well." not in team.text("wiki/projects/p.md")
    ada.sync()
    assert "It works well." in team.text("wiki/projects/p.md")


@pytest.mark.parametrize("fault", ["file", "link", "index link", "index folder", "no text", "outside"])
def test_whatever_is_wrong_with_the_wiki_the_log_is_saved_and_pushed(
    fault: str, team: Team, ada: Member, tmp_path: Path
) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    if fault == "file":
        ada.commit("wiki", "a file")
    elif fault in ("link", "outside"):
        (ada.tree / "wiki").symlink_to(outside if fault == "outside" else "elsewhere")
    elif fault == "index link":
        ada.commit("wiki/x.md")
        (ada.tree / "wiki" / "index.md").symlink_to(outside / "index.md")
    elif fault == "index folder":
        ada.commit("wiki/index.md/x.md")
    else:
        ada.commit("wiki/index.md", b"\xff\xfe\0")
    saved = ada.save("the gauge", "--project", "P")
    assert f"projects/P/session-logs/{saved.path.name}" in team.paths()
    assert list(outside.iterdir()) == []
    if fault not in ("file", "link"):
        assert "wiki not updated" in saved.told


def test_the_wiki_is_not_touched_while_git_waits_for_the_user(team: Team, ada: Member) -> None:
    with_wiki(ada)
    ada.write("wiki/index.md", "# Wiki\nstashed\n")
    ada.git("stash")
    ada.commit("wiki/index.md", "# Wiki\nours\n")
    ada.git("stash", "pop", codes=(1,))
    before = (ada.tree / "wiki" / "index.md").read_bytes(), ada.git("ls-files", "-u")
    saved = ada.save("the gauge", "--project", "P")
    assert ((ada.tree / "wiki" / "index.md").read_bytes(), ada.git("ls-files", "-u")) == before
    assert ada.files() == {f"projects/P/session-logs/{saved.path.name}"}
    assert "wiki not updated: wiki/index.md has unresolved conflicts" in saved.told


def test_a_log_with_a_wiki_article_whose_scope_holds_a_secret_is_withheld_with_it(team: Team, ada: Member) -> None:
    with_wiki(ada)
    saved = ada.save(f"about {SECRET}", "--project", "P")
    assert SECRET.encode() not in team.remote.everything()
    assert saved.path.is_file()
    assert saved.sync["withheld"] != []
    ada.sync()
    assert SECRET.encode() not in team.remote.everything()


def test_a_tree_with_crlf_and_other_attributes_is_clean_after_a_save(team: Team, ada: Member) -> None:
    ada.commit(".gitattributes", "*.md text eol=crlf\n")
    ada.git("config", "core.autocrlf", "true")
    saved = ada.save("line ends")
    assert ada.status() == ""
    assert "\r" not in team.text(f"session-logs/{saved.path.name}")


def test_a_log_in_a_place_that_git_ignores_is_still_saved(team: Team, ada: Member) -> None:
    ada.commit(".gitignore", "session-logs/\n")
    saved = ada.save("ignored")
    assert saved.path.is_file()
    assert f"session-logs/{saved.path.name}" in team.paths()
    assert ada.status() == ""


def test_a_linked_worktree_saves_to_its_own_branch(team: Team, ada: Member) -> None:
    linked = Member(ada.home, ada.tree.parent / "linked")
    ada.git("worktree", "add", "-q", "-b", "feature", str(linked.tree))
    saved = linked.save("there")
    assert saved.path.is_relative_to(linked.tree)
    assert linked.files() == {f"session-logs/{saved.path.name}"}
    assert ada.status() == ""


def test_gits_environment_of_a_hook_changes_nothing(ada: Member, bob: Member) -> None:
    ran = ada.home.run(
        "save", "--topic", "x", stdin=narrative(), cwd=ada.tree, GIT_DIR=str(bob.tree / ".git"),
        GIT_INDEX_FILE=str(bob.tree / "index"), GIT_WORK_TREE=str(bob.tree),
    )  # fmt: skip
    assert ran.code == 0
    assert Path(ran.out.strip()).is_relative_to(ada.tree)
    assert bob.status() == ""


def test_a_hook_of_the_users_does_not_run(ada: Member, tmp_path: Path) -> None:
    for name in ("pre-commit", "commit-msg", "pre-push", "reference-transaction", "post-index-change"):
        hook = ada.tree / ".git" / "hooks" / name
        hook.write_text(f"#!/bin/sh\ntouch {tmp_path}/ran\nexit 1\n")
        hook.chmod(0o755)
    ada.save("hooked")
    assert not (tmp_path / "ran").exists()


def test_the_report_follows_its_schema(team: Team, ada: Member, bob: Member) -> None:
    schema = json.loads((paths.SCHEMAS / "save-report.json").read_bytes())
    with_wiki(ada)
    bob.write("x.txt")
    bob.sync()
    reports = [
        ada.save("one", "--project", "P").report,
        ada.save("two", "--no-sync").report,
        ada.save("three", body=LEAKY).report,
        ada.save("four", "--store").report,
    ]
    ada.git("switch", "-q", "--detach")
    reports.append(ada.save("five", code=1).report)
    for report in reports:
        validate(report, schema)
    assert [bool(report["tree"]) for report in reports] == [True, True, True, False, True]


@pytest.mark.parametrize("topic", ["ssn 536-22-8140", "fine"])
def test_a_save_goes_whole_by_the_policy_of_its_logs_project(
    team: Team, ada: Member, tmp_path: Path, topic: str
) -> None:
    with_wiki(ada)
    before = team.head()
    draft = tmp_path / "draft.md"
    draft.write_text(article(title="Grace 536-22-8141", last_compiled=time.strftime("%Y-%m-%d")))
    saved = ada.save(topic, "--project", "CUST-acme", "--wiki", str(draft))
    assert saved.sync["wiki"]["status"] == "compiled", saved.told
    found = {one["path"] for one in saved.sync["withheld"]}
    assert {"wiki/projects/cust-acme.md", "wiki/index.md"} <= found
    assert "536-22-814" not in saved.told + str(saved.sync["withheld"]) + "".join(team.subjects())
    if topic == "fine":
        assert ada.files() == {f"projects/CUST-acme/session-logs/{saved.path.name}"}
    else:
        assert (team.head(), ada.head()) == (before, before)
        assert "saved projects/CUST-acme/session-logs/(a name that is withheld)" in saved.told
    ada.sync()
    assert b"536-22-814" not in team.remote.everything()


def test_without_its_log_nothing_of_a_save_is_committed(team: Team, ada: Member) -> None:
    with_wiki(ada)
    before = team.head()
    saved = ada.save("leaky", "--project", "P", body=LEAKY)
    assert saved.sync["wiki"]["status"] == "refreshed"
    assert (team.head(), ada.head()) == (before, before)
