"""What changed is committed, whatever the remote does, and pushed once it can be."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from support.homes import MACHINE, OWN, Home, Remote, give_rules, make_machine
from support.narratives import narrative


def test_a_vanished_log_stays_in_the_repository(home: Home, remote: Remote) -> None:
    first, second = home.save("one"), home.save("two")
    first.unlink()
    second.write_bytes(second.read_bytes() + b"\nmore\n")
    home.sync()
    assert set(remote.files(OWN)) == {f"{OWN}/projects/PILOT/{path.name}" for path in (first, second)}


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


def test_a_new_address_is_never_taken_for_the_old_one(home: Home) -> None:
    home.save("one")
    (home.path / "config.yaml").write_text("remote: /nowhere/new.git\n")
    assert "deferred" in home.sync(code=75).out


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
    give_rules(home.path, compiled_rules)
    home.sync()
    assert path.read_bytes() == edited
    if not uuid:
        assert list(remote.files(f"machines/{path.parent.name}").values()) == [edited]
