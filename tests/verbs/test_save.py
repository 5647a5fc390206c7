from __future__ import annotations

import json
import subprocess
import time
from pathlib import Path

import pytest
from filelock import FileLock
from jsonschema import validate

from session_sync.home import lock, paths
from support.homes import MACHINE, Home, Remote
from support.members import Member, Team
from support.narratives import narrative


def test_the_session_is_known_from_the_clients_environment(home: Home) -> None:
    ran = [
        home.run("save", "--project", "P", "--no-sync", stdin=narrative(), CLAUDE_CODE_SESSION_ID="abc").out
        for _ in "12"
    ]
    assert ran[0] == ran[1]


def test_a_nul_in_the_narrative_is_dropped(home: Home) -> None:
    path = home.save("x", "--no-sync", body=narrative(Key_Decisions="a\0b"))
    assert b"\0" not in path.read_bytes()


def test_a_customers_own_log_passes_with_the_users_address_in_it(home: Home, remote: Remote) -> None:
    home.run("whoami", "--user", "ada", "--email", "ada@navy.mil", "--full-name", "Ada")
    home.save("x", project="CUST-acme-x")
    assert b"ada@navy.mil" in b"".join(remote.files("main").values())


def test_a_withheld_log_is_saved_and_said(home: Home, remote: Remote) -> None:
    body = narrative(Key_Decisions="call grace.hopper@navy.mil")
    ran = home.run("save", "--project", "CUST-acme-x", "--topic", "x", stdin=body)
    assert ran.code == 0
    assert Path(ran.out.strip()).is_file()
    assert "withheld CUST-acme-x/" in ran.err
    assert "hopper" not in ran.err
    assert b"hopper" not in remote.everything()


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("", "the narrative is empty"),
        ("just text", "the narrative lacks '## Session Summary'"),
        (narrative(Reference_Information=None), "lacks '## Reference Information'"),
    ],
)
def test_a_wrong_narrative_is_one_line_and_leaves_nothing(home: Home, body: str, said: str) -> None:
    ran = home.run("save", "--project", "PILOT", "--topic", "x", stdin=body)
    assert (ran.code, ran.out) == (2, "")
    assert said in ran.err
    assert ran.err.count("\n") == 1
    assert list(home.path.rglob("*.md")) == []
    assert not (home.path / "spool").exists() or list((home.path / "spool").iterdir()) == []


def test_without_a_remote_it_is_saved_all_the_same(tmp_path: Path) -> None:
    home = Home(tmp_path / "new", MACHINE)
    ran = home.run("save", "--project", "PILOT", "--topic", "x", stdin=narrative())
    assert (ran.code, ran.err) == (0, "saved; no remote yet\n")
    assert Path(ran.out.strip()).is_file()


@pytest.mark.parametrize(("file", "code"), [("config.yaml", 2), ("identity.json", 0)])
def test_a_broken_setting_never_keeps_a_log_from_being_saved(home: Home, file: str, code: int) -> None:
    (home.path / file).write_text("remote: [")
    ran = home.run("save", "--project", "PILOT", "--topic", "x", stdin=narrative())
    assert ran.code in (code, 2)
    assert Path(ran.out.strip()).is_file()
    assert file in ran.err


def test_a_reader_who_went_away_does_not_keep_the_log_from_being_synced(home: Home, remote: Remote) -> None:
    saving = home.start("save", "--project", "PILOT", "--topic", "x")
    assert saving.stdin is not None
    assert saving.stdout is not None
    saving.stdout.close()
    saving.stdin.write(narrative().encode())
    saving.stdin.close()
    assert saving.wait(120) == 0
    assert saving.stderr is not None
    assert b"synced 1 session log from" in saving.stderr.read()
    saving.stderr.close()
    assert len(remote.files("main")) == 1


def test_a_round_that_began_before_the_log_was_whole_is_not_taken_for_its_own(home: Home, remote: Remote) -> None:
    """While the save waits for its turn to write, another caller syncs: the log must be on the remote all the same."""
    lock_file = home.path / "state" / "save.lock"
    lock_file.parent.mkdir(mode=0o700, exist_ok=True)
    with FileLock(lock_file):
        saving = home.start("save", "--project", "PILOT", "--topic", "x")
        assert saving.stdin is not None
        saving.stdin.write(narrative().encode())
        saving.stdin.close()
        time.sleep(1)
        home.sync()
    assert saving.wait(120) == 0
    for pipe in (saving.stdout, saving.stderr):
        assert pipe is not None
        pipe.close()
    assert len(remote.files("main")) == 1


def test_the_report_follows_its_schema(home: Home) -> None:
    schema = json.loads((paths.SCHEMAS / "save-report.json").read_bytes())
    for arguments in ((), ("--no-sync",)):
        ran = home.run("save", "--project", "P", "--topic", "x", "--json", *arguments, stdin=narrative())
        report = json.loads(ran.out)
        validate(report, schema)
        assert Path(report["path"]).is_file()


def test_a_draft_is_removed_once_it_is_saved_and_kept_otherwise(home: Home, tmp_path: Path) -> None:
    draft = tmp_path / "draft.md"
    draft.write_text("no sections")
    wrong = home.run("save", "--project", "P", "--topic", "x", "--draft", str(draft))
    assert wrong.code == 2
    assert draft.is_file()
    draft.write_text(narrative())
    home.save("x", "--draft", str(draft), body="ignored")
    assert not draft.exists()
    missing = home.run("save", "--project", "P", "--topic", "x", "--draft", str(draft))
    assert missing.code == 2
    assert "cannot read the draft" in missing.err


def test_the_project_is_the_repository_by_default(home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    subprocess.run(["git", "init", "-q", tmp_path / "thing"], check=True)
    found = []
    for folder in (tmp_path / "thing", tmp_path):
        monkeypatch.chdir(folder)
        ran = home.run("save", "--topic", "x", "--no-sync", stdin=narrative())
        found.append(Path(ran.out.strip()).parent.parent.name)
    assert found == ["thing", "general"]


def test_a_save_that_cannot_sync_in_time_is_deferred_and_whole(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SESSION_SYNC_HOME", str(home.path))
    with lock._try_lock(lock._round_lock()) as held:
        assert held
        path = home.save("x", "--wait", "0.2", code=75)
    assert path.is_file()
    home.sync()
    assert list((home.path / "spool").iterdir()) == []


def test_a_link_from_a_teammate_is_no_log_of_the_session(team: Team, ada: Member, bob: Member, tmp_path: Path) -> None:
    outside = tmp_path / "outside.md"
    outside.write_text('---\nsession_id: "s-1"\n---\n# of nobody\'s concern\n')
    link = bob.tree / "session-logs" / "2026-01-01-ada-x.md"
    link.parent.mkdir()
    link.symlink_to(outside)
    bob.sync()
    ada.sync()
    saved = ada.save("one", "--session-id", "s-1")
    assert not saved.report["updated"]
    assert not saved.path.is_symlink()
    assert "concern" not in team.text(f"session-logs/{saved.path.name}")
    assert team.text("session-logs/2026-01-01-ada-x.md") == str(outside)
    assert outside.read_text().endswith("concern\n")
