"""Subagents in the session's own file."""

from __future__ import annotations

from typing import Any

from session_sync.transcripts.session import Message
from session_sync.transcripts.sources.claude import sidechains
from session_sync.transcripts.sources.pairing import paired
from support.claude_sessions import Made, answer, line, result, user

SIDE = {"isSidechain": True}


def call(uuid: str, parent: str, name: str, tool: str, **given: str) -> dict[str, Any]:
    content = [{"type": "tool_use", "id": name, "name": tool, "input": given}]
    usage = {"input_tokens": 1, "output_tokens": 2}
    return line("assistant", uuid, parent, content, id=f"m-{uuid}", message={"usage": usage})


def task(uuid: str, parent: str, name: str, prompt: str, kind: str = "general-purpose") -> dict[str, Any]:
    return call(uuid, parent, name, "Task", prompt=prompt, subagent_type=kind)


def told(messages: list[Message]) -> list[tuple[str, str, str, list[str]]]:
    return [
        (m.role, m.sender, m.text, [f"{c.name} {c.output}" for c in m.tool_calls]) for m in messages if not m.hidden
    ]


def test_a_subagent_comes_after_the_call_that_started_it(made: Made) -> None:
    read = made.read(
        "s",
        *[user("a", content="find knots"), task("b", "a", "t", "Find all knots.\n")],
        *[user("c", content="Find all knots.", **SIDE), answer("d", "c", "Looking", **SIDE)],
        *[call("e", "d", "g", "Grep", pattern="knot") | SIDE, user("f", "e", result("g", "warp.c:3"), **SIDE)],
        *[answer("h", "f", "One knot", **SIDE), user("i", "b", result("t", "One knot: reef"))],
        answer("j", "i", "There is one."),
    )  # fmt: skip
    messages = list(paired(read.items))
    assert told(messages) == [
        ("user", "", "find knots", []),
        ("assistant", "", "", ["Task One knot: reef"]),
        ("system", "subagent general-purpose", "Looking\n\nOne knot", ["Grep warp.c:3"]),
        ("assistant", "", "There is one.", []),
    ]
    assert [(one.role, one.kind, one.text, one.hidden) for one in messages if one.hidden] == [
        ("system", "agent", "Find all knots.", "injected")
    ]
    assert not any(one.parent_id for one in messages)
    assert read.session.tokens.output == 4


def test_those_that_run_side_by_side_have_each_their_own(made: Made) -> None:
    read = made.read(
        "s",
        *[user("a"), task("b", "a", "t", "one", "warp"), task("c", "b", "u", "two", "weft")],
        *[user("d", content="one", **SIDE), user("e", content="two", **SIDE), answer("f", "d", "1a", **SIDE)],
        *[answer("g", "e", "2a", **SIDE), answer("h", "f", "1b", **SIDE), user("i", "c", result("u", "2"))],
        *[answer("j", "h", "1c", **SIDE), user("k", "b", result("t", "1"))],
    )
    senders = [(one.sender, one.text) for one in read.messages if one.kind == "agent" and not one.hidden]
    assert senders == [("subagent warp", "1a\n\n1b"), ("subagent weft", "2a"), ("subagent warp", "1c")]


def test_one_that_nobody_asked_is_still_there(made: Made) -> None:
    read = made.read(
        "s", user("a", content="go"), answer("x", "gone", "lost", **SIDE), user("y", "x", result("q", "o"), **SIDE)
    )
    assert [(one.sender, one.text) for one in read.messages[1:]] == [("subagent", "lost")]
    assert [one.output for one in read.outputs] == ["o"]


def test_of_one_that_says_very_much_parts_are_given(made: Made, monkeypatch: Any) -> None:
    monkeypatch.setattr(sidechains, "_MOST_LINES", 10)
    lines = [answer(f"x{number}", f"x{number - 1}", "y", **SIDE) for number in range(95)]
    read = made.read("s", user("a", content="go"), user("x-1", content="do", **SIDE), *lines)
    assert [one.text.count("y") for one in read.messages if one.kind == "agent" and not one.hidden] == [10] * 9 + [5]
