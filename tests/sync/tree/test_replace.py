"""Files that change places, also where no rename can reach."""

from __future__ import annotations

from pathlib import Path

import pytest

from session_sync.sync.tree.look import look
from session_sync.sync.tree.replace import Changed, Replacement
from support.rooms import another_disk


def spare(number: int) -> str:
    return f".{number:016x}.tmp"


def tree(root: Path) -> dict[str, str]:
    return {str(path.relative_to(root)): path.read_text() for path in root.rglob("*") if path.is_file()}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    made = tmp_path / "root"
    (made / "folder").mkdir(parents=True)
    for name in ("changes", "goes", "folder/in"):
        (made / name).write_text(f"old {name}")
    return made


def test_all_is_done_and_undone_across_disks(root: Path) -> None:
    with another_disk(root) as keep:
        for name in ("changes", "new"):
            (keep / name).write_text(f"new {name}")
        (keep / "link").symlink_to("changes")
        work = Replacement(root, keep, spare)
        gone = look(root / "goes")
        assert gone
        work.remove(0, root / "goes", gone)
        work.put(1, keep / "changes", root / "changes", look(root / "changes"))
        work.put(2, keep / "new", root / "made/here/new", None)
        work.put(3, keep / "link", root / "link", None)
        assert (root / "made/here/new").read_text() == "new new"
        assert (root / "link").read_text() == (root / "changes").read_text() == "new changes"
        assert not (root / "goes").exists()
        work.check()
        work.undo()
        assert work.written_to() == []
    assert tree(root) == {name: f"old {name}" for name in ("changes", "goes", "folder/in")}
    assert not (root / "made").exists()


def test_a_file_that_changed_stays_and_no_copy_of_ours_does(root: Path) -> None:
    before = look(root / "changes")
    with another_disk(root) as keep:
        (keep / "changes").write_text("new")
        (root / "changes").write_text("mine")
        with pytest.raises(Changed):
            Replacement(root, keep, spare).put(1, keep / "changes", root / "changes", before)
    assert tree(root)["changes"] == "mine"
    assert not list(root.glob(".*"))


def test_what_is_in_the_way_stays(root: Path, tmp_path: Path) -> None:
    (tmp_path / "keep").mkdir()
    (tmp_path / "keep/x").write_text("new")
    (root / "elsewhere").symlink_to(tmp_path)
    for name in ("changes", "folder", "changes/x", "elsewhere/x"):
        with pytest.raises(Changed):
            Replacement(root, tmp_path / "keep", spare).put(1, tmp_path / "keep/x", root / name, None)
    assert not (tmp_path / "x").exists()
    assert (tmp_path / "keep/x").read_text() == "new"
