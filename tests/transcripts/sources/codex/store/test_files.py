"""Where rollouts are, which belong together, and how compressed ones are opened."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import zstandard

from session_sync.transcripts.sources.codex import source as codex
from session_sync.transcripts.sources.search import Search
from support.codex_sessions import CHILD, PARENT, REVERT, THREAD, fixture, read, read_fixture, rollout, view


def test_find_takes_any_part_of_the_tree(tmp_path: Path) -> None:
    home = tmp_path / ".codex"
    path = rollout(home, THREAD, fixture("reverted"))
    archived = rollout(home, CHILD, fixture("subagent"), day="")
    both = {THREAD, CHILD}
    assert {one.session_id for one in codex.find(tmp_path, Search())} == both
    assert {one.session_id for one in codex.find(home, Search())} == both
    assert {one.session_id for one in codex.find(home / "sessions", Search())} == {THREAD}
    assert {one.session_id for one in codex.find(home / "archived_sessions", Search())} == {CHILD}
    assert {one.session_id for one in codex.find(path.parent, Search())} == {THREAD}
    assert {one.session_id for one in codex.find(archived, Search())} == {CHILD}
    assert list(codex.find(tmp_path / "nowhere", Search())) == []
    by_tree = {one.session_id: one for one in codex.find(tmp_path, Search())}
    assert list(codex.find(path, Search())) == [by_tree[THREAD]]


def test_find_of_one_file_finds_the_others_of_its_thread(tmp_path: Path) -> None:
    first = rollout(tmp_path, THREAD, fixture("reverted"))
    second = rollout(tmp_path, THREAD, fixture("reverting"), "2026/12/01", suffix=f"_{REVERT}")
    (whole,) = codex.find(tmp_path, Search())
    assert (whole.path, whole.more) == (str(first), (str(second),))
    assert list(codex.find(first, Search())) == list(codex.find(second, Search())) == [whole]


def test_rollout_of_any_name_can_be_read(tmp_path: Path) -> None:
    path = tmp_path / "mine.jsonl"
    path.write_bytes(fixture("legacy"))
    (found,) = codex.find(path, Search())
    assert found.session_id == "mine"
    assert len(view(read(found)[1])) == 4


def test_newest_copy_of_a_thread_is_given_once(tmp_path: Path) -> None:
    old = rollout(tmp_path, THREAD, fixture("reverted"))
    new = rollout(tmp_path, THREAD, fixture("legacy"), day="")
    os.utime(old, ns=(1, 1000))
    os.utime(new, ns=(1, 2000))
    assert [one.path for one in codex.find(tmp_path, Search())] == [str(new)]
    os.utime(old, ns=(1, 3000))
    assert [one.path for one in codex.find(tmp_path, Search())] == [str(old)]


def test_links_and_strange_entries_are_passed_over(tmp_path: Path) -> None:
    path = rollout(tmp_path, THREAD, fixture("reverted"))
    (path.parent / "loop").symlink_to(tmp_path)
    (path.parent / path.name.replace(THREAD, CHILD)).symlink_to(path)
    (path.parent / path.name.replace(THREAD, PARENT)).mkdir()
    (path.parent / "rollout-x.jsonl").write_bytes(b"")
    (path.parent / b"rollout-\xff.jsonl".decode(errors="surrogateescape")).write_bytes(b"")
    assert [one.session_id for one in codex.find(tmp_path, Search())] == [THREAD]


def test_compressed_rollout_reads_the_same(tmp_path: Path) -> None:
    plain = read_fixture(tmp_path / "plain", "paginated")
    data = zstandard.compress(fixture("paginated"))
    rollout(tmp_path / "small", THREAD, data, end=".zst")
    (found,) = codex.find(tmp_path / "small", Search())
    session, messages = read(found)
    assert messages == plain[1]
    assert session.raw[0].sha256 == plain[0].raw[0].sha256
    assert session.raw[0].path.endswith(".jsonl.zst")


def test_plain_file_is_taken_when_both_are_as_new(tmp_path: Path) -> None:
    plain = rollout(tmp_path, THREAD, fixture("reverted"))
    small = rollout(tmp_path, THREAD, zstandard.compress(fixture("reverted")), end=".zst")
    os.utime(plain, ns=(1, 1000))
    os.utime(small, ns=(1, 1000))
    assert [one.path for one in codex.find(tmp_path, Search())] == [str(plain)]


@pytest.mark.parametrize("kind", ["cut", "garbled", "none"])
def test_damaged_compression_gives_what_can_be_read(tmp_path: Path, kind: str) -> None:
    lines = fixture("reverted").splitlines(keepends=True)
    frames = [zstandard.compress(b"".join(lines[:9])), zstandard.compress(b"".join(lines[9:]))]
    broken = {"cut": frames[1][:-40], "garbled": b"garbage" * 9, "none": b""}[kind]
    rollout(tmp_path, THREAD, frames[0] + broken, end=".zst")
    (found,) = codex.find(tmp_path, Search())
    session, messages = read(found)
    assert view(messages)[0] == ("user", "Plan the gearbox")
    if kind == "garbled":
        assert [one.reason for one in session.problems] == ["damaged compression"]
