"""The machines on the remotes, by what each says of itself."""

from __future__ import annotations

import os

from support.homes import MACHINE, OTHER_MACHINE, Home, Remote


def test_everything_in_the_repository_is_listed(home: Home, other: Home) -> None:
    home.save("one")
    other.save("two")
    said = home.sync("--list-machines").out
    assert MACHINE in said
    assert OTHER_MACHINE in said
    assert os.uname().nodename in said


def test_out_of_reach_they_are_told_as_they_were_last_seen(home: Home, other: Home, remote: Remote) -> None:
    home.save("one")
    other.save("two")
    seen = home.sync("--list-machines").out
    remote.path.rename(remote.path.with_name("away.git"))
    said = home.sync("--list-machines").out
    assert said.startswith(f"{seen}[WARNING] as last seen: {remote.path}: ")
    assert said.count("\n") == 3
