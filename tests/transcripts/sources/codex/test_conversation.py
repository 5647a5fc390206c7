"""Whatever two records tell is there once."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from support.codex_sessions import answered, completed, event, fixture, item, read_fixture, read_lines, said, view


@pytest.mark.parametrize("lost", ["event_msg", "response_item"])
@pytest.mark.parametrize("name", ["paginated", "legacy", "v0.60"])
def test_nothing_said_is_lost_when_one_of_two_records_is(tmp_path: Path, name: str, lost: str) -> None:
    _, whole = read_fixture(tmp_path / "whole", name)
    lines = [line for line in fixture(name).decode().splitlines() if json.loads(line)["type"] != lost]
    _, rest = read_lines(tmp_path / "rest", *lines)
    assert view(rest) == view(whole)
    assert [one.thinking for one in rest if one.thinking] == [one.thinking for one in whole if one.thinking]


def test_same_prompt_and_answer_twice_are_two_turns(tmp_path: Path) -> None:
    turn = [
        said("go on"),
        event(type="user_message", message="go on"),
        event(type="agent_message", message="done"),
        answered("done"),
    ]
    _, messages = read_lines(tmp_path, *turn, *turn)
    assert view(messages) == [("user", "go on"), ("assistant", "done")] * 2


def test_parts_of_an_answer_that_the_client_showed_one_by_one(tmp_path: Path) -> None:
    parts = [{"type": "output_text", "text": "one"}, {"type": "output_text", "text": "two"}]
    whole = item(type="message", role="assistant", content=parts)
    shown = [event(type="agent_message", message=text) for text in ("one", "two")]
    session, messages = read_lines(tmp_path, *shown, whole)
    assert view(messages) == [("assistant", "one"), ("assistant", "two")]
    assert session.lines.dropped == {"duplicate": 1}


def test_one_answer_of_the_model_is_one_message(tmp_path: Path) -> None:
    thought = item(type="reasoning", summary=[{"type": "summary_text", "text": "hm"}], encrypted_content="abc")
    call = item(type="function_call", name="ls", arguments="{}", call_id="c1")
    output = item(type="function_call_output", call_id="c1", output="a.txt")
    _, messages = read_lines(tmp_path, said("files?"), thought, answered("Let me see"), call, output, answered("a.txt"))
    assert [(one.text, one.thinking, len(one.tool_calls)) for one in messages] == [
        ("files?", "", 0),
        ("Let me see", "hm", 1),
        ("a.txt", "", 0),
    ]


def test_prompt_that_looks_injected_is_shown_because_the_client_showed_it(tmp_path: Path) -> None:
    text = "<skill> is a tag, what does it mean?"
    _, messages = read_lines(tmp_path, said(text), event(type="user_message", message=text))
    assert view(messages) == [("user", text)]


def test_very_long_instructions_are_left_out(tmp_path: Path) -> None:
    record = item(type="message", role="developer", content=[{"type": "input_text", "text": "rule " * 5000}])
    session, messages = read_lines(tmp_path, record)
    assert (messages, session.lines.dropped) == ([], {"system prompt": 1})


@pytest.mark.parametrize("with_id", [True, False])
def test_search_in_the_web_is_there_once(tmp_path: Path, with_id: bool) -> None:
    action = {"type": "search", "query": "lathes"}
    asked = item(type="web_search_call", status="completed", action=action, **({"id": "ws_1"} if with_id else {}))
    shown = completed(type="WebSearch", id="ws_1", query="lathes", action=action)
    _, messages = read_lines(tmp_path, shown, asked, asked, shown)
    assert [call.name for one in messages for call in one.tool_calls] == ["web_search"] * 2
