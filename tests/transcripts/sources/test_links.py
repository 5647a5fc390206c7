"""Which links among transcripts are followed."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from session_sync.transcripts.sources import links
from session_sync.transcripts.sources.search import Search


def told(folder: Path) -> list[str]:
    """What is told of the links in `folder`, without their paths."""
    search = Search()
    for entry in search.entries(folder):
        links.leads_to_file(entry, search)
    return [one.split(": ", 1)[1] for one in search.problems]


@pytest.fixture
def link(tmp_path: Path) -> Path:
    """Where a link is going to be, beside nothing else."""
    (tmp_path / "folder").mkdir()
    return tmp_path / "folder" / "link"


def test_a_link_to_a_file_of_the_same_user_is_followed(link: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"x")
    link.symlink_to(tmp_path / "file")
    assert (told(link.parent), links.content(link)) == ([], b"x")


def test_a_link_to_a_file_of_another_user_is_told(link: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_bytes(b"x")
    link.symlink_to(tmp_path / "file")
    owner = os.stat(tmp_path / "file").st_uid
    monkeypatch.setattr(os, "getuid", lambda: owner + 1)
    assert told(link.parent) == ["a link that leads to what belongs to another user"]
    with pytest.raises(OSError, match="a link that leads to what belongs to another user"):
        links.content(link)


@pytest.mark.parametrize("leads_to", ["nowhere", "folder/link"])
def test_a_link_that_leads_nowhere_is_told(link: Path, tmp_path: Path, leads_to: str) -> None:
    link.symlink_to(tmp_path / leads_to)
    assert told(link.parent) == ["a link that leads nowhere"]


def test_a_link_to_what_is_no_regular_file_is_told(link: Path) -> None:
    link.symlink_to("/dev/null")
    assert told(link.parent) == ["a link that leads to no regular file"]


def test_a_file_is_no_link_and_a_folder_no_file(link: Path) -> None:
    link.write_bytes(b"x")
    (link.parent / "folder").mkdir()
    found = {one.name: links.leads_to_file(one, Search()) for one in Search().entries(link.parent)}
    assert found == {"link": True, "folder": False}
