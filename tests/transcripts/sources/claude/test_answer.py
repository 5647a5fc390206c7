"""An answer comes in several lines and is one message."""

from __future__ import annotations

from support.claude_sessions import AGENT, PARENT, Made, answer, real, result, user


def test_blocks_of_one_answer_are_one_message_counted_once() -> None:
    read = real(PARENT)
    first = next(one for one in read.messages if one.role == "assistant")
    assert (first.thinking, first.text, first.tool_calls[0].name) == ("hmm", "I will delegate", "Agent")
    assert first.tool_calls[0].session_id == AGENT
    assert read.session.tokens.output == 6 * 20
    assert all(one.parent_id == "" for one in read.messages)


def test_the_last_count_of_an_answer_counts_also_when_others_came_between(made: Made) -> None:
    usage = {"input_tokens": 7, "output_tokens": 1, "cache_read_input_tokens": 5, "cache_creation_input_tokens": 3}
    lines = [
        answer("a", "", "x", id="m1", message={"usage": usage}),
        answer("b", "a", "y", id="m1", message={"usage": {**usage, "output_tokens": 40}}),
        user("c", "b", result("t", "out")),
        answer("d", "c", "z", id="m1", message={"usage": {**usage, "output_tokens": 90}}),
    ]
    tokens = made.read("s", *lines).session.tokens
    assert (tokens.input, tokens.output, tokens.cache_read, tokens.cache_write) == (7, 90, 5, 3)
