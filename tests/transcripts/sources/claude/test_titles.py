"""The names of a session."""

from __future__ import annotations

from typing import Any

from support.claude_sessions import Made, user


def test_a_persons_title_is_the_best(made: Made) -> None:
    lines: list[Any] = [
        {"type": "agent-name", "agentName": "agent"},
        {"type": "summary", "summary": "of another session", "leafUuid": "elsewhere"},
        user("a", content="x"),
    ]
    assert made.read("s", *lines).session.title == "agent"
    lines.append({"type": "summary", "summary": "summed up", "leafUuid": "a"})
    assert made.read("s", *lines).session.title == "summed up"
    lines.append({"type": "ai-title", "aiTitle": "made up"})
    assert made.read("s", *lines).session.title == "made up"
    lines += [{"type": "custom-title", "customTitle": name} for name in ("given", "given again")]
    assert made.read("s", *lines).session.title == "given again"


def test_a_name_that_says_nothing_gives_way_to_one_that_does(made: Made) -> None:
    for name in ("New session", "/clear", "/model opus", "<ide_opened_file>x", "[Request interrupted by user]", " "):
        lines = [{"type": "custom-title", "customTitle": name}, {"type": "ai-title", "aiTitle": "Tie the knot"}]
        assert made.read("s", *lines, user("a", content="x")).session.title == "Tie the knot"
    assert made.read("s", {"type": "custom-title", "customTitle": "/clear"}, user("a")).session.title == "/clear"
