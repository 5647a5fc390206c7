from __future__ import annotations

import random
import time
from typing import Any

import pytest

from session_sync.transcripts.render.tools.changes import of_hunks, taken_change
from support.markdown_reader import Page
from support.pages import with_input

PATCH = "*** Begin Patch\n*** Update File: a.py\n@@\n-a\n+b\n+c\n*** End Patch"


@pytest.mark.parametrize(
    ("given", "counts", "diffs"),
    [
        ({"old_string": "a\nb\nc\nd\n", "new_string": "A\nb\nc\nD\n"}, (2, 2), ["-a\n+A\n b\n c\n-d\n+D\n"]),
        ({"edits": [{"old_string": "a", "new_string": "b\nc"}] * 2}, (4, 2), ["-a\n+b\n+c\n"] * 2),
        ({"input": PATCH}, (2, 1), [f"{PATCH}\n"]),
        ({"patchText": PATCH}, (2, 1), [f"{PATCH}\n"]),
        ({"command": f"apply_patch <<'X'\n{PATCH}\nX"}, (2, 1), [f"{PATCH}\n"]),
        ({"changes": {"a": {"type": "update", "unified_diff": "@@\n-a\n+b"}}}, (1, 1), ["@@\n-a\n+b\n"]),
        ({"changes": {"a": {"add": {"content": "a\n-b"}}}}, (2, 0), ["+a\n+-b\n"]),
        ({"changes": {"a": {"kind": {"type": "delete"}, "type": {"type": "delete"}, "diff": "a"}}}, (0, 1), ["-a\n"]),
        ({"changes": {"a": {"type": "delete", "content": "a"}}}, (0, 1), ["-a\n"]),
    ],
)
def test_change_is_a_difference_and_counted(given: Any, counts: tuple[int, int], diffs: list[str]) -> None:
    page = with_input(given)
    assert page.summaries[0].endswith(f" (+{counts[0]} \N{MINUS SIGN}{counts[1]})")
    assert [content for info, content in page.blocks if info == "diff"] == diffs


@pytest.mark.parametrize(
    "given",
    [
        {"changes": {"a": 5}},
        {"changes": {"a": {"type": "update"}}},
        {"changes": []},
        {"edits": "x"},
        {"old_string": "a"},
        {"old_string": "a", "new_string": None},
    ],
)
def test_what_is_no_change_stays(given: Any) -> None:
    rest = dict(given)
    assert taken_change(rest).markdown == ""
    assert rest == given


def test_difference_of_any_texts_gives_both() -> None:
    chance = random.Random(1)
    for _ in range(300):
        old, new = (chance.choices("abc", k=chance.randint(1, 12)) for _ in range(2))
        old, new = ["old", *old, "old"], ["new", *new, "new"]
        change = taken_change({"old_string": "\n".join(old), "new_string": "\n".join(new)})
        lines = Page(change.markdown).blocks[0][1].splitlines()
        assert [line[1:] for line in lines if line[0] in " -"] == old
        assert [line[1:] for line in lines if line[0] in " +"] == new
        assert change.added - change.removed == len(new) - len(old)


def test_hunks_are_a_difference() -> None:
    change = of_hunks([{"oldStart": 1, "lines": ["-a", "+b"]}, {"lines": [" c"]}])
    assert Page(change.markdown).blocks == [("diff", "-a\n+b\n c\n")]
    assert all(of_hunks(one).markdown == "" for one in (None, [], [5], [{"lines": [1]}], [{}], "x"))


def test_hostile_change_takes_no_time() -> None:
    began = time.process_time()
    for size in (60, 100_000):
        taken_change({"old_string": "a\nb\n" * size, "new_string": "b\na\n" * size})
    assert time.process_time() - began < 2
