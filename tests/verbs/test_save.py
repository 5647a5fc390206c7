from __future__ import annotations

import json
import os
import re
import stat
import subprocess
import time
from pathlib import Path

import pytest
from filelock import FileLock
from jsonschema import validate

from session_sync.home import lock, paths
from session_sync.logs import session_log
from session_sync.text import outline
from support.homes import MACHINE, Home, Remote
from support.members import Member, Team
from support.narratives import SECTIONS, narrative


def whoami(home: Home) -> str:
    return home.run("whoami").out


def test_a_log_has_front_matter_title_user_and_sections_in_order(home: Home) -> None:
    text = home.save("First steps", "--session-id", "s-1").read_text()
    head, title, rest = text.partition("\n# First steps\n")
    assert head.startswith("---\n")
    assert title
    for fact in ('topic: "First steps"', 'project: "PILOT"', f'machine: "{MACHINE}"', 'session_id: "s-1"'):
        assert fact in head
    assert [section.title for section in outline.sections(rest)] == ["User", *SECTIONS]
    assert f"## User\n\n{whoami(home)}\n## Session Summary" in rest


def test_the_name_tells_day_user_and_topic(home: Home) -> None:
    names = [home.save("Fix: the Login!", "--no-sync").name for _ in range(3)]
    day = time.strftime("%Y-%m-%d")
    assert names == [f"{day}-ada-fix-the-login{tail}.md" for tail in ("", "-2", "-3")]


def test_the_same_session_updates_its_log(home: Home, remote: Remote) -> None:
    first = home.save("one", "--session-id", "s-1")
    before = first.read_bytes()
    again = home.save("two", "--session-id", "s-1", body="### Just this\n\nand that\n")
    assert again == first
    text = first.read_text()
    assert text.encode().startswith(before.rstrip(b"\n"))
    assert re.search(r"\n## Update: \d\d:\d\d \w+ — two\n\n#### Just this\n\nand that\n$", text)
    assert list(remote.files("main").values()) == [text.encode()]


def test_an_update_has_no_second_user_section(home: Home) -> None:
    path = home.save("one", "--session-id", "s-1", "--no-sync")
    home.save("two", "--session-id", "s-1", "--no-sync", body="## User\n\nforged\n\n" + narrative())
    text = path.read_text()
    assert text.count("## User") == 1
    assert "forged" not in text
    assert "### Session Summary" in text


def test_another_project_or_session_has_a_log_of_its_own(home: Home) -> None:
    paths_ = {
        home.save("one", "--session-id", session, "--no-sync", project=project)
        for session, project in (("a", "PILOT"), ("b", "PILOT"), ("a", "OTHER"))
    }
    assert len(paths_) == 3


def test_the_session_is_known_from_the_clients_environment(home: Home) -> None:
    ran = [
        home.run("save", "--project", "P", "--no-sync", stdin=narrative(), CLAUDE_CODE_SESSION_ID="abc").out
        for _ in "12"
    ]
    assert ran[0] == ran[1]


@pytest.mark.parametrize("identifier", ["; rm -rf /", 'a"\n---\nuser: "root', "../../x", "x" * 500, "\u202e"])
def test_hostile_session_ids_are_only_text(home: Home, identifier: str) -> None:
    path = home.save("one", "--session-id", identifier, "--no-sync")
    assert home.save("two", "--session-id", identifier, "--no-sync") == path
    assert path.read_text().count("\n---\n") == 1


@pytest.mark.parametrize(
    "name", ["../../../etc/x", "-x", "x" * 300, "名前", "CON", "a\nb", "/abs", "..", "CUST-acme/../../x", "$(reboot)"]
)
def test_hostile_topics_and_projects_stay_in_the_store(home: Home, name: str) -> None:
    ran = home.run("save", f"--project={name}", f"--topic={name}", "--no-sync", stdin=narrative())
    assert ran.code == 0, ran
    path = Path(ran.out.rstrip("\n"))
    store = home.path / "session-logs" / "projects"
    assert path.is_file()
    assert path.parent.name == MACHINE
    assert path.parent.parent.parent == store
    assert path.resolve() == path


def test_a_line_may_begin_with_code_in_three_backticks(home: Home) -> None:
    path = home.save("x", "--no-sync", body=narrative(Key_Decisions="```make check``` is the command\nfrom now on"))
    assert [section.title for section in outline.sections(path.read_text())] == ["User", *SECTIONS]


def test_a_nul_in_the_narrative_is_dropped(home: Home) -> None:
    path = home.save("x", "--no-sync", body=narrative(Key_Decisions="a\0b"))
    assert b"\0" not in path.read_bytes()


def test_a_customers_log_is_the_owners_alone(home: Home) -> None:
    path = home.save("x", "--no-sync", project="cust-acme-x")
    assert path.parent.parent.name == "CUST-acme-x"
    modes = [stat.S_IMODE(one.stat().st_mode) for one in (path, path.parent, path.parent.parent)]
    assert modes == [0o600, 0o700, 0o700]


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


def test_a_topic_of_any_bytes_is_saved(home: Home) -> None:
    ran = home.run("save", "--project", "PILOT", "--topic", os.fsdecode(b"caf\xe9"), "--no-sync", stdin=narrative())
    assert ran.code == 0
    assert Path(ran.out.strip()).is_file()


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


def test_without_the_stores_lock_an_update_is_a_log_of_its_own(home: Home) -> None:
    first = home.save("one", "--session-id", "s", "--no-sync")
    before = first.read_bytes()
    lock_file = home.path / "state" / "save.lock"
    with FileLock(lock_file):
        second = home.save("two", "--session-id", "s", "--no-sync", constants={(session_log, "LOCK_LIMIT"): 0.1})
    assert second != first
    assert first.read_bytes() == before


def test_odd_entries_in_the_store_do_not_stop_a_save(home: Home) -> None:
    first = home.save("x", "--session-id", "s", "--no-sync")
    (first.parent / "zz.md").mkdir()
    os.mkfifo(first.parent / "zzz.md")
    assert home.save("y", "--session-id", "s", "--no-sync") == first


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
