"""Each line of a rollout is read or accounted for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from support.codex_sessions import read_fixture, read_lines, said, view


def test_damaged_rollout_is_accounted_for_line_by_line(tmp_path: Path) -> None:
    session, messages = read_fixture(tmp_path, "damaged")
    assert session.lines.dropped == {
        "no JSON": 1,
        "turn mark": 1,
        "only NULs": 1,
        "not a record": 2,
        "cut off": 1,
    }
    assert session.lines.unknown == {"brand_new": 1, "no type": 1, "response_item": 1}
    assert [(one.line, one.reason) for one in session.problems] == [
        *[(2, "no JSON"), (3, "damaged, mended"), (4, "damaged, mended"), (5, "only NULs"), (6, "not a record")],
        *[(7, "not a record"), (11, "damaged, mended"), (14, "cut off")],
    ]
    assert view(messages) == [("user", "Does the lathe \ufffd turn?"), ("assistant", "It turns \ufffd now")]
    unknown = [one.record for one in messages if one.hidden == "unknown"]
    assert unknown[0] == {"timestamp": "2026-11-21T09:42:00.000Z", "type": "brand_new", "payload": {"x": 1}}
    assert '{"no":"text"}' in [one.name for message in messages for one in message.attachments]


@pytest.mark.parametrize("time", ["soon", "2026-11-21", "2026-13-41T00:00:00Z", 7, None, "", "2026-11-21T09:00:00"])
def test_time_that_is_none_is_left_out(tmp_path: Path, time: Any) -> None:
    session, messages = read_lines(tmp_path, {**said("hello"), "timestamp": time})
    assert (messages[0].time, session.started) == ("", "")


def test_time_elsewhere_is_told_in_utc(tmp_path: Path) -> None:
    _, messages = read_lines(tmp_path, {**said("hello"), "timestamp": "2026-11-21T11:00:00+02:00"})
    assert messages[0].time == "2026-11-21T09:00:00Z"
