from __future__ import annotations

import shlex
import shutil
from pathlib import Path

import pytest

from session_sync.sync.tree import advice
from support.trees import Repo, begun


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    return begun(tmp_path / "the team's tree")


def test_the_tree_is_named_where_the_reader_is_not_in_it(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    named = f"git -C {shlex.quote(str(repo.root))} "
    monkeypatch.chdir(repo.root)
    assert advice.git(repo.root, "switch", "a branch") == "git switch 'a branch'"
    assert advice.git(repo.root, "add", path="a & b") == "git add -- 'a & b'"
    monkeypatch.chdir(repo.root / "folder")
    assert advice.git(repo.root, "add", path="b") == f"{named}add -- b"
    inner = begun(repo.root / "folder" / "vault")
    monkeypatch.chdir(inner.root)
    assert advice.git(repo.root, "switch", "main") == f"{named}switch main"
    assert advice.git(inner.root, "switch", "main") == "git switch main"
    monkeypatch.chdir(repo.root.parent)
    assert advice.git(repo.root, "switch", "main") == f"{named}switch main"


def test_a_reader_whose_folder_is_gone(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    place = repo.root / "gone"
    place.mkdir()
    monkeypatch.chdir(place)
    shutil.rmtree(place)
    assert advice.git(repo.root, "switch", "main").startswith("git -C ")
