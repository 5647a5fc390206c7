"""A message that several sessions hold is told in the one that it was written in."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from session_sync.transcripts.session import Link
from session_sync.transcripts.sources.claude.store import forks
from support.claude_sessions import FOLDER, FORK, PARENT, RECORDED, Made, Read, answer, found, real, user


def test_a_fork_has_only_its_own_messages() -> None:
    read = real(FORK)
    assert read.told == [("user", "forked"), ("assistant", "mock reply")]
    assert read.session.fork is not None
    assert read.session.fork.session_id == PARENT
    assert read.session.fork.at.startswith("1d698722")
    assert (read.session.tokens.input, read.session.lines.dropped["in the forked session"]) == (13462, 29)


def test_a_forked_session_keeps_everything() -> None:
    read = real(PARENT)
    assert read.session.fork is None
    assert "in the forked session" not in read.session.lines.dropped


def history(*names: str, start: int = 0) -> list[dict[str, Any]]:
    """Prompts, each after the one before; `start` is the second of the first."""
    return [
        user(name, before, name, start + place)
        for place, (before, name) in enumerate(zip(("", *names), names, strict=False))
    ]


def own_texts(made: Made, *stems: str) -> list[str]:
    return [" ".join(text for _, text in made.read(stem).told) for stem in stems]


def test_three_sessions_of_one_root_have_each_message_once(made: Made) -> None:
    made.write("p", *history("r", "a", "b"))
    made.write("f", {"type": "queue-operation", "timestamp": "2026-05-01T11:00:00Z"}, *history("r", "a", "f1", "f2"))
    made.write("g", {"type": "queue-operation", "timestamp": "2026-05-01T12:00:00Z"}, *history("r", "a", "f1", "g1"))
    assert own_texts(made, "p", "f", "g") == ["r a b", "f1 f2", "g1"]
    assert made.read("f").session.fork == Link("p", "a")
    assert made.read("g").session.fork == Link("f", "f1")


def test_lines_that_name_their_session_are_copies(made: Made) -> None:
    copied = {**answer("b", "a", "yes", 1), "requestSessionId": "z"}
    made.write("z", *history("a"), answer("b", "a", "yes", 1), *history("later", start=500))
    made.write("c", *history("a"), copied, *history("own", start=60))
    assert own_texts(made, "z", "c") == ["a yes later", "own"]


def test_a_branch_names_the_session_that_it_left(made: Made) -> None:
    made.write("z", *history("x", "a", "b"))
    taken = [{**one, "forkedFrom": {"sessionId": "z", "messageUuid": one["uuid"]}} for one in history("a", "b")]
    read = made.read("c", *taken, *history("own", start=60))
    assert (read.told, read.session.fork) == ([("user", "own")], Link("z", "b"))


def test_a_session_that_was_written_bit_by_bit_is_the_original(made: Made) -> None:
    first, *rest = history("a", "b")
    made.write("z", first, {"type": "last-prompt"}, *rest, *history("later", start=900))
    made.write("c", first, *rest, *history("own", start=60))
    assert own_texts(made, "z", "c") == ["a b later", "own"]


def test_nothing_is_lost_when_it_is_not_known_which_one_is_the_copy(made: Made) -> None:
    made.write("p", *history("a", "b"), *history("p1", start=60))
    made.write("f", *history("a", "b"), *history("f1", start=30))
    assert own_texts(made, "p", "f") == ["a b p1", "a b f1"]
    made.write("same", *history("a", "b"))
    made.write("twin", *history("a", "b"))
    assert own_texts(made, "same", "twin") == ["a b", "a b"]


def test_a_fork_whose_session_is_gone_keeps_everything(tmp_path: Path) -> None:
    shutil.copytree(RECORDED, tmp_path / ".claude")
    (tmp_path / ".claude" / "projects" / FOLDER / f"{PARENT}.jsonl").unlink()
    read = Read(found(tmp_path)[FORK])
    assert read.session.fork is None
    assert [text for role, text in read.told if role == "user"] == ["parent", "resumed prompt", "continued", "forked"]


def test_a_new_fork_is_seen_in_a_folder_that_was_looked_at(made: Made) -> None:
    made.write("p", *history("a", "b"))
    assert made.read("p").session.fork is None
    os.utime(made.folder, ns=(1, 1))
    made.write("f", *history("a", "b"), *history("f1", start=60))
    assert own_texts(made, "p", "f") == ["a b", "f1"]


def test_large_sessions_are_not_compared(made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    made.write("p", *history("a", "b"))
    made.write("f", *history("a", "b", "c"))
    monkeypatch.setattr(forks, "LARGEST_SCANNED", 100)
    assert own_texts(made, "p", "f") == ["a b", "a b c"]
