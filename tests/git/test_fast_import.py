from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from session_sync.git.fast_import import blob_id
from session_sync.sync_logs.repository.repository import Repository


def test_blob_ids_are_gits(tmp_path: Path) -> None:
    for data in (b"", b"text\n", b"\0\xff"):
        asked = subprocess.run(["git", "hash-object", "--stdin"], input=data, capture_output=True, check=True).stdout
        assert blob_id(data) == asked.decode().strip()


def test_a_killed_importer_changes_nothing(tmp_path: Path) -> None:
    one = Repository("default", str(tmp_path))
    one.prepare()

    def import_half() -> None:
        with one.importer() as importer:
            importer.commit("refs/heads/x", ("a", "b"), "m", [], [("100644", importer.blob(b"data"), b"x")])
            raise RuntimeError

    with pytest.raises(RuntimeError):
        import_half()
    assert one.resolve("refs/heads/x") == ""


def test_authors_cannot_break_out_of_their_line(tmp_path: Path) -> None:
    one = Repository("default", str(tmp_path))
    one.prepare()
    with one.importer() as importer:
        importer.commit(
            "refs/heads/x", ("a\nfrom y", "<e>\n"), "m\n\nfrom y", [], [("100644", importer.blob(b"1"), b"x")]
        )
    assert one.run("log", "-1", "--format=%an|%ae|%B", "refs/heads/x").decode().strip() == "afrom y|e|m\n\nfrom y"
