"""A line may hold anything; what does not fit is left out alone."""

from __future__ import annotations

from typing import Any

import pytest

from support.claude_sessions import Made, line, user


@pytest.mark.parametrize("value", [None, 5, 1e300, True, "x", [], [[]], {}, {"a": {}}, [None, 1, "x", {"type": 1}]])
def test_a_wrong_type_anywhere_costs_no_more_than_itself(made: Made, value: Any) -> None:
    base = user("a", content="text", cwd="/x", version="1", sessionId="s", gitBranch="main", attachment={}, content_=1)
    kinds = ["user", "assistant", "system", "attachment", "custom-title", "pr-link", "mode", "new", value]
    lines: list[Any] = [{**base, "type": kind, "uuid": f"{place}"} for place, kind in enumerate(kinds)]
    for name in (*base, "toolUseResult", "isMeta", "customTitle", "promptSource", "logicalParentUuid", "content"):
        lines += [{**base, "uuid": f"{name}{kind}", "type": kind, name: value} for kind in kinds[:4]]
    for name in ("id", "model", "content", "usage"):
        lines.append(line("assistant", f"m{name}", message={name: value}))
    for name in ("type", "text", "input", "id", "name", "tool_use_id", "content", "source", "is_error", "thinking"):
        blocks = [{"type": kind, name: value} for kind in ("text", "tool_use", "tool_result", "image", "thinking")]
        lines += [user(f"b{name}", content=blocks), line("assistant", f"c{name}", content=blocks)]
    read = made.read("s", *lines, user("end", content="still here"))
    assert read.told[-1] == ("user", "still here")
    assert read.session.lines.read == len(lines) + 1


def test_a_name_of_a_wrong_type_leaves_the_rest_of_the_line(made: Made) -> None:
    read = made.read("s", user("a", content="text", cwd=5, version=["x"], isMeta="yes"))
    assert (read.told, read.session.cwd) == ([("user", "text")], "")


def test_a_time_that_is_none_is_left_out(made: Made) -> None:
    times = ["2026-13-01T00:00:00.000Z", "soon", "2026-05-01T10:00:00+02:00", "9" * 5000]
    lines = [{**user(f"u{place}"), "timestamp": time} for place, time in enumerate(times)]
    read = made.read("s", *lines)
    assert [one.time for one in read.messages] == ["", "", "2026-05-01T08:00:00.000Z", ""]
    assert read.session.started == read.session.ended == "2026-05-01T08:00:00.000Z"


def test_deep_and_numerous_things_are_borne(made: Made) -> None:
    deep: Any = {"type": "tool_result", "tool_use_id": "t", "content": "x"}
    for _ in range(60):
        deep = {"type": "tool_result", "tool_use_id": "t", "content": [deep]}
    nested = b'{"type":"user","uuid":"n","message":{"content":' + b"[" * 50_000 + b"]" * 50_000 + b"}}"
    kinds = [{"type": f"kind {number}"} for number in range(300)]
    read = made.read("s", user("a", content=[deep]), nested, *kinds, user("z", content="end"))
    assert read.told[-1] == ("user", "end")
    assert len(read.session.lines.unknown) == 101
    assert sum(read.session.lines.unknown.values()) == 300
