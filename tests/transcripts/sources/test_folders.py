"""Folders that cannot be looked at are told, and keep nothing else from being found."""

from __future__ import annotations

from pathlib import Path

import pytest

from session_sync.transcripts.sources.folders import Folders


def test_what_is_there_is_listed_and_what_is_not_is_empty(tmp_path: Path) -> None:
    (tmp_path / "a").touch()
    folders = Folders()
    assert [entry.name for entry in folders.entries(tmp_path)] == ["a"]
    assert folders.entries(tmp_path / "gone") == folders.entries(tmp_path / "a") == []
    folders.raise_error()


def test_a_folder_that_cannot_be_looked_at_is_told_in_the_end(tmp_path: Path) -> None:
    folders = Folders()
    assert folders.entries(tmp_path / ("x" * 5000)) == []
    assert folders.entries(tmp_path) == []
    with pytest.raises(OSError, match="xxx"):
        folders.raise_error()
