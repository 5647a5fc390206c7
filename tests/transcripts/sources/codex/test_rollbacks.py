"""Turns that a rollback took back are hidden, however many there were."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from support.codex_sessions import Line, answered, completed, event, read_lines, said


def turn(name: str, is_marked: bool = False) -> list[Line]:
    marks = [event(type="task_started", turn_id=name)] if is_marked else []
    return [*marks, said(name), event(type="user_message", message=name), answered(f"{name}!")]


def back(count: Any) -> Line:
    return event(type="thread_rolled_back", num_turns=count)


def shown(tmp_path: Path, *lines: Line) -> list[str]:
    _, messages = read_lines(tmp_path, *lines)
    return [one.text for one in messages if one.hidden != "reverted" and not one.kind]


@pytest.mark.parametrize(
    ("count", "left"), [(1, ["a", "a!"]), (2, []), (9, []), (1 << 60, []), (0, ["a", "a!", "b", "b!"])]
)
def test_as_many_turns_as_are_told(tmp_path: Path, count: int, left: list[str]) -> None:
    assert shown(tmp_path, *turn("a"), *turn("b"), back(count), *turn("c")) == [*left, "c", "c!"]


@pytest.mark.parametrize("count", [None, "1", -1, 1.5, [1]])
def test_count_that_is_none_takes_nothing_back(tmp_path: Path, count: Any) -> None:
    assert shown(tmp_path, *turn("a"), back(count)) == ["a", "a!"]


def test_rollbacks_one_after_the_other(tmp_path: Path) -> None:
    lines = [*turn("a"), *turn("b"), back(1), *turn("c"), back(2), *turn("d"), back(1), *turn("e")]
    assert shown(tmp_path, *lines) == ["e", "e!"]


def test_what_steers_a_turn_is_a_part_of_it(tmp_path: Path) -> None:
    lines = [*turn("a", True), *turn("b", True), said("hurry"), answered("yes"), back(1)]
    assert shown(tmp_path, *lines) == ["a", "a!"]


def test_items_are_taken_back_as_well(tmp_path: Path) -> None:
    prompts = [completed(type="UserMessage", id=one, content=[{"type": "text", "text": one}]) for one in "ab"]
    assert shown(tmp_path, *prompts, back(1)) == ["a"]


def test_prompt_that_names_the_event_is_none(tmp_path: Path) -> None:
    assert shown(tmp_path, *turn("what is thread_rolled_back?")) == [
        "what is thread_rolled_back?",
        "what is thread_rolled_back?!",
    ]
