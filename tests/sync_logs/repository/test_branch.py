"""Who writes to a machine's branch: the machine, or another one with the same UUID."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from support.homes import MACHINE, OWN, Home, Remote, make_machine
from support.narratives import narrative


@pytest.fixture
def first(tmp_path: Path, remote: Remote, compiled_rules: Path) -> Home:
    """A machine whose UUID is derived, not fixed."""
    return make_machine(tmp_path / "a", "", remote, compiled_rules)


@pytest.fixture
def twin(tmp_path: Path, remote: Remote, compiled_rules: Path) -> Home:
    """Another machine with the UUID of `home`."""
    return make_machine(tmp_path / "twin", MACHINE, remote, compiled_rules)


def uuid_of(home: Home) -> str:
    return str(json.loads((home.path / "machine-id.json").read_bytes())["machine_uuid"])


def contents(remote: Remote, ref: str = "main") -> list[bytes]:
    return sorted(remote.files(ref).values())


def test_a_copied_home_gets_a_uuid_of_its_own_and_loses_nothing(first: Home, tmp_path: Path, remote: Remote) -> None:
    shared = first.save("shared")
    shutil.copytree(first.path, tmp_path / "b")
    second = Home(tmp_path / "b")
    one = first.save("same topic", body=narrative(Key_Decisions="the first's"))
    two = second.save("same topic", body=narrative(Key_Decisions="the copy's"))
    assert uuid_of(first) != uuid_of(second)
    assert json.loads((second.path / "machine-id.json").read_bytes())["previous_uuids"] == [uuid_of(first)]
    assert contents(remote) == sorted(path.read_bytes() for path in (shared, one, two))
    first.save("again")
    second.save("again")
    assert len(contents(remote)) == 5


def test_the_copy_says_that_it_changed_its_uuid(first: Home, tmp_path: Path, remote: Remote) -> None:
    first.save("one")
    shutil.copytree(first.path, tmp_path / "b")
    first.save("two")
    second = Home(tmp_path / "b")
    second.save("three", "--no-sync")
    old = uuid_of(second)
    assert f"another machine uses the UUID {old}; this one is" in second.sync().out


def test_unpushed_commits_of_the_copy_are_carried_over(first: Home, tmp_path: Path, remote: Remote) -> None:
    first.save("one")
    shutil.copytree(first.path, tmp_path / "b")
    first.save("two")
    second = Home(tmp_path / "b")
    away = remote.path.rename(tmp_path / "away.git")
    lost = second.save("three", code=75)
    text = lost.read_bytes()
    lost.unlink()  # committed here, then removed from the store before anybody pushed it
    away.rename(remote.path)
    second.sync()
    assert text in contents(remote)
    subjects = remote.git("log", "--format=%s", f"machines/{uuid_of(second)}").decode().splitlines()
    assert f"chore(logs): carry over 1 file of {uuid_of(first)}" in subjects


def test_two_containers_with_one_given_uuid_keep_both_logs(home: Home, twin: Home, remote: Remote) -> None:
    for number, one in enumerate((home, twin, home, twin)):
        one.save("same topic", body=narrative(Key_Decisions=f"decision {number}"))
    assert contents(remote, OWN) == contents(remote)
    assert sorted(text.partition(b"decision ")[2][:1] for text in contents(remote)) == [b"0", b"1", b"2", b"3"]


def test_updates_of_twins_never_replace_each_other(home: Home, twin: Home, remote: Remote) -> None:
    for number in range(3):
        home.save(f"round {number}", "--session-id", "mine")
        twin.save(f"round {number}", "--session-id", "theirs")
    texts = contents(remote, OWN)
    assert len(texts) == 2
    assert all(text.count(b"## Update:") == 2 for text in texts)


def test_copies_of_one_image_lose_nothing_to_each_other(home: Home, tmp_path: Path, remote: Remote) -> None:
    """They share the nonce too, which therefore proves nothing."""
    home.run("whoami")
    copies = [Home(tmp_path / f"copy{number}", MACHINE) for number in range(4)]
    for copy in copies:
        shutil.copytree(home.path, copy.path)
    for number, copy in enumerate(copies):
        copy.save("same topic", body=narrative(Key_Decisions=f"decision {number}"))
    texts = contents(remote, OWN)
    assert sorted(text.partition(b"decision ")[2][:1] for text in texts) == [b"0", b"1", b"2", b"3"]
    assert texts == contents(remote)


def test_a_container_started_again_with_its_uuid_goes_on(home: Home, twin: Home, remote: Remote) -> None:
    home.save("first life")
    twin.save("second life")
    assert len(contents(remote, OWN)) == 2


def test_a_home_restored_from_a_backup_goes_on(home: Home, tmp_path: Path, remote: Remote) -> None:
    home.save("one", "--session-id", "s")
    shutil.copytree(home.path, tmp_path / "backup")
    home.save("two", "--session-id", "s")
    home.save("three")
    shutil.rmtree(home.path)
    (tmp_path / "backup").rename(home.path)
    home.save("four")
    texts = contents(remote, OWN)
    assert sum(b"# four" in text for text in texts) == 1
    assert sum(b"# three" in text for text in texts) == 1
    assert any(b"## Update:" in text for text in texts)  # the restored older log did not replace its update
    assert len(texts) == 3


@pytest.mark.parametrize("work", ["none", "waiting"])
def test_a_restored_home_heals_without_a_word_of_another_machine(
    first: Home, tmp_path: Path, remote: Remote, work: str
) -> None:
    first.save("one")
    shutil.copytree(first.path, tmp_path / "backup")
    first.save("two")
    shutil.rmtree(first.path)
    (tmp_path / "backup").rename(first.path)
    uuid = uuid_of(first)
    if work == "waiting":
        away = remote.path.rename(tmp_path / "away.git")
        first.save("three", code=75)
        away.rename(remote.path)
    else:
        first.save("three", "--no-sync")
    ran = first.sync()
    assert "another machine" not in ran.out
    assert "restored from a backup?" in ran.out
    assert uuid_of(first) == uuid
    assert len(contents(remote)) == len(contents(remote, f"machines/{uuid}")) == 3
    assert "WARNING" not in first.sync().out


def test_a_twin_of_a_restored_home_is_found(first: Home, tmp_path: Path, remote: Remote) -> None:
    """A copy at the same place, on another computer, looks like a restored home: the one that works on notices."""
    first.save("one")
    shutil.copytree(first.path, tmp_path / "copy")
    first.save("two")
    first.path.rename(tmp_path / "first")
    (tmp_path / "copy").rename(first.path)
    old = uuid_of(first)
    first.save("three")
    first.path.rename(tmp_path / "copy")
    (tmp_path / "first").rename(first.path)
    first.save("four", "--no-sync")
    assert f"another machine uses the UUID {old}" in first.sync().out
    assert len(contents(remote)) == 4


def test_hardware_that_changed_brings_the_logs_along(tmp_path: Path, remote: Remote, compiled_rules: Path) -> None:
    home = make_machine(tmp_path / "a", "", remote, compiled_rules)
    first = home.save("one")
    old = uuid_of(home)
    record = json.loads((home.path / "machine-id.json").read_bytes())
    record.update(machine_uuid="99999999-9999-4999-8999-999999999999", previous_uuids=[old])
    (home.path / "machine-id.json").write_text(json.dumps(record))
    second = home.save("two")
    assert second.parent.name == "99999999-9999-4999-8999-999999999999"
    assert contents(remote) == sorted([first.read_bytes(), second.read_bytes()])
