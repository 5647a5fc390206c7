from __future__ import annotations

import pytest

from session_sync.transcripts.session import Session
from session_sync.transcripts.sources import shapes
from session_sync.transcripts.sources.shapes import path_text


def test_a_name_that_is_no_text_is_escaped() -> None:
    assert path_text("session-\udcff") == "session-\\xff"


@pytest.mark.parametrize(
    ("value", "count"), [(3, 3), (3.9, 3), (-1, 0), (True, 0), ("3", 0), (1 << 60, 0), (float("nan"), 0), (None, 0)]
)
def test_a_count_is_a_number_of_things(value: object, count: int) -> None:
    assert shapes.count(value) == count


def test_no_part_of_a_long_word_is_left_at_the_end() -> None:
    secret = "s" * 300
    assert shapes.cut(f"the key is {secret}", 100) == "the key is "
    assert shapes.cut("short", 100) == "short"
    assert shapes.cut("x" * 2000, 1000) == "x" * 488
    assert shapes.counted_name(["x"], "none") == shapes.counted_name(secret, "none") == "none"


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ("2026-11-21T11:00:00+02:00", "2026-11-21T09:00:00.000Z"),
        ("2026-11-21T09:00:00", "2026-11-21T09:00:00.000Z"),
        (1_795_251_600_000, "2026-11-21T09:00:00.000Z"),
        ("soon", ""),
        (10**40, ""),
        (float("nan"), ""),
        (True, ""),
        ([], ""),
    ],
)
def test_a_moment_is_told_in_utc(value: object, told: str) -> None:
    assert shapes.moment(value) == told


@pytest.mark.parametrize(
    ("data", "found", "reason"),
    [
        (b'{"a": 1}', {"a": 1}, ""),
        (b'{"a":\n "\xff"}', {"a": "\ufffd"}, "damaged, mended"),
        (b"", None, "empty"),
        (b"[1]", None, "not a record"),
        (b"nonsense", None, "no JSON"),
    ],
)
def test_an_object_is_read_mended_or_counted(data: bytes, found: object, reason: str) -> None:
    session = Session("test", "one")
    assert shapes.read_object(data, 7, "part", session) == found
    assert [(one.line, one.reason, one.file) for one in session.problems] == ([(7, reason, "part")] if reason else [])
    assert session.lines.dropped == ({reason: 1} if found is None else {})
