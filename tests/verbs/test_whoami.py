"""whoami as users run it."""

from __future__ import annotations

import json
import socket
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from session_sync.home import paths
from session_sync.identity import hardware, machine
from session_sync.verbs import whoami
from support.homes import MACHINE, Run

ADA = ("--user", "ada", "--email", "ada@example.org", "--full-name", "Ada Example")


def test_the_user_block_is_printed_and_the_identity_kept(run_verb: Run) -> None:
    first = run_verb("whoami", *ADA, "--vault-path", "~/vault")
    assert (first.code, first.err) == (0, "")
    lines = first.out.splitlines()
    assert lines[:2] == ["- **User:** Ada Example (ada)", "- **Email:** ada@example.org"]
    assert lines[2].endswith(f"(`{MACHINE}`)")
    assert "[WARNING]" not in first.out
    assert run_verb("whoami") == first
    assert json.loads(paths.identity_file().read_bytes()) == {
        "user": "ada",
        "email": "ada@example.org",
        "full_name": "Ada Example",
        "vault_path": "~/vault",
    }


def test_without_an_identity_it_says_how_to_set_it(run_verb: Run) -> None:
    ran = run_verb("whoami")
    assert ran.code == 0
    assert ran.out.splitlines()[-1].startswith("> [WARNING] no identity.json: using the OS account and git's user; ")


def test_the_report_conforms_to_its_schema_and_names_no_secret(run_verb: Run) -> None:
    ran = run_verb("whoami", "--json", SESSION_SYNC_MACHINE_UUID="")
    report = json.loads(ran.out)
    Draft202012Validator(json.loads((paths.SCHEMAS / "whoami-report.json").read_bytes())).validate(report)
    assert report["machine"]["hostname"] == report["machine"]["recorded_hostname"]
    kept = json.loads(paths.machine_file().read_bytes())
    assert kept["machine_uuid"] == report["machine"]["uuid"]
    for secret in (kept["nonce"], kept["salt"], kept["hardware_hash"], *kept["fingerprints"].values()):
        assert secret not in ran.out + ran.err
    assert "- **User:** Ada Example (ada)" in ran.err


def test_quiet_says_nothing(run_verb: Run) -> None:
    ran = run_verb("whoami", "--quiet")
    assert (ran.code, ran.out, ran.err) == (0, "", "")


@pytest.mark.parametrize(
    ("arguments", "uuid", "said"),
    [
        (("--user", ""), MACHINE, "session-sync: At 'user': must not be empty in identity.json\n"),
        ((), "nonsense", "session-sync: SESSION_SYNC_MACHINE_UUID is not a UUID; write it as "),
        (("--no-such-option",), MACHINE, "session-sync: unrecognized arguments"),
    ],
)
def test_wrong_usage_is_2_and_one_line(arguments: tuple[str, ...], uuid: str, said: str, run_verb: Run) -> None:
    ran = run_verb("whoami", *arguments, SESSION_SYNC_MACHINE_UUID=uuid)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith(said)
    assert not paths.identity_file().exists()


def test_refresh_accepts_a_renamed_machine(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.delenv(machine.VARIABLE)
    monkeypatch.setattr(hardware, "probe", lambda: hardware.Hardware("a" * 32, {"mac": "x1", "disk": "y2"}))
    monkeypatch.setattr(hardware, "hostname", lambda: "old-name")
    whoami.main([*ADA])
    before = machine.load()
    paths.identity_file().write_text(json.dumps({"user": "ada", "hostname": "old-name", "machine_uuid": before.uuid}))
    monkeypatch.setattr(hardware, "hostname", lambda: "new-name")
    capsys.readouterr()
    whoami.main([])
    assert capsys.readouterr().out.count("> [WARNING] ") == 2
    whoami.main(["--refresh"])
    assert "[WARNING]" not in capsys.readouterr().out
    whoami.main(["--json", "--quiet"])
    report = json.loads(capsys.readouterr().out)
    assert report["warnings"] == []
    assert report["machine"]["recorded_hostname"] == "new-name"
    assert report["machine"]["uuid"] == before.uuid


def test_the_real_host_name_is_shown(run_verb: Run) -> None:
    name = socket.gethostname()
    assert f"**Machine:** {name} (`{MACHINE}`)" in run_verb("whoami").out


@pytest.mark.parametrize("mark", ["identity.json", "session-sync.yaml"])
def test_a_shared_tree_is_found_from_any_folder_in_it(mark: str, tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    (tree / "projects" / "PILOT").mkdir(parents=True)
    (tree / ".claude").mkdir()
    (tree / ".claude" / mark).write_text("{}")
    assert whoami.shared_tree(tree) is None  # no git working tree
    (tree / ".git").mkdir()
    assert whoami.shared_tree(tree) == tree
    assert whoami.shared_tree(tree / "projects" / "PILOT") == tree
    (tree / "projects" / ".git").write_text("gitdir: ../../elsewhere\n")
    assert whoami.shared_tree(tree / "projects" / "PILOT") is None  # a repository of its own


def test_the_identity_of_the_shared_tree_is_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "tree" / ".claude").mkdir(parents=True)
    (tmp_path / "tree" / ".git").mkdir()
    bob = {"user": "bob", "email": "bob@example.org", "full_name": "Bob Tree"}
    (tmp_path / "tree" / ".claude" / "identity.json").write_text(json.dumps(bob))
    monkeypatch.chdir(tmp_path / "tree")
    whoami.main([])
    assert capsys.readouterr().out.startswith("- **User:** Bob Tree (bob)\n")
