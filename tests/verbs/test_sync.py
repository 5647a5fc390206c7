"""The verb `sync`: what a user sees of a round in a shared tree and its vault."""

from __future__ import annotations

import json
import signal
import subprocess
import time
from argparse import Namespace
from pathlib import Path

import pytest
from jsonschema import validate

from session_sync.home import lock, paths
from session_sync.verbs import sync
from support.homes import Ran
from support.members import Member, Team, give_vault


def log_for(reader: str, text: str = "please look at the gauge") -> str:
    return f"# A log\n\n## Session Summary\n\nx\n\n## Note for {reader}\n\n{text}\n"


def test_a_folder_that_is_no_tree_or_not_shared_is_refused(ada: Member, tmp_path: Path) -> None:
    assert "is not in a git working tree" in ada.run("sync", code=2, cwd=tmp_path).err
    assert "is not in a git working tree" in ada.run("sync", "--repo", str(tmp_path / "no"), code=2).err
    plain = tmp_path / "plain"
    subprocess.run(["git", "init", "-q", str(plain)], check=True)
    refused = ada.run("sync", code=2, cwd=plain)
    assert "is not a shared tree; make it one" in refused.err
    assert refused.err.count("\n") == 1
    deep = ada.tree / "projects" / "P"
    deep.mkdir(parents=True)
    (deep / "x.txt").write_text("x\n")
    ada.run("sync", cwd=deep)
    assert ada.files() == {"projects/P/x.txt"}


def test_options_that_do_not_go_together(ada: Member) -> None:
    assert "do not go together" in ada.run("sync", "--check", "--notes", code=2).err
    assert "not a number of seconds" in ada.run("sync", "--wait", "soon", code=2).err


def test_check_lists_the_logs_that_are_not_committed_in_all_places(ada: Member) -> None:
    assert "all session logs are committed" in ada.run("sync", "--check").out
    ada.commit("session-logs/committed.md")
    ada.write("session-logs/committed.md", "changed\n")
    ada.write("session-logs/new.md")
    ada.write("projects/P/session-logs/2026/deep.md")
    ada.write("clients/acme/session-logs/staged.md")
    ada.git("add", "clients/acme/session-logs/staged.md")
    ada.write("notes/other.md")
    ada.write("session-logs/forged\nnot committed: no.md")
    before = ada.state()
    ran = ada.run("sync", "--check", cwd=ada.tree / "notes")
    assert ran.out.splitlines() == [
        "not committed: clients/acme/session-logs/staged.md",
        "not committed: projects/P/session-logs/2026/deep.md",
        "not committed: session-logs/committed.md",
        "not committed: session-logs/forged\\nnot committed: no.md",
        "not committed: session-logs/new.md",
        "5 uncommitted session logs; /save commits its own, /sync all",
    ]
    assert ada.state() == before


def test_check_takes_no_lock_and_a_sync_waits_for_it(ada: Member, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SESSION_SYNC_HOME", str(ada.home.path))
    ada.write("x.txt")
    with lock._try_lock(lock._round_lock()) as held:
        assert held
        assert "all session logs are committed" in ada.run("sync", "--check").out
        busy = ada.run("sync", "--wait", "0.2", code=75)
    assert "another round has been running" in busy.err
    assert ada.status() == "?? x.txt"
    assert ada.sync().tree["files"] == ["x.txt"]


def test_notes_come_first_once_and_only_to_somebody_who_reads_them(ada: Member, bob: Member) -> None:
    bob.write("session-logs/2026-01-01-bob-x.md", log_for("Ada"))
    bob.write("y.txt")
    bob.sync()
    scheduled = ada.run("sync").out
    assert "1 unread note; see: scripts/run sync --notes\n" in scheduled
    assert "gauge" not in scheduled
    seen = ada.run("sync", CLAUDE_CODE_SESSION_ID="s-1").out
    assert seen.startswith("MESSAGE FROM Bob Example")
    assert "> please look at the gauge\n" in seen
    assert "MESSAGE FROM" not in ada.run("sync", CLAUDE_CODE_SESSION_ID="s-1").out
    assert ada.run("sync", "--notes").out == "no unread notes\n"


def test_notes_are_shown_when_asked_for_and_are_in_the_report(ada: Member, bob: Member, tmp_path: Path) -> None:
    bob.write("session-logs/2026-01-01-bob-x.md", log_for("Ada Example"))
    bob.sync()
    report = ada.sync().report
    assert [note["author"] for note in report["notes"]] == ["Bob Example"]
    assert "> please look at the gauge\n" in ada.run("sync", "--notes", cwd=tmp_path).out
    assert ada.sync().report["notes"] == []


def test_quiet_says_nothing_and_shows_no_notes(ada: Member, bob: Member) -> None:
    bob.write("session-logs/2026-01-01-bob-x.md", log_for("Ada"))
    bob.sync()
    ran = ada.run("sync", "--quiet", CLAUDE_CODE_SESSION_ID="s-1")
    assert (ran.out, ran.err) == ("", "")
    assert "MESSAGE FROM" in ada.run("sync", CLAUDE_CODE_SESSION_ID="s-1").out


def test_a_note_that_came_with_a_conflict_is_shown_all_the_same(ada: Member, bob: Member) -> None:
    bob.write("session-logs/2026-01-01-bob-x.md", log_for("Ada"))
    bob.write("notes.txt", "bob's\n")
    bob.sync()
    ada.write("notes.txt", "ada's\n")
    ran = ada.run("sync", code=1, CLAUDE_CODE_SESSION_ID="s-1")
    assert ran.out.startswith("MESSAGE FROM Bob Example")
    assert "conflict: notes.txt" in ran.out


def test_what_others_wrote_cannot_look_like_our_lines(ada: Member, bob: Member) -> None:
    bob.git("config", "user.name", "Bob\x1b[31m\x07")
    bob.git("commit", "-q", "--allow-empty", "-m", "red \x1b[31m\x07 text")
    bob.git("push", "-q")
    bob.write("a\x1b[2Jb.txt")
    bob.sync()
    told = ada.run("sync").out
    assert "\x1b" not in told
    assert "\x07" not in told
    assert "red \\x1b[31m\\x07 text" in told


def test_the_wiki_that_came_is_counted_by_category(ada: Member, bob: Member) -> None:
    bob.write("wiki/projects/one.md")
    bob.write("wiki/projects/two.md")
    bob.write("wiki/index.md")
    bob.write("wiki/top.md")
    bob.sync()
    ada.sync()
    bob.write("wiki/projects/one.md", "changed\n")
    (bob.tree / "wiki" / "projects" / "two.md").unlink()
    bob.write("wiki/clients/acme.md")
    bob.sync()
    ran = ada.sync()
    assert ran.tree["wiki"] == {"clients": {"new": 1}, "projects": {"removed": 1, "updated": 1}}
    assert "wiki projects: 1 removed, 1 updated" in ran.told


def test_reports_follow_their_schema(team: Team, ada: Member, bob: Member, tmp_path: Path) -> None:
    schema = json.loads((paths.SCHEMAS / "sync-report.json").read_bytes())
    give_vault(ada, tmp_path)
    bob.write("session-logs/2026-01-01-bob-x.md", log_for("Ada"))
    bob.write("wiki/projects/one.md")
    bob.write("notes.txt", "bob's\n")
    bob.write(".claude/commands/deploy.md", "Deploy it.\n")
    bob.sync()
    ada.write("C:\\x\\y.txt")
    ada.write("secret.ini", "password = Kestrel!4Tundra9x\n")
    with (ada.tree / "big.bin").open("wb") as stream:
        stream.truncate(100_000_000)
    reports = [ada.sync().report, ada.sync("--check").report, ada.sync("--notes").report]
    ada.write("notes.txt", "ada's\n")
    bob.write("notes.txt", "bob's own\n")
    bob.sync()
    reports.append(ada.sync(code=1).report)
    failed = ada.home.run("sync", "--json", cwd=tmp_path)
    reports.append(json.loads(failed.out))
    assert failed.code == 2
    for report in reports:
        validate(report, schema)
    assert reports[0]["tree"]["left"] != []
    assert reports[0]["tree"]["moved"] != []


def test_a_hostile_configuration_changes_nothing_and_runs_nothing(
    team: Team, ada: Member, bob: Member, tmp_path: Path
) -> None:
    trap = tmp_path / "trap"
    program = tmp_path / "program"
    program.write_text(f'#!/bin/sh\necho "$0 $*" >> {trap}\nexit 1\n')
    program.chmod(0o755)
    for name in ("pre-commit", "commit-msg", "post-commit", "pre-push", "post-checkout", "post-merge",
                 "reference-transaction", "post-index-change", "fsmonitor-watchman", "pre-auto-gc"):  # fmt: skip
        (ada.tree / ".git" / "hooks" / name).write_bytes(program.read_bytes())
        (ada.tree / ".git" / "hooks" / name).chmod(0o755)
    ada.git("config", "i18n.commitEncoding", "latin1")
    settings = {
        "alias.status": f"!{program}",
        "alias.commit-tree": f"!{program}",
        "branch.main.pushRemote": "nowhere",
        "branch.main.rebase": "true",
        "color.ui": "always",
        "commit.template": "/nowhere",
        "core.abbrev": "5",
        "core.editor": str(program),
        "core.fsmonitor": str(program),
        "core.hooksPath": str(ada.tree / ".git" / "hooks"),
        "core.pager": str(program),
        "core.quotePath": "false",
        "diff.external": str(program),
        "diff.ignoreSubmodules": "all",
        "diff.noprefix": "true",
        "diff.orderFile": "/nowhere",
        "fetch.prune": "true",
        "fetch.pruneTags": "true",
        "format.pretty": "oneline",
        "gpg.program": str(program),
        "i18n.logOutputEncoding": "latin1",
        "log.date": "relative",
        "log.showSignature": "true",
        "merge.conflictStyle": "diff3",
        "merge.ff": "only",
        "pull.ff": "only",
        "push.default": "nothing",
        "push.followTags": "true",
        "push.recurseSubmodules": "check",
        "remote.origin.tagOpt": "--tags",
        "remote.pushDefault": "nowhere",
        "status.short": "true",
        "status.showUntrackedFiles": "no",
        "submodule.recurse": "true",
        "tag.forceSignAnnotated": "true",
    }
    for key, value in settings.items():
        ada.git("-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null", "config", key, value)
    bob.git("config", "user.name", "Zoë Example")
    bob.write("bobs.txt")
    bob.sync()
    ada.write("ädas.txt")
    environment = {"GIT_DIR": str(bob.tree / ".git"), "GIT_INDEX_FILE": str(tmp_path / "index"), "GIT_PAGER": "false"}
    ran = ada.sync(**environment, GIT_WORK_TREE=str(bob.tree), GIT_EXTERNAL_DIFF=str(program))
    assert (ran.tree["files"], ran.tree["head"]) == (["ädas.txt"], team.head())
    assert team.paths() >= {"bobs.txt", "ädas.txt"}
    assert (ada.tree / "bobs.txt").is_file()
    assert ran.tree["pulled"][0]["author"] == "Zoë Example"
    assert ran.tree["pulled"][0]["subject"].startswith("sync: auto-sync from ")
    assert bob.status() == ""
    assert not trap.exists(), trap.read_text()


def test_a_submodule_that_others_moved_is_not_touched_in_the_working_tree(
    team: Team, ada: Member, bob: Member, tmp_path: Path
) -> None:
    library = tmp_path / "library"
    subprocess.run(["git", "init", "-q", "-b", "main", str(library)], check=True)
    commit = ["git", "commit", "-q", "--allow-empty", "-m", "x"]
    subprocess.run(commit, cwd=library, check=True)
    bob.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(library), "library")
    bob.git("commit", "-q", "-m", "add the library")
    bob.sync()
    ada.sync()
    ada.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "update", "--init")
    there = ada.git("rev-parse", "HEAD", cwd=ada.tree / "library")
    ada.git("config", "submodule.recurse", "true")
    subprocess.run(commit, cwd=bob.tree / "library", check=True)
    bob.git("commit", "-q", "-a", "-m", "move the library")
    bob.sync()
    ada.write("x.txt")
    ada.sync()
    assert ada.head() == team.head()
    assert ada.git("rev-parse", "HEAD", cwd=ada.tree / "library") == there
    pointer = team.remote.git("rev-parse", "main:library")
    ran = ada.sync()
    assert [one["path"] for one in ran.tree["left"]] == ["library"]
    assert team.remote.git("rev-parse", "main:library") == pointer


def test_a_broken_setting_is_one_line(ada: Member) -> None:
    ada.write(".claude/identity.json", "{")
    assert "identity.json is not valid JSON" in ada.run("sync", code=2).err
    ada.write(".claude/identity.json", "{}")
    (ada.home.path / "config.yaml").write_text("policies: 3\n")
    assert "config.yaml" in ada.run("sync", code=2).err


def test_a_tree_that_git_does_not_read_is_told_from_no_tree(ada: Member, tmp_path: Path) -> None:
    good = (ada.tree / ".git/config").read_text()
    (ada.tree / ".git/config").write_text("[broken\n")
    assert f"git does not read {ada.tree}: fatal: bad config line 1" in ada.run("sync", code=1).err
    assert "is not in a git working tree" in ada.run("sync", code=2, cwd=tmp_path).err
    (ada.tree / ".git/config").write_text(good)
    ada.sync()


def test_a_tree_of_nobody_knows_which_customers_is_scanned_most_strictly(team: Team, ada: Member) -> None:
    ada.git("remote", "add", "one", "git@forge.example:CUST-acme/x.git")
    ada.git("remote", "add", "two", "git@forge.example:CUST-beta/x.git")
    ada.write("a.md", "ask grace.hopper@navy.mil")
    assert [one["path"] for one in ada.sync().tree["withheld"]] == ["a.md"]
    assert "a.md" not in team.paths()
    ada.sync("--skip-pii-check")
    assert "a.md" in team.paths()


def test_interrupted_it_ends_with_130_and_the_next_one_does_the_work(team: Team, ada: Member) -> None:
    ready = team.path / "ready"
    team.hook("pre-receive", f"touch {ready}; sleep 60")
    ada.write("x.txt")
    process = ada.home.start("sync", cwd=ada.tree)
    while not ready.exists() and process.poll() is None:
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=120)
    assert (process.returncode, b"interrupted" in err) == (130, True), err
    (team.remote.path / "hooks" / "pre-receive").unlink()
    ada.sync()
    assert "x.txt" in team.paths()


def test_a_quiet_sync_says_what_failed_and_nothing_else(ada: Member) -> None:
    ada.write("x.txt")
    assert ada.run("sync", "--quiet") == Ran(0, "", "")
    ada.git("checkout", "-q", "--detach")
    ran = ada.run("sync", "--quiet", code=1)
    assert ran.out == ""
    assert "HEAD is detached; check out a branch" in ran.err
    assert "(detached)" in ran.err


@pytest.mark.parametrize(("more", "told"), [(1, "1 more note waiting"), (2, "2 more notes waiting")])
def test_notes_that_wait_are_counted(more: int, told: str, capsys: pytest.CaptureFixture[str]) -> None:
    sync._show(Namespace(json=False, quiet=False), [], more)
    assert capsys.readouterr().out == f"{told}; scripts/run sync --notes\n"


@pytest.mark.parametrize(("number", "told"), [(1, "1 damaged note"), (2, "2 damaged notes")])
def test_damaged_notes_are_counted(number: int, told: str, capsys: pytest.CaptureFixture[str]) -> None:
    paths.unread_notes().mkdir(parents=True)
    for name in range(number):
        (paths.unread_notes() / f"{name}.json").write_text("no JSON")
    assert sync._tell(Namespace(json=False, quiet=False, notes=True), sync.NotesReport(), []) == 0
    assert capsys.readouterr().out.splitlines()[0] == f"[WARNING] {told}; see the session logs themselves"
