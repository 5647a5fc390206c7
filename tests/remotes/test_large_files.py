"""Git LFS in a shared tree: its files reach the remote's own store, though no hook runs."""

from __future__ import annotations

import pytest

from support.members import Member, Team
from support.templates import expand

SECRET = expand("ghp_<<alnum:36>>", "tree")
LINE = f"token = {SECRET}\n"


def test_what_belongs_in_lfs_waits_until_it_is_set_up(team: Team, ada: Member, bob: Member) -> None:
    ada.commit(".gitattributes", "*.psd filter=lfs diff=lfs merge=lfs -text\n")
    ada.write("design.psd", b"\0picture" * 100)
    [left] = ada.sync().tree["left"]
    assert "git lfs install" in left["reason"]
    assert "design.psd" not in team.paths()
    ada.git("lfs", "install", "--local")
    assert ada.sync().tree["left"] == []
    pointer = team.text("design.psd")
    assert pointer.startswith("version https://git-lfs.github.com/spec/v1\n")
    oid = pointer.split("sha256:")[1].split("\n")[0]
    stored = team.remote.path / "lfs" / "objects" / oid[:2] / oid[2:4] / oid
    assert stored.read_bytes() == b"\0picture" * 100
    bob.git("lfs", "install", "--local")
    bob.sync()
    assert (bob.tree / "design.psd").read_bytes() == b"\0picture" * 100
    assert bob.status() == ""


@pytest.mark.parametrize("is_skipping", [False, True])
def test_what_goes_to_lfs_is_checked_too(team: Team, ada: Member, bob: Member, is_skipping: bool) -> None:
    ada.git("lfs", "install", "--local", *(["--skip-smudge"] if is_skipping else []))
    bob.commit(".gitattributes", "*.env filter=lfs -text\n")
    bob.sync()
    ada.sync()
    ada.write("a.env", LINE)
    ada.write("fine.env", "fine\n")
    assert {one["path"] for one in ada.sync().tree["withheld"]} == {"a.env"}
    assert "fine.env" in team.paths()
    stored = [path for path in (team.remote.path / "lfs").rglob("*") if path.is_file()]
    assert SECRET.encode() not in b"".join(path.read_bytes() for path in stored)
