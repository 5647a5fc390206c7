from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest
from jsonschema import validate

from session_sync.home import paths
from support.homes import MACHINE, OTHER_MACHINE, Home, Remote, make_machine
from support.narratives import narrative
from support.templates import expand

OWN = f"machines/{MACHINE}"
LEAK = "reach grace.hopper@navy.mil, SSN 536-22-8140"


def test_a_saved_log_is_on_the_own_branch_and_on_main(home: Home, remote: Remote) -> None:
    path = home.save("first steps")
    expected = {f"{OWN}/projects/PILOT/{path.name}": path.read_bytes()}
    assert remote.files(OWN) == remote.files("main") == expected
    assert remote.git("log", "--format=%s", OWN).decode().splitlines() == [
        f"chore(logs): sync 1 session log from {os.uname().nodename}"
    ]


def test_nothing_changed_pushes_nothing(home: Home, remote: Remote) -> None:
    home.save("first steps")
    before = remote.git("for-each-ref")
    assert f"nothing to sync: {remote.path} has 1 session log (" in home.sync().out
    assert remote.git("for-each-ref") == before


def test_two_machines_meet_on_main_and_leave_each_other_alone(home: Home, other: Home, remote: Remote) -> None:
    home.save("one")
    other.save("two")
    home.save("three")
    assert remote.files("main") == {**remote.files(OWN), **remote.files(f"machines/{OTHER_MACHINE}")}
    assert len(remote.files("main")) == 3


def test_a_merged_view_that_lost_its_race_is_mended_by_the_next_round(home: Home, remote: Remote) -> None:
    lock = remote.path / "refs" / "heads" / "main.lock"  # another machine is writing main at this moment
    lock.touch()
    home.save("one")
    assert remote.branches() == [OWN]
    lock.unlink()
    home.sync()
    assert remote.files("main") == remote.files(OWN)


def test_main_keeps_what_others_put_there(home: Home, remote: Remote) -> None:
    tree = remote.git("hash-object", "-t", "tree", "-w", "/dev/null").decode().strip()
    commit = remote.git("-c", "user.name=x", "-c", "user.email=x@x", "commit-tree", "-m", "x", tree).decode().strip()
    remote.git("update-ref", "refs/heads/main", commit)
    home.save("one")
    assert remote.git("merge-base", "--is-ancestor", commit, "main") == b""
    assert remote.files("main") == remote.files(OWN)


def test_a_vanished_log_stays_in_the_repository(home: Home, remote: Remote) -> None:
    first, second = home.save("one"), home.save("two")
    first.unlink()
    second.write_bytes(second.read_bytes() + b"\nmore\n")
    home.sync()
    assert set(remote.files(OWN)) == {f"{OWN}/projects/PILOT/{path.name}" for path in (first, second)}


@pytest.mark.parametrize("lost", ["state", "repositories", "state repositories", "spool logs cache"])
def test_a_lost_folder_of_ours_is_rebuilt(home: Home, remote: Remote, lost: str) -> None:
    path = home.save("one")
    for name in lost.split():
        shutil.rmtree(home.path / name, ignore_errors=True)
    commits = remote.git("rev-list", "--count", OWN)
    home.sync()
    assert remote.git("rev-list", "--count", OWN) == commits
    second = home.save("two")
    assert set(remote.files("main")) == {f"{OWN}/projects/PILOT/{one.name}" for one in (path, second)}
    assert remote.branches() == [OWN, "main"] or remote.branches() == ["main", OWN]


def test_a_damaged_index_is_rebuilt(home: Home, remote: Remote) -> None:
    home.save("one")
    (home.path / "state" / "index-default.sqlite").write_bytes(b"no database" * 100)
    home.save("two")
    assert len(remote.files(OWN)) == 2


def test_a_remote_made_anew_gets_everything_again(home: Home, remote: Remote) -> None:
    home.save("one")
    shutil.rmtree(remote.path)
    again = Remote(remote.path)
    home.sync()
    assert len(again.files(OWN)) == len(again.files("main")) == 1


def test_an_unreachable_remote_defers_and_the_next_round_pushes(home: Home, remote: Remote) -> None:
    away = remote.path.with_name("away.git")
    remote.path.rename(away)
    path = home.save("one", code=75)
    assert path.is_file()
    ran = home.sync(code=75)
    assert "committed here, pushed by the next round" in ran.out
    assert "left-unfinished.json" in os.listdir(home.path / "spool")
    away.rename(remote.path)
    home.sync()
    assert remote.files(OWN) == {f"{OWN}/projects/PILOT/{path.name}": path.read_bytes()}
    assert os.listdir(home.path / "spool") == []


def test_offline_with_nothing_waiting_is_done(home: Home, remote: Remote) -> None:
    home.save("one")
    remote.path.rename(remote.path.with_name("away.git"))
    ran = home.sync()
    assert "nothing was waiting to be pushed" in ran.out


def test_a_remote_that_refuses_is_a_failure_with_its_reason(home: Home, remote: Remote) -> None:
    hook = remote.path / "hooks" / "pre-receive"
    hook.write_text("#!/bin/sh\nexit 1\n")
    hook.chmod(0o755)
    path = home.save("one", code=1)
    assert path.is_file()
    assert "hook declined" in home.sync(code=1).out


def test_a_protected_main_does_not_hold_up_the_own_branch(home: Home, remote: Remote) -> None:
    hook = remote.path / "hooks" / "pre-receive"
    hook.write_text("#!/bin/sh\n! grep -q refs/heads/main\n")
    hook.chmod(0o755)
    home.save("one")
    assert remote.branches() == [OWN]


def test_a_new_address_is_never_taken_for_the_old_one(home: Home) -> None:
    home.save("one")
    (home.path / "config.yaml").write_text("remote: /nowhere/new.git\n")
    assert "deferred" in home.sync(code=75).out


DAMAGE = ["own ref", "HEAD", "config", "tracking ref", "tree", "blob", "index"]


def damage(home: Home, what: str) -> None:
    """What a power cut leaves: files of no length."""
    git_dir = home.path / "repositories" / "default.git"
    if what in ("HEAD", "config"):
        (git_dir / what).write_bytes(b"")
    elif what == "own ref":
        (git_dir / "refs" / "heads" / OWN).write_bytes(b"")
    elif what == "tracking ref":
        next((git_dir / "refs" / "remotes").rglob("main")).write_bytes(b"")
    elif what == "index":
        (home.path / "state" / "index-default.sqlite").write_bytes(b"")
    else:
        name = "HEAD^{tree}".replace("HEAD", f"refs/heads/{OWN}") if what == "tree" else f"refs/heads/{OWN}:{OWN}"
        oid = subprocess.run(["git", f"--git-dir={git_dir}", "rev-parse", name], capture_output=True, check=True)
        path = git_dir / "objects" / oid.stdout.decode()[:2] / oid.stdout.decode().strip()[2:]
        path.chmod(0o600)
        path.write_bytes(b"")


@pytest.mark.parametrize("what", DAMAGE)
def test_a_damaged_repository_of_ours_is_made_anew(home: Home, remote: Remote, what: str) -> None:
    home.save("one")
    damage(home, what)
    home.save("two")
    assert len(remote.files(OWN)) == 2
    assert remote.files(OWN) == remote.files("main")


def test_a_remote_that_cannot_store_costs_nothing_here(home: Home, remote: Remote) -> None:
    """Its disk is full, say: what is committed here stays, also what has gone from the store since."""
    home.save("one")
    remote.git("config", "receive.maxInputSize", "10")
    lost = home.save("two", code=1)
    text = lost.read_bytes()
    lost.unlink()
    for _ in range(2):
        assert "sync failed" in home.sync(code=1).out
    remote.git("config", "--unset", "receive.maxInputSize")
    home.sync()
    assert text in remote.files(OWN).values()
    assert [path.name for path in (home.path / "repositories").iterdir()] == ["default.git"]


def test_a_damaged_repository_is_kept_aside_and_told(home: Home) -> None:
    home.save("one")
    damage(home, "tree")
    home.put("PILOT", "a.md", b"a")
    assert "made again from the store" in home.sync().out
    assert len(list((home.path / "repositories").iterdir())) == 2


@pytest.mark.parametrize("uuid", [MACHINE, ""])
def test_a_repository_lost_while_offline_keeps_the_machine(
    tmp_path: Path, remote: Remote, compiled_rules: Path, uuid: str
) -> None:
    home = make_machine(tmp_path / "h", uuid, remote, compiled_rules)
    first = home.save("one")
    away = remote.path.rename(tmp_path / "away.git")
    shutil.rmtree(home.path / "repositories")
    second = home.save("two", code=75)
    away.rename(remote.path)
    assert "another machine" not in home.sync().out
    assert len(remote.branches()) == 2
    assert sorted(remote.files("main").values()) == sorted([first.read_bytes(), second.read_bytes()])


@pytest.mark.parametrize("uuid", [MACHINE, ""])
def test_an_edit_survives_the_loss_of_the_index(
    tmp_path: Path, remote: Remote, compiled_rules: Path, uuid: str
) -> None:
    """What a user took out of a log never comes back into it."""
    home = make_machine(tmp_path / "h", uuid, remote, compiled_rules)
    path = home.save("one", body=narrative(Reference_Information="see\n\npassword hunter2"))
    edited = path.read_bytes().replace(b"password hunter2\n", b"")
    path.write_bytes(edited)
    shutil.rmtree(home.path / "state")
    home.sync()
    assert path.read_bytes() == edited
    if not uuid:
        assert list(remote.files(f"machines/{path.parent.name}").values()) == [edited]


def test_status_tells_of_commits_that_wait(home: Home, remote: Remote) -> None:
    away = remote.path.rename(remote.path.with_name("away.git"))
    home.save("one", code=75)
    assert "commits that have not been pushed yet" in home.sync("--status").out
    away.rename(remote.path)
    assert f"pushed what was waiting: {remote.path} has 1 session log (" in home.sync().out
    assert "not pushed yet" not in home.sync("--status").out


def test_one_bad_repository_does_not_stop_the_others(home: Home, remote: Remote, tmp_path: Path) -> None:
    acme = Remote(tmp_path / "acme.git")
    (home.path / "config.yaml").write_text(
        f"remote: {remote.path}\nrepositories: {{acme: {acme.path}}}\n"
        "routing: [{match: 'CUST-acme-*', repository: acme}]\n"
    )
    (home.path / "state" / "index-acme.sqlite").mkdir(parents=True)
    home.put("PILOT", "a.md", b"a")
    home.sync(code=1)
    assert len(remote.files(OWN)) == 1


def test_a_main_that_may_not_be_advanced_is_said_once(home: Home, remote: Remote) -> None:
    hook = remote.path / "hooks" / "update"
    hook.write_text('#!/bin/sh\ntest "$1" != refs/heads/main\n')
    hook.chmod(0o755)
    home.put("PILOT", "a.md", b"a")
    assert "does not let main be advanced" in home.sync().out
    assert "WARNING] the remote" not in home.sync().out


SETTINGS = [
    "push.gpgSign=true", "push.pushOption=x", "push.recurseSubmodules=only", "submodule.recurse=true",
    "remote.origin.pushurl=/nowhere", "remote.origin.mirror=true", "remote.origin.partialclonefilter=tree:0",
    "protocol.file.allow=never", "color.ui=always", "fetch.writeCommitGraph=true", "commit.gpgSign=true",
    "safe.bareRepository=explicit", "push.default=nothing", "transfer.fsckObjects=true", "core.autocrlf=true",
]  # fmt: skip


@pytest.mark.parametrize("setting", SETTINGS)
def test_the_users_git_settings_do_not_stop_a_sync(home: Home, setting: str) -> None:
    home.run("sync-logs", "--status")
    key, _, value = setting.partition("=")
    subprocess.run(["git", "config", "--global", key, value], check=True)
    home.put("PILOT", "a.md", b"a")
    home.sync()
    ref = home.path.parent / "remote.git" / "refs" / "heads" / OWN
    assert ref.is_file()


def test_project_filter_syncs_only_that_project(home: Home, remote: Remote) -> None:
    home.put("PILOT", "a.md", b"a")
    home.put("OTHER", "b.md", b"b")
    home.sync("--project", "PILOT")
    assert list(remote.files(OWN)) == [f"{OWN}/projects/PILOT/a.md"]
    home.sync()
    assert len(remote.files(OWN)) == 2


def test_tenant_filter_syncs_only_that_tenant(home: Home, remote: Remote) -> None:
    for name in ("CUST-acme-x", "CUST-acme-y", "CUST-other-x", "PILOT"):
        home.put(name, "a.md", b"fine")
    home.sync("--tenant", "acme")
    assert list(remote.files(OWN)) == [f"{OWN}/projects/CUST-acme-x/a.md", f"{OWN}/projects/CUST-acme-y/a.md"]


def test_projects_go_to_their_own_repositories(home: Home, remote: Remote, tmp_path: Path) -> None:
    acme = Remote(tmp_path / "acme.git")
    (home.path / "config.yaml").write_text(
        f"repositories: {{acme: {acme.path}, team: {remote.path}}}\n"
        "routing:\n- {match: 'CUST-acme-*', repository: acme}\n- {match: 'P*', repository: team}\n"
    )
    for name in ("CUST-acme-x", "PILOT", "STRAY"):
        home.put(name, "a.md", b"fine")
    ran = home.sync("--json")
    assert json.loads(ran.out)["unrouted"] == ["STRAY"]
    assert "no repository for project STRAY" in ran.err
    assert list(acme.files(OWN)) == [f"{OWN}/projects/CUST-acme-x/a.md"]
    assert list(remote.files(OWN)) == [f"{OWN}/projects/PILOT/a.md"]
    assert b"CUST-acme-x" not in remote.everything()
    assert b"STRAY" not in remote.everything() + acme.everything()


def test_a_finding_withholds_the_file_and_names_no_value(home: Home, remote: Remote) -> None:
    home.put("CUST-acme-x", "leak.md", f"one\n{LEAK}\n".encode())
    home.put("CUST-acme-x", "fine.md", b"fine")
    ran = home.sync("--json")
    withheld = [(one["file"], one["line"], one["type"]) for one in json.loads(ran.out)["withheld"]]
    assert withheld == [("leak.md", 2, "email"), ("leak.md", 2, "ssn")]
    assert "withheld CUST-acme-x/leak.md: line 2: ssn" in ran.err
    status = home.run("sync-logs", "--status")
    assert "line 2: email" in status.out
    said = (ran.out + ran.err + status.out).encode() + b"".join(
        path.read_bytes()
        for path in home.path.rglob("*")
        if path.is_file() and path.name != "leak.md" and path.suffix != ".compiled"  # the rules are no secret
    )
    for value in (b"hopper", b"536-22"):
        assert value not in said
        assert value not in remote.everything()
    assert list(remote.files(OWN)) == [f"{OWN}/projects/CUST-acme-x/fine.md"]


def test_a_secret_is_in_no_object_wherever_it_stands(home: Home, remote: Remote) -> None:
    token = expand("ghp_<<alnum:36>>", "sync")
    (home.path / "identity.json").write_text(json.dumps({"user": "ada", "email": "a@b.co", "full_name": token}))
    with (home.path / "config.yaml").open("a") as config:
        config.write('routing: [{match: "ghp_*", repository: none}]\n')
    home.put("PILOT", "in-text.md", f"remote: {token}@github.com/acme/app.git".encode())
    home.put("PILOT", f"in-name-{token}.md", b"fine")
    home.put(token, "in-project.md", b"fine")
    home.put("PILOT", "fine.md", b"fine")
    ran = home.sync("--json")
    assert list(remote.files(OWN)) == [f"{OWN}/projects/PILOT/fine.md"]
    assert len(json.loads(ran.out)["withheld"]) == 2
    for said in (ran.out, ran.err, home.run("sync-logs", "--status").out):
        assert token not in said
    assert token.encode() not in remote.everything()


def test_a_withheld_file_is_pushed_once_it_is_mended(home: Home, remote: Remote) -> None:
    path = home.put("CUST-acme-x", "leak.md", LEAK.encode())
    home.sync()
    path.write_bytes(b"mended")
    home.sync()
    assert remote.files(OWN) == {f"{OWN}/projects/CUST-acme-x/leak.md": b"mended"}
    assert b"hopper" not in remote.everything()


def test_skip_pii_check_pushes_what_is_withheld(home: Home, remote: Remote) -> None:
    home.put("CUST-acme-x", "leak.md", LEAK.encode())
    home.sync()
    assert remote.files(OWN) == {}
    home.sync("--skip-pii-check")
    assert len(remote.files(OWN)) == 1


def test_a_customers_log_that_is_no_text_is_withheld(home: Home, remote: Remote) -> None:
    home.put("CUST-acme-x", "binary.md", b"\xff\xfe\x00")
    assert "undecodable" in home.sync().out
    assert remote.files(OWN) == {}


def test_dry_run_says_what_would_happen_and_changes_nothing(home: Home, remote: Remote) -> None:
    home.put("PILOT", "a.md", b"a")
    home.put("CUST-acme-x", "leak.md", LEAK.encode())
    ran = home.sync("--dry-run")
    assert "would sync" in ran.out
    assert "would withhold CUST-acme-x/leak.md: line 1: email" in ran.out
    assert remote.branches() == []


def test_hostile_file_names_arrive_whole(home: Home, remote: Remote) -> None:
    names = ['a"b.md', "a\nM 100644 inline x.md", "-x.md", "a b.md", os.fsdecode(b"\xff.md"), "$(touch x).md"]
    for name in names:
        home.put("PILOT", name, ascii(name).encode())
    home.sync()
    assert remote.files(OWN) == {f"{OWN}/projects/PILOT/{name}": ascii(name).encode() for name in names}


def test_reports_follow_their_schema(home: Home) -> None:
    schema = json.loads((paths.SCHEMAS / "sync-logs-report.json").read_bytes())
    home.put("CUST-acme-x", "leak.md", LEAK.encode())
    assert json.loads(home.run("sync-logs", "--json", "--nonsense").out)["code"] == 2
    for arguments in ((), ("--pull",), ("--sync", "--pull"), ("--status",), ("--list-machines",), ("--dry-run",)):
        ran = home.sync("--json", *arguments)
        validate(json.loads(ran.out), schema)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--remote", "/x"), "--remote goes with --init"),
        (("--init", "--remote", "-x"), "expected one argument"),
        (("--init", "--remote=-x"), "is not a remote"),
        (("--init", "--remote", "/"), "has the remote"),
        (("--nonsense",), "unrecognized arguments"),
        (("--wait", "soon"), "argument --wait"),
    ],
)
def test_wrong_usage_is_one_line_and_exit_2(home: Home, arguments: tuple[str, ...], said: str) -> None:
    ran = home.run("sync-logs", *arguments)
    assert ran.code == 2
    assert said in ran.err
    assert "Traceback" not in ran.err


def test_without_a_remote_the_way_out_is_told(tmp_path: Path) -> None:
    ran = Home(tmp_path / "new", MACHINE).run("sync-logs")
    assert (ran.code, ran.out) == (2, "")
    assert (
        ran.err
        == 'session-sync: no remote yet; run "scripts/run sync-logs --init" for a local one, or add --remote URL\n'
    )


def test_init_without_a_remote_makes_a_local_one_and_may_be_repeated(tmp_path: Path) -> None:
    home = Home(tmp_path / "new", MACHINE)
    home.put("PILOT", "a.md", b"a")
    first = home.sync("--init")
    assert "a local bare repository" in first.out
    assert "synced 1 session log from" in first.out
    assert "sync-logs --status" in first.out
    assert " has 1 session log (" in home.sync("--init").out
    bare = home.path / "remotes" / "session-logs.git"
    assert (bare / "refs" / "heads" / "machines" / MACHINE).is_file()
    ours = [path for path in home.path.rglob("*") if not path.is_relative_to(home.path / "session-logs")]
    assert {path.stat().st_mode & 0o077 for path in ours} == {0}


def test_everything_in_the_repository_is_listed(home: Home, other: Home) -> None:
    home.save("one")
    other.save("two")
    said = home.sync("--list-machines").out
    assert MACHINE in said
    assert OTHER_MACHINE in said
    assert os.uname().nodename in said
