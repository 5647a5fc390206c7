from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from session_sync.errors import UserError
from session_sync.git import query
from session_sync.git.run import Git
from support.trees import Repo, begun


def test_config_value_is_empty_when_unset() -> None:
    assert query.config_value("user.name") == "Ada Example"
    assert query.config_value("user.nothing") == ""


def test_a_repositorys_settings_count_only_when_asked_for_from_there(tmp_path: Path) -> None:
    repo = Repo(tmp_path / "tree")
    repo.git("config", "user.name", "Somebody Else")
    assert query.config_value("user.name", repo.root) == "Somebody Else"
    assert query.config_value("user.name") == "Ada Example"


def test_linked_work_trees_share_one_git_directory(tmp_path: Path) -> None:
    repo = begun(tmp_path / "tree")
    repo.git("worktree", "add", "-q", str(tmp_path / "linked"))
    for top in ("tree", "linked"):
        (tmp_path / top / "sub").mkdir()
        assert query.common_dir(tmp_path / top / "sub") == repo.root / ".git"
        assert query.worktree(tmp_path / top / "sub") == tmp_path / top


def test_a_git_of_before_2_31_is_asked_in_words_that_it_knows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    repo = begun(tmp_path / "tree")
    repo.git("worktree", "add", "-q", str(tmp_path / "linked"))
    program = tmp_path / "git"
    program.write_text(f'#!/bin/sh\ncase "$*" in *--path-format*) exit 129;; esac\nexec {shutil.which("git")} "$@"\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    for top in ("tree", "linked"):
        assert query.common_dir(tmp_path / top) == repo.root / ".git"


def test_where_no_work_tree_is_there_is_no_answer_and_no_error(tmp_path: Path) -> None:
    Git().run("init", "-q", "--bare", str(tmp_path / "bare.git"))
    for folder in (tmp_path, tmp_path / "bare.git"):
        assert query.worktree(folder) is None
        assert query.trusted_worktree(folder) is None
        assert query.config_value("remote.origin.url", folder) == ""
    assert query.common_dir(tmp_path) is None


def test_every_url_of_every_remote_is_told(tmp_path: Path) -> None:
    repo = Repo(tmp_path / "tree")
    repo.git("remote", "add", "origin", "https://host/a b.git")
    repo.git("remote", "add", "two", "git@host:x.git")
    repo.git("remote", "set-url", "--add", "two", "git@mirror:x.git")
    assert query.remotes(repo.root) == {
        "origin": [("https://host/a b.git",)],
        "two": [("git@host:x.git",), ("git@mirror:x.git",)],
    }


@pytest.mark.parametrize(("version", "is_enough"), [("2.9.5", False), ("2.31.0.windows.1", True), ("3.0", True)])
def test_a_git_that_is_too_old_is_named(
    version: str, is_enough: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "git"
    program.write_text(f"#!/bin/sh\necho git version {version}\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    if is_enough:
        query.check_version()
        return
    with pytest.raises(UserError, match=r"^git 2\.9 is too old; install git 2\.31 or later$"):
        query.check_version()
