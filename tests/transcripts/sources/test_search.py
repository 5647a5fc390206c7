"""What cannot be looked at is told, and keeps nothing else from being found."""

from __future__ import annotations

from pathlib import Path

from session_sync.transcripts.sources.search import Search


def test_what_is_there_is_listed_and_what_is_not_is_empty(tmp_path: Path) -> None:
    (tmp_path / "a").touch()
    search = Search()
    assert [entry.name for entry in search.entries(tmp_path)] == ["a"]
    assert search.entries(tmp_path / "gone") == search.entries(tmp_path / "a") == []
    assert search.problems == []


def test_a_folder_that_cannot_be_looked_at_is_told(tmp_path: Path) -> None:
    search = Search()
    long = tmp_path / ("x" * 5000)
    assert search.entries(long) == []
    assert len(search.entries(tmp_path)) == 0
    assert [one.partition(": ")[0] for one in search.problems] == [str(long)]


def test_what_is_told_twice_is_told_once(tmp_path: Path) -> None:
    search = Search()
    for _ in range(2):
        search.tell(tmp_path, "holds nothing that we know")
    assert search.problems == [f"{tmp_path}: holds nothing that we know"]
