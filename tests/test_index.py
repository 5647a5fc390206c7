from __future__ import annotations

import os
from pathlib import Path

from session_sync.index import UNSEEN, Index
from session_sync.store import Log


def log(path: Path, age: float = 100) -> Log:
    path.write_bytes(b"x")
    then = path.stat().st_mtime - age
    os.utime(path, (then, then))
    return Log("PILOT", "m", path.name, str(path), path.stat())


def test_a_log_is_known_until_it_changes(tmp_path: Path) -> None:
    one = log(tmp_path / "a.md")
    with Index(tmp_path / "index") as index:
        index.record([(one, "blob", [])], {"head": "h"})
    with Index(tmp_path / "index") as index:
        assert index.entries()[one.key].matches(one)
        assert index.fact("head") == "h"
        assert not index.entries()[one.key].matches(log(tmp_path / "a.md", age=50))


def test_a_file_that_just_changed_is_read_again(tmp_path: Path) -> None:
    one = log(tmp_path / "a.md", age=0)
    with Index(tmp_path / "index") as index:
        index.record([(one, "blob", [])], {})
        assert not index.entries()[one.key].matches(one)


def test_findings_are_kept_without_values(tmp_path: Path) -> None:
    one = log(tmp_path / "a.md")
    with Index(tmp_path / "index") as index:
        index.record([(one, "", [(3, "email")])], {})
        assert index.entries()[one.key].findings == [(3, "email")]
        assert index.count() == 0


def test_a_rebuilt_index_knows_blobs_but_no_files(tmp_path: Path) -> None:
    with Index(tmp_path / "index") as index:
        index.record([(log(tmp_path / "a.md"), "blob", [])], {})
        index.rebuild({b"projects/P/b.md": "other"}, "h")
        assert index.entries() == {b"projects/P/b.md": (-1, -1, UNSEEN, "other", [])}
        assert not index.entries()[b"projects/P/b.md"].seen
        assert index.fact("head") == "h"


def test_a_file_that_is_damaged_further_in_is_made_anew(tmp_path: Path) -> None:
    with Index(tmp_path / "index") as index:
        index.rebuild({b"%d" % number: "x" * 40 for number in range(2000)}, "h")
    with (tmp_path / "index").open("r+b") as stream:
        stream.seek(8192)
        stream.write(b"\xff" * 8192)
    with Index(tmp_path / "index") as index:
        assert index.entries() == {}


def test_a_damaged_file_is_made_anew(tmp_path: Path) -> None:
    (tmp_path / "index").write_bytes(b"no database at all" * 50)
    with Index(tmp_path / "index") as index:
        assert index.entries() == {}
