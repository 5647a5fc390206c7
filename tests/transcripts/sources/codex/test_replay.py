"""What a subagent's or a fork's rollout repeats of its parent's is not read again; nothing of its own is lost."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from session_sync.transcripts.session import Link, Message, Session, Tokens
from session_sync.transcripts.sources.codex import source as codex
from session_sync.transcripts.sources.search import Search
from support.codex_sessions import CHILD, PARENT, Line, answered, at, event, meta, read, rollout, said, view

OLD, NEW = "019a0000-0000-7000-8000-000000000001", "01a1fe00-0000-7000-8000-000000000002"  # turns, by their times
SPAWN: Line = {"source": {"subagent": {"thread_spawn": {"parent_thread_id": PARENT}}}}
OWN = [("user", "Write the changelog"), ("assistant", "Written")]


def turn(prompt: str, answer: str, name: str = "", **facts: Any) -> list[Line]:
    marks = [event(type="task_started", turn_id=name, **facts)] if name else []
    return [*marks, said(prompt), event(type="user_message", message=prompt), answered(answer)]


def spent(total: int, last: int | None) -> Line:
    info: Line = {"total_token_usage": {"input_tokens": total, "output_tokens": total // 10}}
    if last is not None:
        info["last_token_usage"] = {"input_tokens": last, "output_tokens": last // 10}
    return event(type="token_count", info=info)


def copied(second: int, lines: list[Line]) -> list[Line]:
    return [at(second, line) for line in lines]


def spread(second: int, lines: list[Line]) -> list[Line]:
    return [at(second + 2 * place, line) for place, line in enumerate(lines)]


def child_of(home: Path, *lines: Line, parent: list[Line] | None = None) -> tuple[Session, list[Message]]:
    """The child that `lines` hold, with its parent's rollout beside it or without."""
    if parent:
        rollout(home, PARENT, "\n".join(map(json.dumps, parent)).encode())
    rollout(home, CHILD, "\n".join(map(json.dumps, lines)).encode())
    return read({one.session_id: one for one in codex.find(home, Search())}[CHILD])


HISTORY = [*turn("Plan it", "Three steps"), spent(1000, 1000)]


def test_copy_that_was_written_in_one_go_is_left_out(tmp_path: Path) -> None:
    own = spread(100, [*turn("Write the changelog", "Written"), spent(1700, 700)])
    session, messages = child_of(tmp_path, meta(CHILD, **SPAWN), *copied(1, [meta(PARENT), *HISTORY]), *own)
    assert view(messages) == OWN
    assert session.parent == Link(PARENT)
    assert session.tokens == Tokens(input=700, output=70)
    assert session.lines.dropped["copied from the session that it started from"] == 5


@pytest.mark.parametrize("facts", [{"forked_from_id": PARENT}, {}, SPAWN])
def test_turns_that_are_older_than_the_session_are_copies(tmp_path: Path, facts: Line) -> None:
    lines = [*turn("Plan it", "Three steps", OLD), *turn("Write the changelog", "Written", NEW)]
    _, messages = child_of(tmp_path, meta(CHILD, **facts), *copied(1, [meta(PARENT), *lines]))
    assert view(messages) == OWN


def test_fork_that_holds_no_first_line_of_its_parent(tmp_path: Path) -> None:
    lines = [*turn("Plan it", "Three steps", OLD), *turn("Write the changelog", "Written", NEW)]
    session, messages = child_of(tmp_path, meta(CHILD, forked_from_id=PARENT), *copied(1, lines))
    assert view(messages) == OWN
    assert session.fork == Link(PARENT)


def test_old_fork_whose_origin_is_told_by_a_copied_line_alone(tmp_path: Path) -> None:
    own = spread(100, turn("Write the changelog", "Written"))
    session, messages = child_of(tmp_path, meta(CHILD), *copied(0, [meta(PARENT), *HISTORY]), *own)
    assert view(messages) == OWN
    assert session.fork == Link(PARENT)


@pytest.mark.parametrize(
    "began", [(1_790_000_000, 1_890_000_000), ("2026-11-20T08:00:00.000Z", "2026-11-21T09:30:00.000Z")]
)
def test_turns_tell_when_they_began(tmp_path: Path, began: tuple[Any, Any]) -> None:
    lines = turn("Plan it", "Three steps", "t1", started_at=began[0])
    lines += turn("Write the changelog", "Written", "t2", started_at=began[1])
    _, messages = child_of(tmp_path, meta(CHILD, **SPAWN), *copied(1, [meta(PARENT), *lines]))
    assert view(messages) == OWN


def test_copy_with_the_times_of_its_original(tmp_path: Path) -> None:
    history = spread(10, HISTORY)
    own = copied(200, turn("Write the changelog", "Written"))
    _, messages = child_of(tmp_path, meta(CHILD, 200, **SPAWN), meta(PARENT), *history, *own)
    assert view(messages) == OWN


def test_ordinal_at_which_the_own_history_starts(tmp_path: Path) -> None:
    lines = [meta(CHILD, subagent_history_start_ordinal=6, **SPAWN), meta(PARENT), *HISTORY]
    lines += turn("Write the changelog", "Written")
    numbered = [{**line, "ordinal": number} for number, line in enumerate(copied(1, lines))]
    _, messages = child_of(tmp_path, *numbered)
    assert view(messages) == OWN


@pytest.mark.parametrize("name", ["t9", ""])
def test_parent_tells_which_turns_are_its_own(tmp_path: Path, name: str) -> None:
    history = turn("Plan it", "Three steps", name and "t1")
    lines = [*history, *turn("Write the changelog", "Written", name)]
    parent = [meta(PARENT), *spread(1, history)]
    _, messages = child_of(tmp_path, meta(CHILD, **SPAWN), *copied(1, [meta(PARENT), *lines]), parent=parent)
    assert view(messages) == OWN


def test_message_that_begins_the_first_turn_ends_the_copy(tmp_path: Path) -> None:
    begin = {"type": "inter_agent_communication_metadata", "payload": {"trigger_turn": True}}
    lines = [meta(PARENT), *HISTORY, begin, *turn("Write the changelog", "Written")]
    _, messages = child_of(tmp_path, meta(CHILD, **SPAWN), *copied(1, lines))
    assert view(messages) == OWN


@pytest.mark.parametrize("first", [[], [meta(PARENT)]])
def test_subagent_that_repeats_nothing_loses_nothing(tmp_path: Path, first: list[Line]) -> None:
    own = [*turn("Write the changelog", "Written", NEW), spent(700, 700)]
    session, messages = child_of(tmp_path, meta(CHILD, **SPAWN), *copied(0, [*first, *own]))
    assert view(messages) == OWN
    assert session.tokens == Tokens(input=700, output=70)


def test_first_line_that_comes_again_is_no_copy(tmp_path: Path) -> None:
    lines = [meta(CHILD), *turn("Plan it", "Planned"), meta(CHILD, cwd="/home/ada/gear"), meta(PARENT), *turn("a", "b")]
    session, messages = child_of(tmp_path, *lines)
    assert len(view(messages)) == 4
    assert (session.cwd, session.cwds, session.fork) == ("/home/ada/loom", ["/home/ada/gear"], None)


@pytest.mark.parametrize(("total", "last", "wanted"), [(1700, None, 700), (1000, 1000, 0), (300, 300, 300)])
def test_tokens_are_counted_from_where_the_copy_ends(tmp_path: Path, total: int, last: int | None, wanted: int) -> None:
    own = spread(100, [*turn("Write the changelog", "Written"), spent(total, last)])
    session, _ = child_of(tmp_path, meta(CHILD, **SPAWN), *copied(1, [meta(PARENT), *HISTORY]), *own)
    assert session.tokens.input == wanted
