from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from session_sync.errors import UserError
from session_sync.home import files
from session_sync.logs.store import Log
from session_sync.sync_logs.repository.index import UNSEEN, Index


def log(path: Path, text: bytes = b"x") -> Log:
    path.write_bytes(text)
    return Log("PILOT", "m", path.name, str(path), path.stat())


@pytest.fixture
def old(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take every file for old enough to be trusted."""
    monkeypatch.setattr(files, "YOUNG", -(10**12))


def test_a_log_is_known_until_it_changes(tmp_path: Path, old: None) -> None:
    one = log(tmp_path / "a.md")
    with Index(tmp_path / "index", "1") as index:
        index.record([(one, "blob", [])], {"head": "h"})
    with Index(tmp_path / "index", "1") as index:
        assert index.entries()[one.key].matches(one)
        assert index.fact("head") == "h"
        assert not index.entries()[one.key].matches(log(tmp_path / "a.md", b"other"))


def test_a_file_that_just_changed_is_read_again(tmp_path: Path) -> None:
    one = log(tmp_path / "a.md")
    with Index(tmp_path / "index", "1") as index:
        index.record([(one, "blob", [])], {})
        assert not index.entries()[one.key].matches(one)


def test_findings_are_kept_without_values(tmp_path: Path) -> None:
    one = log(tmp_path / "a.md")
    with Index(tmp_path / "index", "1") as index:
        index.record([(one, "", [(3, "email")])], {})
        assert index.entries()[one.key].findings == [(3, "email")]
        assert index.count("projects") == 0


def test_findings_of_another_scanner_are_looked_for_again(tmp_path: Path, old: None) -> None:
    one = log(tmp_path / "a.md")
    with Index(tmp_path / "index", "1") as index:
        index.record([(one, "", [(3, "email")])], {})
        assert index.entries()[one.key].matches(one)
    with Index(tmp_path / "index", "2") as index:
        assert not index.entries()[one.key].matches(one)


def test_a_rebuilt_index_knows_blobs_but_no_files(tmp_path: Path) -> None:
    with Index(tmp_path / "index", "1") as index:
        index.record([(log(tmp_path / "a.md"), "blob", [])], {})
        index.rebuild({b"projects/P/b.md": "other"}, "h")
        assert index.entries() == {b"projects/P/b.md": (-1, -1, UNSEEN, "other", [])}
        assert not index.entries()[b"projects/P/b.md"].seen
        assert index.fact("head") == "h"


def test_a_file_of_another_format_is_made_anew(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "index") as database:
        database.execute("CREATE TABLE logs (key BLOB, mtime INTEGER)")
    database.close()
    with Index(tmp_path / "index", "1") as index:
        assert index.entries() == {}


def test_a_file_that_another_process_holds_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Index(tmp_path / "index", "1") as index:
        index.rebuild({b"projects/P/b.md": "other"}, "h")
    holder = sqlite3.connect(tmp_path / "index", isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")
    connect = sqlite3.connect
    monkeypatch.setattr(sqlite3, "connect", lambda path, timeout: connect(path, timeout=timeout / 50))
    with pytest.raises(UserError, match="locked"):
        Index(tmp_path / "index", "1")
    holder.close()
    with Index(tmp_path / "index", "1") as index:
        assert index.count("projects") == 1


def test_a_file_that_is_damaged_further_in_is_made_anew(tmp_path: Path) -> None:
    with Index(tmp_path / "index", "1") as index:
        index.rebuild({b"%d" % number: "x" * 40 for number in range(2000)}, "h")
    with (tmp_path / "index").open("r+b") as stream:
        stream.seek(8192)
        stream.write(b"\xff" * 8192)
    with Index(tmp_path / "index", "1") as index:
        assert index.entries() == {}


def test_a_damaged_file_is_made_anew(tmp_path: Path) -> None:
    (tmp_path / "index").write_bytes(b"no database at all" * 50)
    with Index(tmp_path / "index", "1") as index:
        assert index.entries() == {}


def test_a_read_only_index_changes_no_file(tmp_path: Path) -> None:
    with Index(tmp_path / "none", "1", read_only=True) as index:
        assert index.entries() == {}
    (tmp_path / "damaged").write_bytes(b"no database at all" * 50)
    with Index(tmp_path / "damaged", "1", read_only=True) as index:
        assert index.count("projects") == 0
    with Index(tmp_path / "index", "1") as index:
        index.rebuild({b"projects/P/b.md": "other"}, "h")
    with Index(tmp_path / "index", "1", read_only=True) as index:
        assert index.count("projects") == 1
        assert index.fact("head") == "h"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["damaged", "index"]
