from __future__ import annotations

from pathlib import Path

from session_sync.sync_logs.repository.repository import Repository


def test_what_a_killed_git_left_is_cleared(tmp_path: Path) -> None:
    one = Repository("default", str(tmp_path))
    one.prepare()
    with one.importer() as importer:
        importer.commit("refs/heads/x", ("a", "b"), "m", [], [("100644", importer.blob(b"1"), b"x")])
    lock = one.git_dir / "refs" / "heads" / "x.lock"
    lock.write_bytes(b"")
    one.prepare()
    with one.importer() as importer:
        importer.commit("refs/heads/x", ("a", "b"), "m", ["refs/heads/x^0"], [("100644", importer.blob(b"2"), b"x")])
    assert one.run("cat-file", "blob", "refs/heads/x:x") == b"2"
