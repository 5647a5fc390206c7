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
