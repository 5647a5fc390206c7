from __future__ import annotations

import inspect
from collections.abc import Callable
from pathlib import Path

import pytest

from session_sync.errors import UsageError
from session_sync.home import paths

ELSEWHERE = {"drafts", "user_commands"}  # where agents look for them


@pytest.mark.parametrize(
    ("chosen", "place"), [("", "~/.session-sync"), ("~/own", "~/own"), ("x/../own", "own"), ("/abs/own/", "/abs/own")]
)
def test_the_home_is_the_chosen_one(chosen: str, place: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SESSION_SYNC_HOME", chosen)
    assert paths.home() == Path.cwd() / Path(place).expanduser()


def test_the_folder_of_somebody_unknown_is_an_error_and_no_folder_of_that_name(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SESSION_SYNC_HOME", "~nobody-of-this-name/home")
    with pytest.raises(UsageError, match="~nobody-of-this-name/home: nobody is known by that name"):
        paths.home()


def test_everything_of_ours_is_in_the_home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SESSION_SYNC_HOME", str(tmp_path))
    places = {
        name: place()
        for name, place in inspect.getmembers(paths, inspect.isfunction)
        if not inspect.signature(place).parameters
    }
    assert len(places) > 25
    assert {name for name, place in places.items() if not place.is_relative_to(tmp_path)} == ELSEWHERE
    assert len(set(places.values())) == len(places)


def test_agents_find_drafts_and_commands_where_they_look_for_them(
    monkeypatch: pytest.MonkeyPatch, sealed_home: Path
) -> None:
    monkeypatch.setenv("SESSION_SYNC_HOME", "/elsewhere")
    assert paths.drafts() == sealed_home / ".session-sync" / "drafts"
    assert paths.user_commands() == sealed_home / ".claude" / "commands"
    monkeypatch.delenv("CLAUDE_CONFIG_DIR")
    assert paths.user_commands() == sealed_home / ".claude" / "commands"


@pytest.mark.parametrize("place", [paths.trusted_identity, paths.notes_seen, paths.archive_index])
def test_what_belongs_to_a_folder_is_found_from_anywhere(
    place: Callable[[Path], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert place(Path("tree")) == place(tmp_path / "tree") == place(tmp_path / "x" / ".." / "tree")
    assert place(tmp_path / "tree") != place(tmp_path / "Tree2")
