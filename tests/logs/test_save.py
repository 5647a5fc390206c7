"""What the log of a session is called, what it holds, and when it is an update."""

from __future__ import annotations

import os
import re
import stat
import time
from pathlib import Path

import pytest
from filelock import FileLock

from session_sync.logs import session_log
from session_sync.text import outline
from support.homes import MACHINE, Home, Remote
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


def test_a_customers_log_is_the_owners_alone(home: Home) -> None:
    path = home.save("x", "--no-sync", project="cust-acme-x")
    assert path.parent.parent.name == "CUST-acme-x"
    modes = [stat.S_IMODE(one.stat().st_mode) for one in (path, path.parent, path.parent.parent)]
    assert modes == [0o600, 0o700, 0o700]


def test_a_topic_of_any_bytes_is_saved(home: Home) -> None:
    ran = home.run("save", "--project", "PILOT", "--topic", os.fsdecode(b"caf\xe9"), "--no-sync", stdin=narrative())
    assert ran.code == 0
    assert Path(ran.out.strip()).is_file()


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
