"""A process always has a folder of its user, or says in one line that it has none."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from session_sync.errors import UsageError
from session_sync.home import paths, users_folder


@pytest.fixture
def nobody(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """A user whom the system does not know, as in a container with a uid of its own."""

    def unknown(uid: int) -> None:
        raise KeyError(uid)

    monkeypatch.setattr("pwd.getpwuid", unknown)
    monkeypatch.delenv("SESSION_SYNC_HOME")
    monkeypatch.delenv("HOME")
    return monkeypatch


@pytest.mark.parametrize("home", [None, ""])
def test_a_user_without_a_home_is_told_in_one_line(nobody: pytest.MonkeyPatch, home: str | None) -> None:
    if home is not None:
        nobody.setenv("HOME", home)
    with pytest.raises(UsageError, match=r"HOME is not set and .*; set HOME or SESSION_SYNC_HOME and run again"):
        users_folder.provide()


@pytest.mark.parametrize(("chosen", "users"), [("/srv/ada/.session-sync", "/srv/ada"), ("/srv/logs", "/srv/logs")])
def test_a_private_home_is_enough(nobody: pytest.MonkeyPatch, chosen: str, users: str) -> None:
    nobody.setenv("SESSION_SYNC_HOME", chosen)
    users_folder.provide()
    assert Path.home() == Path(users)
    assert paths.home() == Path(chosen)


def test_the_home_that_the_system_knows_counts_where_the_variable_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HOME")
    users_folder.provide()
    assert "HOME" not in os.environ
