"""The index of an archive: a cache that may be lost at any time."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from session_sync.transcripts.archive.index import ArchiveEntry, ArchiveIndex


def entry(number: int, path: str = "a.md", **values: object) -> ArchiveEntry:
    return ArchiveEntry("claude", f"t{number}", "m", "f", "v", path, "PILOT", f"id{number}")._replace(**values)  # type: ignore[arg-type]


def test_what_is_recorded_is_there_for_the_next_one(tmp_path: Path) -> None:
    path = tmp_path / "state" / "index.sqlite"
    with ArchiveIndex(path) as index:
        index.record([entry(1), entry(2, "", error="gone", open_links=("x", "y"))])
        index.record([entry(1, "b.md")])
    with ArchiveIndex(path) as index:
        assert index.entries() == [entry(1, "b.md"), entry(2, "", error="gone", open_links=("x", "y"))]
        index.forget([entry(1)])
        assert [one.transcript for one in index.entries()] == ["t2"]
    assert path.stat().st_mode & 0o777 == 0o600


def test_sessions_are_found_by_their_own_ids(tmp_path: Path) -> None:
    with ArchiveIndex(tmp_path / "index.sqlite") as index:
        index.record([entry(1), entry(2, "")])
        assert index.path_of("claude", "id1") == "a.md"
        assert index.path_of("claude", "id2") == ""
        assert index.path_of("codex", "id1") == ""


@pytest.mark.parametrize("content", [b"no database" * 999, b"SQLite format 3\0" + b"\xff" * 5000])
def test_a_damaged_index_is_made_anew(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "index.sqlite"
    path.write_bytes(content)
    with ArchiveIndex(path) as index:
        assert index.entries() == []


def test_an_index_of_another_format_is_made_anew(tmp_path: Path) -> None:
    path = tmp_path / "index.sqlite"
    with sqlite3.connect(path) as database:
        database.execute("PRAGMA user_version = 99")
    with ArchiveIndex(path) as index:
        index.record([entry(1)])
        assert len(index.entries()) == 1
