"""Whose the lines of another session are."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from session_sync.transcripts.sources.claude.store import lineage
from support.claude_sessions import Made, found, user


def line(uuid: str, session: str) -> dict[str, object]:
    return user(uuid, content=uuid, sessionId=session)


def told(made: Made) -> dict[str, list[str]]:
    return {name: [text for _, text in made.read(name).told] for name in found(made.root)}


def test_lines_that_the_other_file_holds_are_left_to_it_and_no_others(made: Made) -> None:
    made.write("s", line("a", "s"), line("x", "t"), line("y", "t"), line("z", "gone"))
    made.write("t", line("x", "t"))
    assert told(made) == {"s": ["a", "y", "z"], "t": ["x"]}


def test_a_file_without_a_conversation_holds_nothing(made: Made) -> None:
    made.write("s", line("a", "s"), line("x", "t"), {"type": "custom-title", "customTitle": "Named", "sessionId": "t"})
    made.write("t", {"type": "last-prompt", "timestamp": "2026-05-01T10:00:00.000Z", "sessionId": "t"})
    assert told(made) == {"s": ["a", "x"], "t": []}
    assert made.read("s").session.title == "Named"


def test_each_line_of_a_chain_of_resumes_is_read_once(made: Made) -> None:
    made.write("one", line("a", "one"), line("b", "two"), line("c", "three"))
    made.write("two", line("b", "two"), line("c", "three"), line("d", "three"))
    made.write("three", line("d", "three"), line("e", "three"))
    assert told(made) == {"one": ["a", "c"], "two": ["b", "c"], "three": ["d", "e"]}
    made.write("three", line("c", "three"), line("d", "three"), line("e", "three"))
    assert told(made) == {"one": ["a"], "two": ["b"], "three": ["c", "d", "e"]}


def test_a_line_is_not_left_by_two_files_to_each_other(made: Made) -> None:
    made.write("s", line("a", "s"), line("x", "t"))
    made.write("t", line("a", "t"), line("b", "t"), line("x", "t"))
    texts = [text for one in told(made).values() for text in one]
    assert sorted(texts) == ["a", "b", "x"]
    made.write("t", line("c", "t"), line("x", "s"))
    assert told(made) == {"s": ["a", "x"], "t": ["c", "x"]}


@pytest.mark.parametrize("kind", ["empty", "folder", "link to itself", "link to nothing", "damaged"])
def test_what_is_no_file_of_the_other_session_holds_nothing(made: Made, kind: str) -> None:
    path = made.write("s", line("a", "s"), line("x", "t"))
    other = path.with_name("t.jsonl")
    if kind == "folder":
        other.mkdir()
    elif kind.startswith("link"):
        other.symlink_to(path if kind == "link to itself" else path.with_name("nothing"))
    else:
        other.write_bytes(b"" if kind == "empty" else b'{"uuid":"x\n\x00\xff\n[1]\n')
    assert [text for _, text in made.read("s").told] == ["a", "x"]


def test_a_linked_file_of_the_other_session_holds_its_lines(made: Made, tmp_path: Path) -> None:
    path = made.write("s", line("a", "s"), line("x", "t"))
    moved = tmp_path / "t.jsonl"
    os.rename(made.write("t", line("x", "t")), moved)
    path.with_name("t.jsonl").symlink_to(moved)
    assert told(made) == {"s": ["a"], "t": ["x"]}


def test_no_more_than_so_much_of_other_files_is_read(made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    made.write("t", line("x", "t"), line("y", "t"))
    lines = [line("a", "s"), line("x", "t"), line("y", "t")]
    monkeypatch.setattr(lineage, "_MOST_LINES", 1)
    lineage._scanned.cache_clear()
    assert [text for _, text in made.read("s", *lines).told] == ["a", "y"]
    monkeypatch.setattr(lineage, "_MOST_BYTES", 0)
    assert [text for _, text in made.read("s", *lines).told] == ["a", "x", "y"]
