"""Git LFS in a shared tree: its files reach the remote's own store, though no hook runs."""

from __future__ import annotations

from members import Member, Team


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
