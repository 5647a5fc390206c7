from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from jsonschema import validate

from session_sync.home import paths
from support.homes import LEAK, MACHINE, OTHER_MACHINE, OWN, Home, Remote
from support.templates import expand


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
