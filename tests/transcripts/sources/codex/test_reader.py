"""What becomes of each record of a rollout."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.codex_sessions import Line, completed, event, item, read_lines, said, view


def test_compaction_leaves_its_summary_and_no_history(tmp_path: Path) -> None:
    history = [{"type": "message", "role": "user", "content": [{"type": "input_text", "text": "hello"}]}]
    line = {"type": "compacted", "payload": {"message": "A summary", "replacement_history": history}}
    session, messages = read_lines(tmp_path, said("hello"), line)
    assert [(one.text, one.hidden, one.kind) for one in messages] == [
        ("hello", "", ""),
        ("A summary", "", "compaction"),
    ]
    assert session.problems == []


def test_history_that_is_nowhere_else_is_named(tmp_path: Path) -> None:
    history = [{"type": "message", "role": "user", "content": [{"type": "input_text", "text": "hello"}]}]
    line = {"type": "compacted", "payload": {"message": "A summary", "replacement_history": history}}
    session, _ = read_lines(tmp_path, line, said("go on"))
    assert [one.reason for one in session.problems] == ["earlier history is only in replacement_history"]


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ({"type": "brand_new", "payload": {"a": 1}}, "brand_new"),
        (item(type="brand_new", a=1), "response_item/brand_new"),
        (event(type="brand_new", a=1), "event_msg/brand_new"),
        (completed(type="BrandNew", a=1), "item/BrandNew"),
        (event(type="item_completed", item=[1]), "item/"),
        ({"payload": {"a": 1}}, "no type"),
        ({"type": "x " * 500}, "x " * 40),
    ],
)
def test_record_of_an_unknown_type_is_kept_as_it_is(tmp_path: Path, line: Line, name: str) -> None:
    session, messages = read_lines(tmp_path, line)
    assert session.lines.unknown == {name: 1}
    assert (messages[0].role, messages[0].hidden) == ("record", "unknown")
    assert messages[0].record in (line, line.get("payload", {}).get("item"))


def test_unknown_types_without_end_are_counted_together(tmp_path: Path) -> None:
    session, _ = read_lines(tmp_path, *({"type": f"type {number}"} for number in range(200)))
    assert sum(session.lines.unknown.values()) == 200
    assert session.lines.unknown["other"] == 100


def test_one_prompt_that_was_taken_back_is_no_more(tmp_path: Path) -> None:
    _, messages = read_lines(tmp_path, event(type="thread_rolled_back", num_turns=1))
    assert view(messages) == [("system", "Taken back: the last prompt and what followed it.")]


def test_what_the_client_told_is_in_the_reading_view(tmp_path: Path) -> None:
    lines = [
        event(type="turn_aborted", reason="interrupted"),
        event(type="thread_rolled_back", num_turns=2),
        event(type="error", message="no network"),
    ]
    _, messages = read_lines(tmp_path, *lines)
    assert view(messages) == [
        ("system", "The turn was aborted: interrupted."),
        ("system", "Taken back: the last prompts (2) and what followed them."),
        ("system", "Error: no network"),
    ]
