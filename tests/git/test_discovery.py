"""Where a repository is, by what lies there: a folder that is simply in none is told without git."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from session_sync.git import discovery
from session_sync.git.discovery import Untold
from session_sync.git.run import Git
from support.trees import Repo


def test_the_nearest_folder_with_a_repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert discovery.holder(tmp_path) is None
    inner = Repo(tmp_path / "outer").root / "inner/deep"
    inner.mkdir(parents=True)
    assert discovery.holder(inner) == tmp_path / "outer"
    (tmp_path / "outer/inner/.git").write_text("gitdir: nowhere\n")
    assert discovery.holder(inner) == inner.parent
    (tmp_path / "link").symlink_to(inner)
    assert discovery.holder(tmp_path / "link") == inner.parent
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", f"relative{os.pathsep}{inner.parent}")
    assert discovery.holder(inner) is None
    assert discovery.holder(inner.parent) == inner.parent  # where one is counts itself


@pytest.mark.parametrize("make", [Path.mkdir, os.mkfifo])
def test_what_git_takes_for_none_is_none(make: object, tmp_path: Path) -> None:
    assert callable(make)
    make(tmp_path / ".git")
    assert discovery.holder(tmp_path) is None


def test_a_bare_repository_holds_itself(tmp_path: Path) -> None:
    Git().run("init", "-q", "--bare", str(tmp_path / "bare.git"))
    assert discovery.holder(tmp_path / "bare.git/refs/heads") == tmp_path / "bare.git"
    assert discovery.is_bare(tmp_path / "bare.git")
    assert not discovery.is_bare(tmp_path)


def test_a_link_that_leads_nowhere_or_in_a_loop_is_not_taken_for_none(tmp_path: Path) -> None:
    link = tmp_path / ".git"
    for target, said in (("gone", "is a link to what is not there"), (".git", "Too many levels of symbolic links")):
        link.symlink_to(target)
        with pytest.raises(Untold, match=said):
            discovery.holder(tmp_path)
        link.unlink()
