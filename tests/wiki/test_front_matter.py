from __future__ import annotations

from datetime import date

import pytest

from session_sync.errors import UsageError
from session_sync.wiki import front_matter

FRONT = """---
title: 'It''s: a gauge'   # by hand
sources: [a.md]
tags:
  - one

status: active
---
status: this is text
"""


def test_an_edit_changes_its_own_lines_alone() -> None:
    made = front_matter.edited(FRONT, {"status": "done", "last_refreshed": "2026-11-21", "tags": None}, "b.md")
    wanted = FRONT.replace("[a.md]", "[a.md, b.md]").replace("tags:\n  - one\n", "")
    assert made == wanted.replace("active\n", "done\nlast_refreshed: 2026-11-21\n", 1)
    assert front_matter.edited(made, {"status": "done"}, "b.md") == made


def test_an_edit_keeps_the_line_ends() -> None:
    made = front_matter.edited(FRONT.replace("\n", "\r\n"), {"status": "done"}, "b.md")
    assert made == front_matter.edited(FRONT, {"status": "done"}, "b.md").replace("\n", "\r\n")


@pytest.mark.parametrize("front", ["sources: a.md\n", "sources: [a.md, # x\n  b.md]\n", "{title: x}\n"])
def test_a_front_matter_in_which_an_edit_would_mean_something_else_is_refused(front: str) -> None:
    with pytest.raises(UsageError):
        front_matter.edited(f"---\n{front}---\n", {"title": "y"}, "c.md")


@pytest.mark.parametrize(
    "text", ["plain words", "no", "2026-11-21", "a: b", "# x", "- x", '"', "'", "\\", "[x]", "*a", "ünï\t\n\x1b", "12"]
)
def test_any_text_is_read_as_it_was_written(text: str) -> None:
    written = front_matter.edited("---\n---\n", {"title": text}, text)
    assert front_matter.read_facts(written) == {"title": text, "sources": [text]}


def test_the_three_parts_are_the_whole_text() -> None:
    assert "".join(front_matter.split(FRONT) or ()) == FRONT
    assert front_matter.body(FRONT) == "status: this is text\n"
    assert front_matter.split("text\n---\ntitle: x\n---\n") is None


@pytest.mark.parametrize(
    ("value", "day"), [("2026-11-21", date(2026, 11, 21)), ("2026-02-30", None), ("20261121", None), (["x"], None)]
)
def test_a_day_is_one_of_the_calendar(value: object, day: date | None) -> None:
    assert front_matter.day_of(value) == day
