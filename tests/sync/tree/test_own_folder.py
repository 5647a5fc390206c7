from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from session_sync.errors import UserError
from session_sync.sync.tree import own_folder
from session_sync.sync.tree.tree import WorkTree
from support.members import Member
from support.narratives import narrative
from support.trees import begun

FORMS = ["group", "true", "1", "all", "world", "2", "0660", "0640", "0666", "umask", "false", "0", ""]


@pytest.mark.parametrize("umask", ["0002", "0022", "0077"])
@pytest.mark.parametrize("shared", FORMS)
def test_the_rights_are_those_that_git_gives(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, shared: str, umask: str
) -> None:
    monkeypatch.setenv("SESSION_SYNC_UMASK", umask)
    repo = begun(tmp_path / "tree")
    if shared:
        repo.git("config", "core.sharedRepository", shared)
    before = os.umask(int(umask, 8))
    repo.git("update-ref", "refs/other/made/by/git", "HEAD")
    os.umask(before)
    made = repo.root / ".git/refs/other/made/by"
    assert own_folder.mode(shared) == stat.S_IMODE((made / "git").stat().st_mode)
    os.umask(0o077)
    lock = WorkTree(repo.root).lock_file()
    os.umask(before)
    assert stat.S_IMODE(lock.stat().st_mode) == own_folder.mode(shared)
    assert stat.S_IMODE(lock.parent.stat().st_mode) == stat.S_IMODE(made.stat().st_mode)


def test_what_an_earlier_version_left_is_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SESSION_SYNC_UMASK", "0022")
    repo = begun(tmp_path / "tree")
    repo.git("config", "core.sharedRepository", "group")
    folder = repo.root / ".git/session-sync"
    folder.mkdir(0o700)
    (folder / "lock").touch(0o600)
    assert stat.S_IMODE(WorkTree(repo.root).lock_file().stat().st_mode) == 0o664
    assert stat.S_IMODE(folder.stat().st_mode) & 0o770 == 0o770


def test_a_folder_that_is_closed_to_us_is_told_with_the_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As another user's: it is not ours to open, and not to be looked into."""
    repo = begun(tmp_path / "tree")
    folder = repo.root / ".git/session-sync"
    folder.mkdir()
    monkeypatch.setattr(os, "geteuid", lambda: folder.stat().st_uid + 1)
    monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(UserError, match=rf"have them run chmod -R g\+rwX {folder}"):
        WorkTree(repo.root).lock_file()


def test_all_that_a_round_leaves_is_for_the_group(ada: Member) -> None:
    ada.git("config", "core.sharedRepository", "group")
    before = {path for path in (ada.tree / ".git").rglob("*") if path.is_file()}
    ada.write("x.txt")
    ada.sync(SESSION_SYNC_UMASK="0002")
    ada.run("save", "--topic", "one", stdin=narrative(), SESSION_SYNC_UMASK="0002")
    made = {path for path in (ada.tree / ".git").rglob("*") if path.is_file() and ".git/objects" not in str(path)}
    closed = [str(path) for path in made - before if path.stat().st_mode & 0o060 != 0o060]
    assert closed == []
    objects = [path for path in (ada.tree / ".git/objects").rglob("*") if path.is_file()]
    assert [path for path in objects if not path.stat().st_mode & 0o040] == []
