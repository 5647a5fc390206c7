"""Where transcripts are."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from session_sync.transcripts.sources.claude import source as claude
from support.claude_sessions import AGENT, COMPACTED, EARLY, FOLDER, FORK, PARENT, RECORDED, TOOLS, Made, found, user


def test_transcripts_are_found_from_every_starting_point(tmp_path: Path) -> None:
    shutil.copytree(RECORDED, tmp_path / ".claude")
    everything = found(tmp_path / ".claude")
    assert sorted(everything) == sorted(
        [TOOLS, COMPACTED, PARENT, FORK, EARLY, AGENT, f"{EARLY}/agent-a7f2a026b6661136f"]
    )
    assert found(tmp_path) == found(tmp_path / ".claude" / "projects") == everything
    assert found(tmp_path / ".claude" / "projects" / FOLDER) == everything
    for one in everything.values():
        assert found(Path(one.path)) == {one.session_id: one}


def test_the_standard_place_is_configured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLAUDE_CONFIG_DIR", "/srv/claude")
    assert claude.roots() == [Path("/srv/claude")]
    monkeypatch.delenv("CLAUDE_CONFIG_DIR")
    assert claude.roots() == [Path.home() / ".claude"]


def test_nothing_is_found_where_nothing_is(tmp_path: Path) -> None:
    assert found(tmp_path / "none") == found(tmp_path / "none.jsonl") == {}


def test_one_name_in_two_projects_stays_two_sessions(made: Made) -> None:
    first = made.write("same", user("a", content="first"))
    other = made.root / "projects" / "-y"
    other.mkdir()
    second = Path(shutil.copy(first, other))
    ids = ["same", "same@-y"]
    assert sorted(found(made.root)) == ids
    assert [next(iter(found(path))) for path in (first, second)] == ids
    assert list(found(other)) == ids[1:]


def test_links_are_passed_over_but_linked_projects_are_found_once(made: Made, tmp_path: Path) -> None:
    path = made.write("own", user("a"))
    (made.folder / "link.jsonl").symlink_to(path)
    outside = tmp_path / "outside"
    outside.mkdir()
    shutil.copy(path, outside / "far.jsonl")
    for name in ("-l1", "-l2"):
        (made.root / "projects" / name).symlink_to(outside)
    (made.root / "projects" / "-loop").symlink_to(made.root / "projects")
    (made.root / "projects" / "-again").symlink_to(made.folder)
    assert sorted(found(made.root)) == ["far", "own"]


def test_the_fingerprint_tells_of_every_file_that_is_read(made: Made) -> None:
    path = made.write("s", user("a"))
    prints = {found(made.root)["s"].fingerprint}
    made.write("s/subagents/agent-1", user("b"))
    results = made.folder / "s" / "tool-results"
    results.mkdir()
    for file, text in ((results / "o.txt", "x"), (made.folder / "s/subagents/agent-1.meta.json", "{}"), (path, "{}")):
        file.write_text(text)
        prints.add(found(made.root)["s"].fingerprint)
    assert len(prints) == 4
    moved = made.root / "projects" / "-moved"
    made.folder.rename(moved)
    assert found(made.root)["s"].fingerprint in prints
