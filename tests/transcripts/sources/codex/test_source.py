"""Codex's rollouts: found, and read into messages that hold everything once."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import os
import random
import sqlite3
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
import zstandard

from session_sync.transcripts.session import Attachment, Git, Link, Message, Session, Tokens
from session_sync.transcripts.sources.codex import source as codex
from session_sync.transcripts.sources.pairing import paired
from session_sync.transcripts.sources.source import Transcript
from support.homes import FIXTURES

ROLLOUTS = FIXTURES / "codex"
THREAD = "01a1fd70-1111-7aaa-8aaa-aaaaaaaaaaaa"
REVERT = "01a1fd7a-2222-7bbb-8bbb-bbbbbbbbbbbb"
CHILD = "01a1faa3-4b90-79c2-850e-1cdc297a5ed5"
PARENT = "01a1faa2-3c35-7ee3-ae2a-6e625642fd88"
Line = dict[str, Any]


def rollout(home: Path, thread: str, data: bytes, day: str = "2026/11/21", suffix: str = "", end: str = "") -> Path:
    """A rollout as Codex would put it below `home`."""
    folder = home / "sessions" / day if day else home / "archived_sessions"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"rollout-2026-11-21T09-00-00-{thread}{suffix}.jsonl{end}"
    path.write_bytes(data)
    return path


def fixture(name: str) -> bytes:
    return (ROLLOUTS / f"{name}.jsonl").read_bytes()


def read(transcript: Transcript) -> tuple[Session, list[Message]]:
    """The session and its messages; every line must be accounted for, and all of it must be JSON."""
    session = Session("codex", transcript.session_id)
    messages = list(paired(codex.read(transcript, session)))
    assert session.lines.read == session.lines.kept + sum(session.lines.dropped.values())
    msgspec.json.decode(msgspec.json.encode((session, messages)))
    return session, messages


def read_fixture(tmp_path: Path, name: str) -> tuple[Session, list[Message]]:
    rollout(tmp_path, THREAD, fixture(name))
    (found,) = codex.find(tmp_path)
    return read(found)


def read_lines(tmp_path: Path, *lines: Line | str) -> tuple[Session, list[Message]]:
    text = "\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines)
    (found,) = codex.find(rollout(tmp_path, THREAD, text.encode() + b"\n"))
    return read(found)


def item(**payload: Any) -> Line:
    return {"timestamp": "2026-11-21T09:00:00.000Z", "type": "response_item", "payload": payload}


def event(**payload: Any) -> Line:
    return {"timestamp": "2026-11-21T09:00:01.000Z", "type": "event_msg", "payload": payload}


def completed(**inner: Any) -> Line:
    return event(type="item_completed", item=inner)


def said(text: str) -> Line:
    return item(type="message", role="user", content=[{"type": "input_text", "text": text}])


def answered(text: str) -> Line:
    return item(type="message", role="assistant", content=[{"type": "output_text", "text": text}])


def view(messages: list[Message]) -> list[tuple[str, str]]:
    """What a reader sees of prompts and answers."""
    return [(one.role, one.text) for one in messages if not one.hidden and one.text]


# Reading: the shapes that Codex has written over time


def test_paginated_rollout_gives_everything_once(tmp_path: Path) -> None:
    session, messages = read_fixture(tmp_path, "paginated")
    assert view(messages) == [
        ("user", "Which files are there?"),
        ("assistant", "Answer 2: Which files are there?"),
        ("user", "Make a file"),
        ("assistant", "Answer 4: Make a file"),
    ]
    assert [one.thinking for one in messages if one.thinking] == [
        *["**Thinking** about: Which files are there?"] * 2,
        *["**Thinking** about: Make a file"] * 2,
    ]
    listed, patched = [call for one in messages for call in one.tool_calls]
    assert (listed.name, listed.input, listed.status) == ("exec_command", {"cmd": "echo notes.txt; ls"}, "ok")
    assert listed.output == "notes.txt\n"
    assert patched.name == "apply_patch"
    assert patched.input.startswith("*** Begin Patch")
    assert patched.output == "unsupported custom tool call: apply_patch"
    assert session.lines.dropped["duplicate"] == 9


def test_facts_of_a_session(tmp_path: Path) -> None:
    session, _ = read_fixture(tmp_path, "paginated")
    assert (session.cwd, session.client, session.models) == ("/home/ada/code/lathe", "0.169.0", ["gpt-5.4"])
    assert session.git == Git("https://example.com/ada/lathe.git", "master", "b6a8c846b149474272485afba7e61e7293ccea95")
    assert (session.started, session.ended) == ("2026-11-20T20:19:14.576Z", "2026-11-20T20:19:32.805Z")
    assert session.tokens == Tokens(input=2010, output=200, cache_read=2000, reasoning=40)
    (raw,) = session.raw
    assert raw.path == f"sessions/2026/11/21/rollout-2026-11-21T09-00-00-{THREAD}.jsonl"
    assert raw.sha256 == hashlib.sha256(fixture("paginated")).hexdigest()


def test_facts_are_there_with_the_first_message(tmp_path: Path) -> None:
    rollout(tmp_path, THREAD, fixture("paginated"))
    (found,) = codex.find(tmp_path)
    session = Session("codex", found.session_id)
    next(codex.read(found, session))
    assert (session.cwd, session.git is not None) == ("/home/ada/code/lathe", True)


@pytest.mark.parametrize("name", ["legacy", "converted"])
def test_legacy_events_and_their_conversion_read_the_same(tmp_path: Path, name: str) -> None:
    session, messages = read_fixture(tmp_path, name)
    assert view(messages) == [
        ("user", "Show me the folder"),
        ("assistant", "Answer 47: Show me the folder"),
        ("user", "And now the tests"),
        ("assistant", "Answer 48: And now the tests"),
    ]
    assert len([one for one in messages if one.thinking]) == 3
    (call,) = [call for one in messages for call in one.tool_calls]
    assert call.output.endswith("Output:\nnotes.txt\n")
    assert session.tokens == Tokens(input=1641, output=150, cache_read=1500, reasoning=30)


def test_rollout_of_0_60_resumed_by_0_169(tmp_path: Path) -> None:
    session, messages = read_fixture(tmp_path, "v0.60")
    assert view(messages) == [
        ("user", "Show me the folder"),
        ("assistant", "Answer 50: Show me the folder"),
        ("user", "Go on where we were"),
        ("assistant", "Answer 67: Go on where we were"),
    ]
    (call,) = [call for one in messages for call in one.tool_calls]
    assert (call.name, call.output, call.status) == ("shell", "notes.txt\n", "ok")
    assert session.lines.dropped["snapshot"] == 1
    assert session.tokens == Tokens(input=1666, output=150, cache_read=1500, reasoning=30)


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


# What the client says in the user's name


def test_injected_text_is_kept_but_not_shown(tmp_path: Path) -> None:
    _, messages = read_fixture(tmp_path, "parent")
    injected = [(one.role, one.text[:20]) for one in messages if one.hidden == "injected"]
    assert injected == [
        ("system", "<skills_instructions"),
        ("user", "<environment_context"),
        ("user", "<skill>\n<name>native"),
        ("user", "<subagent_notificati"),
    ]


def test_prompt_and_injected_text_in_one_record_are_told_apart(tmp_path: Path) -> None:
    record = item(
        type="message",
        role="user",
        content=[{"type": "input_text", "text": "be kind"}, {"type": "input_text", "text": "hello"}],
        internal_chat_message_metadata_passthrough={"content_item_kinds": ["agents_md.instructions", "user.text"]},
    )
    session, messages = read_lines(tmp_path, record, event(type="user_message", message="hello"))
    assert [(one.text, one.hidden) for one in messages] == [("be kind", "injected"), ("hello", "")]
    assert session.lines.dropped == {"duplicate": 1}


def test_prompt_that_looks_injected_is_shown_because_the_client_showed_it(tmp_path: Path) -> None:
    text = "<skill> is a tag, what does it mean?"
    _, messages = read_lines(tmp_path, said(text), event(type="user_message", message=text))
    assert view(messages) == [("user", text)]


def test_very_long_instructions_are_left_out(tmp_path: Path) -> None:
    record = item(type="message", role="developer", content=[{"type": "input_text", "text": "rule " * 5000}])
    session, messages = read_lines(tmp_path, record)
    assert (messages, session.lines.dropped) == ([], {"system prompt": 1})


def test_compaction_leaves_its_summary_and_no_history(tmp_path: Path) -> None:
    history = [{"type": "message", "role": "user", "content": [{"type": "input_text", "text": "hello"}]}]
    line = {"type": "compacted", "payload": {"message": "A summary", "replacement_history": history}}
    session, messages = read_lines(tmp_path, said("hello"), line)
    assert [(one.text, one.hidden) for one in messages] == [("hello", ""), ("A summary", "system")]
    assert session.problems == []


def test_history_that_is_nowhere_else_is_named(tmp_path: Path) -> None:
    history = [{"type": "message", "role": "user", "content": [{"type": "input_text", "text": "hello"}]}]
    line = {"type": "compacted", "payload": {"message": "A summary", "replacement_history": history}}
    session, _ = read_lines(tmp_path, line, said("go on"))
    assert [one.reason for one in session.problems] == ["earlier history is only in replacement_history"]


# Tools


@pytest.mark.parametrize(
    ("output", "status"),
    [
        ("Wall time: 0.1 seconds\nProcess exited with code 0\nOutput:\nfine", "ok"),
        ("Wall time: 0.1 seconds\nProcess exited with code 2\nOutput:\nbad", "error"),
        ("Exit code: 1\nWall time: 0.1 seconds\nOutput:\nbad", "error"),
        ("a text that mentions Exit code: later", "ok"),
        ('{"output":"bad\\n","metadata":{"exit_code":1}}', "error"),
        ({"content": "no", "success": False}, "error"),
        ([{"type": "input_text", "text": "fine"}], "ok"),
        (7, "ok"),
        (None, "ok"),
    ],
)
def test_status_of_an_output(tmp_path: Path, output: Any, status: str) -> None:
    call = item(type="function_call", name="exec", arguments="{}", call_id="c1")
    _, messages = read_lines(tmp_path, call, item(type="function_call_output", call_id="c1", output=output))
    assert [call.status for one in messages for call in one.tool_calls] == [status]


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ('{"a": 1}', {"a": 1}),
        ("no json", "no json"),
        ("[1]", "[1]"),
        (None, None),
        ({"a": 1}, {"a": 1}),
    ],
)
def test_input_of_a_call(tmp_path: Path, arguments: Any, expected: Any) -> None:
    _, messages = read_lines(tmp_path, item(type="function_call", name="x", arguments=arguments, call_id="c"))
    assert messages[0].tool_calls[0].input == expected


@pytest.mark.parametrize(
    ("shown", "name", "output", "status"),
    [
        (
            {"type": "CommandExecution", "command": ["ls"], "aggregated_output": "a", "exit_code": 3},
            *("exec_command", "a", "error"),
        ),
        ({"type": "FileChange", "changes": {"a.py": {}}, "status": "failed"}, "apply_patch", "", "error"),
        (
            {
                "type": "McpToolCall",
                "server": "docs",
                "tool": "find",
                "arguments": {"q": 1},
                "result": {"content": [{"type": "text", "text": "found"}]},
            },
            *("mcp__docs__find", "found", "ok"),
        ),
        (
            {"type": "mcpToolCall", "server": "docs", "tool": "find", "error": {"message": "no server"}},
            *("mcp__docs__find", "no server", "error"),
        ),
        ({"type": "WebSearch", "query": "lathes", "action": {"type": "search"}}, "web_search", "", "ok"),
        ({"type": "ImageView", "path": "file:///a.png"}, "view_image", "", "ok"),
        ({"type": "DynamicToolCall", "tool": "own", "arguments": {}, "success": False}, "own", "", "error"),
    ],
)
def test_call_that_only_the_client_recorded(
    tmp_path: Path, shown: dict[str, Any], name: str, output: str, status: str
) -> None:
    _, messages = read_lines(tmp_path, completed(id="c1", **shown))
    (call,) = messages[0].tool_calls
    assert (call.name, call.output, call.status) == (name, output, status)


def test_status_that_only_the_client_recorded_is_in_the_call(tmp_path: Path) -> None:
    call = item(type="custom_tool_call", name="apply_patch", input="*** Begin Patch", call_id="c1")
    failed = completed(type="FileChange", id="c1", changes={}, status="failed")
    output = item(type="custom_tool_call_output", call_id="c1", output="the patch does not fit")
    _, messages = read_lines(tmp_path, call, failed, output)
    (told,) = messages[0].tool_calls
    assert (told.status, told.output) == ("error", "the patch does not fit")


def test_failed_call_without_any_output_is_known_as_failed(tmp_path: Path) -> None:
    call = item(type="custom_tool_call", name="apply_patch", input="*** Begin Patch", call_id="c1")
    _, messages = read_lines(tmp_path, call, completed(type="FileChange", id="c1", changes={}, status="declined"))
    assert [call.status for one in messages for call in one.tool_calls] == ["error"]


def test_end_of_a_command_that_went_on_in_the_background_is_told(tmp_path: Path) -> None:
    call = item(type="function_call", name="exec_command", arguments="{}", call_id="c1")
    begun = item(type="function_call_output", call_id="c1", output="Process running with session ID 7\nOutput:\n")
    ended = completed(type="CommandExecution", id="c1", command=["make"], aggregated_output="broken", exit_code=2)
    _, messages = read_lines(tmp_path, call, begun, ended)
    assert [(call.output[-7:], call.status) for one in messages for call in one.tool_calls] == [
        ("Output:\n"[-7:], "ok"),
        ("broken", "error"),
    ]


def test_id_of_a_call_that_a_model_uses_again_is_another_call(tmp_path: Path) -> None:
    calls = []
    for name in ("a", "b"):
        calls.append(item(type="function_call", name=name, arguments="{}", call_id="c1"))
        calls.append(item(type="function_call_output", call_id="c1", output=name))
    _, messages = read_lines(tmp_path, *calls)
    assert [(call.name, call.output) for one in messages for call in one.tool_calls] == [("a", "a"), ("b", "b")]


@pytest.mark.parametrize("with_id", [True, False])
def test_search_in_the_web_is_there_once(tmp_path: Path, with_id: bool) -> None:
    action = {"type": "search", "query": "lathes"}
    asked = item(type="web_search_call", status="completed", action=action, **({"id": "ws_1"} if with_id else {}))
    shown = completed(type="WebSearch", id="ws_1", query="lathes", action=action)
    _, messages = read_lines(tmp_path, shown, asked, asked, shown)
    assert [call.name for one in messages for call in one.tool_calls] == ["web_search"] * 2


def test_subagent_is_linked_from_both_sides(tmp_path: Path) -> None:
    rollout(tmp_path, PARENT, fixture("parent"))
    rollout(tmp_path, CHILD, fixture("subagent"))
    found = {one.session_id: one for one in codex.find(tmp_path)}
    child, messages = read(found[CHILD])
    assert child.parent == Link(PARENT)
    assert child.fork is None
    assert view(messages) == [("user", "Say hello to Ada"), ("assistant", "Answer 17: Say hello to Ada")]
    parent, messages = read(found[PARENT])
    assert parent.parent is None
    calls = {call.name: call.session_id for one in messages for call in one.tool_calls}
    assert calls == {"spawn_agent": CHILD, "wait_agent": ""}


@pytest.mark.parametrize("lost", ["CollabAgentToolCall", "function_call_output"])
def test_subagent_is_linked_by_either_record(tmp_path: Path, lost: str) -> None:
    lines = [line for line in fixture("parent").decode().splitlines() if f'"type":"{lost}"' not in line]
    _, messages = read_lines(tmp_path, *lines)
    calls = {call.name: call.session_id for one in messages for call in one.tool_calls}
    assert calls["spawn_agent"] == CHILD


# Pictures


PIXELS = b"\x89PNG and so on"
URL = "data:image/png;base64," + base64.b64encode(PIXELS).decode()
PICTURE = Attachment("image", "", "image/png", len(PIXELS), hashlib.sha256(PIXELS).hexdigest())


def test_picture_in_a_prompt_leaves_its_hash_and_no_bytes(tmp_path: Path) -> None:
    content = [
        {"type": "input_text", "text": "<image name=[Image #1]>"},
        {"type": "input_image", "image_url": URL},
        {"type": "input_text", "text": "</image>"},
        {"type": "input_text", "text": "what is this?"},
    ]
    prompt = item(type="message", role="user", content=content)
    shown = event(type="user_message", message="what is this?", images=[URL])
    _, messages = read_lines(tmp_path, prompt, shown)
    assert [(one.text, one.attachments) for one in messages] == [("what is this?", [PICTURE])]


@pytest.mark.parametrize(
    "line",
    [
        item(type="function_call_output", call_id="c1", output=[{"type": "input_image", "image_url": URL}]),
        item(type="function_call_output", call_id="c1", output=f"see {URL} there"),
        completed(
            type="McpToolCall",
            id="c1",
            result={"content": [{"type": "image", "mimeType": "image/png", "data": URL.split(",")[1]}]},
        ),
        completed(type="ImageGeneration", id="c1", status="completed", result=URL.split(",")[1]),
        item(type="image_generation_call", id="c1", status="completed", result=URL.split(",")[1]),
        item(type="function_call", name="x", call_id="c1", arguments=json.dumps({"picture": URL})),
        {"type": "brand_new", "payload": {"deep": [{"picture": URL}]}},
    ],
)
def test_picture_anywhere_leaves_its_hash_and_no_bytes(tmp_path: Path, line: Line) -> None:
    _, messages = read_lines(tmp_path, line)
    found = [*messages[0].attachments, *(one for call in messages[0].tool_calls for one in call.attachments)]
    assert found == [PICTURE]
    assert URL.split(",")[1].encode() not in msgspec.json.encode(messages)


# Forks and reverts


def test_fork_links_to_its_origin_and_repeats_nothing(tmp_path: Path) -> None:
    session, messages = read_fixture(tmp_path / "fork", "fork")
    assert session.fork is None  # the thread was given the origin's name: nobody forks from himself
    (found,) = codex.find(rollout(tmp_path, "01a1fd80-3333-7ccc-8ccc-cccccccccccc", fixture("fork")))
    session, messages = read(found)
    assert session.fork == Link(THREAD, "9")
    assert view(messages) == [("user", "Use brass gears"), ("assistant", "Brass gears it is")]
    assert session.tokens == Tokens(input=100, output=10)


def test_revert_hides_what_it_took_back_and_goes_on(tmp_path: Path) -> None:
    rollout(tmp_path, THREAD, fixture("reverted"))
    rollout(tmp_path, THREAD, fixture("reverting"), "2026/11/22", suffix=f"_{REVERT}")
    (found,) = codex.find(tmp_path)
    session, messages = read(found)
    assert [(one.text, one.hidden) for one in messages] == [
        ("Plan the gearbox", ""),
        ("A plan with three shafts", ""),
        ("Use plastic gears", "reverted"),
        ("Plastic gears it is", "reverted"),
        ("Use steel gears", ""),
        ("Steel gears it is", ""),
    ]
    assert session.fork is None
    assert session.tokens == Tokens(input=300, output=30)
    assert len(session.raw) == 2


def test_file_of_a_reverted_revert_is_hidden_as_a_whole(tmp_path: Path) -> None:
    rollout(tmp_path, THREAD, fixture("reverted"))
    rollout(tmp_path, THREAD, fixture("reverting"), suffix=f"_{REVERT}")
    last = fixture("reverting").replace(b"steel", b"wooden").replace(b"Steel", b"Wooden")
    rollout(tmp_path, THREAD, last, suffix=f"_{REVERT.replace('7bbb', '7eee')}")
    (found,) = codex.find(tmp_path)
    _, messages = read(found)
    assert [one.text for one in messages if not one.hidden] == [
        *("Plan the gearbox", "A plan with three shafts", "Use wooden gears", "Wooden gears it is"),
    ]
    assert [one.text for one in messages if one.hidden] == [
        *("Use plastic gears", "Plastic gears it is", "Use steel gears", "Steel gears it is"),
    ]


def test_session_of_a_lost_first_file_is_what_the_second_holds(tmp_path: Path) -> None:
    rollout(tmp_path, THREAD, fixture("reverted")).unlink()
    rollout(tmp_path, THREAD, fixture("reverting"), suffix=f"_{REVERT}")
    (found,) = codex.find(tmp_path)
    _, messages = read(found)
    assert view(messages) == [("user", "Use steel gears"), ("assistant", "Steel gears it is")]


def test_one_file_that_cannot_be_read_does_not_hide_the_other(tmp_path: Path) -> None:
    first = rollout(tmp_path, THREAD, fixture("reverted"))
    rollout(tmp_path, THREAD, fixture("reverting"), suffix=f"_{REVERT}")
    (found,) = codex.find(tmp_path)
    first.unlink()
    session, messages = read(found)
    assert ("user", "Use steel gears") in view(messages)
    assert [(one.line, one.reason) for one in session.problems] == [(0, "unreadable")]


# Finding


def test_find_takes_any_part_of_the_tree(tmp_path: Path) -> None:
    home = tmp_path / ".codex"
    path = rollout(home, THREAD, fixture("reverted"))
    archived = rollout(home, CHILD, fixture("subagent"), day="")
    both = {THREAD, CHILD}
    assert {one.session_id for one in codex.find(tmp_path)} == both
    assert {one.session_id for one in codex.find(home)} == both
    assert {one.session_id for one in codex.find(home / "sessions")} == {THREAD}
    assert {one.session_id for one in codex.find(home / "archived_sessions")} == {CHILD}
    assert {one.session_id for one in codex.find(path.parent)} == {THREAD}
    assert {one.session_id for one in codex.find(archived)} == {CHILD}
    assert list(codex.find(tmp_path / "nowhere")) == []
    by_tree = {one.session_id: one for one in codex.find(tmp_path)}
    assert list(codex.find(path)) == [by_tree[THREAD]]


def test_find_of_one_file_finds_the_others_of_its_thread(tmp_path: Path) -> None:
    first = rollout(tmp_path, THREAD, fixture("reverted"))
    second = rollout(tmp_path, THREAD, fixture("reverting"), "2026/12/01", suffix=f"_{REVERT}")
    (whole,) = codex.find(tmp_path)
    assert (whole.path, whole.more) == (str(first), (str(second),))
    assert list(codex.find(first)) == list(codex.find(second)) == [whole]


def test_rollout_of_any_name_can_be_read(tmp_path: Path) -> None:
    path = tmp_path / "mine.jsonl"
    path.write_bytes(fixture("legacy"))
    (found,) = codex.find(path)
    assert found.session_id == "mine"
    assert len(view(read(found)[1])) == 4


def test_roots(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, sealed_home: Path) -> None:
    monkeypatch.setenv("CODEX_HOME", str(tmp_path))
    assert codex.roots() == [tmp_path]
    monkeypatch.delenv("CODEX_HOME")
    assert codex.roots() == [sealed_home / ".codex"]


def test_newest_copy_of_a_thread_is_given_once(tmp_path: Path) -> None:
    old = rollout(tmp_path, THREAD, fixture("reverted"))
    new = rollout(tmp_path, THREAD, fixture("legacy"), day="")
    os.utime(old, ns=(1, 1000))
    os.utime(new, ns=(1, 2000))
    assert [one.path for one in codex.find(tmp_path)] == [str(new)]
    os.utime(old, ns=(1, 3000))
    assert [one.path for one in codex.find(tmp_path)] == [str(old)]


def test_fingerprint_changes_with_the_files_and_not_with_their_place(tmp_path: Path) -> None:
    path = rollout(tmp_path, THREAD, fixture("reverted"))
    (before,) = codex.find(tmp_path)
    moved = tmp_path / "archived_sessions" / path.name
    moved.parent.mkdir()
    path.rename(moved)
    (after,) = codex.find(tmp_path)
    assert (after.fingerprint, after.path) == (before.fingerprint, str(moved))
    moved.write_bytes(fixture("reverted") + fixture("reverting"))
    assert next(iter(codex.find(tmp_path))).fingerprint != before.fingerprint
    second = rollout(tmp_path, THREAD, fixture("reverting"), suffix=f"_{REVERT}")
    (whole,) = codex.find(tmp_path)
    second.write_bytes(fixture("reverting") + b"\n")
    assert next(iter(codex.find(tmp_path))).fingerprint != whole.fingerprint


def test_links_and_strange_entries_are_passed_over(tmp_path: Path) -> None:
    path = rollout(tmp_path, THREAD, fixture("reverted"))
    (path.parent / "loop").symlink_to(tmp_path)
    (path.parent / path.name.replace(THREAD, CHILD)).symlink_to(path)
    (path.parent / path.name.replace(THREAD, PARENT)).mkdir()
    (path.parent / "rollout-x.jsonl").write_bytes(b"")
    (path.parent / b"rollout-\xff.jsonl".decode(errors="surrogateescape")).write_bytes(b"")
    assert [one.session_id for one in codex.find(tmp_path)] == [THREAD]


# Titles


def index(home: Path, *entries: Line | str) -> None:
    text = "\n".join(one if isinstance(one, str) else json.dumps(one) for one in entries)
    (home / "session_index.jsonl").write_text(text)


def database(home: Path, name: str, columns: str, *values: str) -> None:
    with sqlite3.connect(home / name) as connection:
        connection.execute(f"CREATE TABLE threads ({columns})")
        connection.execute(f"INSERT INTO threads VALUES ({', '.join('?' * len(values))})", values)  # noqa: S608
    connection.close()


def title(home: Path) -> str:
    (found,) = codex.find(home)
    return read(found)[0].title


def test_last_rename_is_the_title_and_changes_one_fingerprint(tmp_path: Path) -> None:
    rollout(tmp_path, THREAD, fixture("reverted"))
    rollout(tmp_path, CHILD, fixture("subagent"))
    before = {one.session_id: one.fingerprint for one in codex.find(tmp_path)}
    index(
        tmp_path, {"id": THREAD, "thread_name": "Old"}, "no json", {"id": 7}, {"id": THREAD, "thread_name": "Gears\n"}
    )
    after = {one.session_id: one for one in codex.find(tmp_path)}
    assert after[CHILD].fingerprint == before[CHILD]
    assert after[THREAD].fingerprint != before[THREAD]
    assert read(after[THREAD])[0].title == "Gears"
    assert read(after[CHILD])[0].title == ""


def test_title_from_the_newest_database(tmp_path: Path) -> None:
    rollout(tmp_path, THREAD, fixture("reverted"))
    database(tmp_path, "state_5.sqlite", "id, title", THREAD, "Older")
    assert title(tmp_path) == "Older"
    database(tmp_path, "state_12.sqlite", "id, title, name", THREAD, "First prompt", "Gears")
    assert title(tmp_path) == "Gears"
    index(tmp_path, {"id": THREAD, "thread_name": "Renamed"})
    assert title(tmp_path) == "Renamed"


@pytest.mark.parametrize(
    "break_it",
    [
        lambda home: (home / "state_5.sqlite").write_bytes(b"no database"),
        lambda home: (home / "state_5.sqlite").mkdir(),
        lambda home: database(home, "state_5.sqlite", "other", "x"),
        lambda home: (home / "session_index.jsonl").mkdir(),
        lambda home: (home / "session_index.jsonl").write_bytes(b'\xff\n{"id":"x","thread_name":"\\ud800"}\n[1]\n'),
    ],
)
def test_no_title_when_there_is_none_to_read(tmp_path: Path, break_it: Callable[[Path], Any]) -> None:
    rollout(tmp_path, THREAD, fixture("reverted"))
    break_it(tmp_path)
    assert title(tmp_path) == ""


def test_database_is_not_written_to(tmp_path: Path) -> None:
    rollout(tmp_path, THREAD, fixture("reverted"))
    database(tmp_path, "state_5.sqlite", "id, title", THREAD, "Gears")
    before = sorted(os.listdir(tmp_path)), (tmp_path / "state_5.sqlite").read_bytes()
    assert title(tmp_path) == "Gears"
    assert (sorted(os.listdir(tmp_path)), (tmp_path / "state_5.sqlite").read_bytes()) == before


# Compression


def test_compressed_rollout_reads_the_same(tmp_path: Path) -> None:
    plain = read_fixture(tmp_path / "plain", "paginated")
    data = zstandard.compress(fixture("paginated"))
    rollout(tmp_path / "small", THREAD, data, end=".zst")
    (found,) = codex.find(tmp_path / "small")
    session, messages = read(found)
    assert messages == plain[1]
    assert session.raw[0].sha256 == plain[0].raw[0].sha256
    assert session.raw[0].path.endswith(".jsonl.zst")


def test_plain_file_is_taken_when_both_are_as_new(tmp_path: Path) -> None:
    plain = rollout(tmp_path, THREAD, fixture("reverted"))
    small = rollout(tmp_path, THREAD, zstandard.compress(fixture("reverted")), end=".zst")
    os.utime(plain, ns=(1, 1000))
    os.utime(small, ns=(1, 1000))
    assert [one.path for one in codex.find(tmp_path)] == [str(plain)]


@pytest.mark.parametrize("kind", ["cut", "garbled", "none"])
def test_damaged_compression_gives_what_can_be_read(tmp_path: Path, kind: str) -> None:
    lines = fixture("reverted").splitlines(keepends=True)
    frames = [zstandard.compress(b"".join(lines[:9])), zstandard.compress(b"".join(lines[9:]))]
    broken = {"cut": frames[1][:-40], "garbled": b"garbage" * 9, "none": b""}[kind]
    rollout(tmp_path, THREAD, frames[0] + broken, end=".zst")
    (found,) = codex.find(tmp_path)
    session, messages = read(found)
    assert view(messages)[0] == ("user", "Plan the gearbox")
    if kind == "garbled":
        assert [one.reason for one in session.problems] == ["damaged compression"]


# Damage and hostile input


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


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ({"type": "brand_new", "payload": {"a": 1}}, "brand_new"),
        (item(type="brand_new", a=1), "response_item/brand_new"),
        (event(type="brand_new", a=1), "event_msg/brand_new"),
        (completed(type="BrandNew", a=1), "item/BrandNew"),
        (event(type="item_completed", item=[1]), "item/"),
        ({"payload": {"a": 1}}, "no type"),
        ({"type": "x " * 500}, "x " * 40),
    ],
)
def test_record_of_an_unknown_type_is_kept_as_it_is(tmp_path: Path, line: Line, name: str) -> None:
    session, messages = read_lines(tmp_path, line)
    assert session.lines.unknown == {name: 1}
    assert (messages[0].role, messages[0].hidden) == ("record", "unknown")
    assert messages[0].record in (line, line.get("payload", {}).get("item"))


def test_unknown_types_without_end_are_counted_together(tmp_path: Path) -> None:
    session, _ = read_lines(tmp_path, *({"type": f"type {number}"} for number in range(200)))
    assert sum(session.lines.unknown.values()) == 200
    assert session.lines.unknown["other"] == 100


@pytest.mark.parametrize("time", ["soon", "2026-11-21", "2026-13-41T00:00:00Z", 7, None, "", "2026-11-21T09:00:00"])
def test_time_that_is_none_is_left_out(tmp_path: Path, time: Any) -> None:
    session, messages = read_lines(tmp_path, {**said("hello"), "timestamp": time})
    assert (messages[0].time, session.started) == ("", "")


def test_time_elsewhere_is_told_in_utc(tmp_path: Path) -> None:
    _, messages = read_lines(tmp_path, {**said("hello"), "timestamp": "2026-11-21T11:00:00+02:00"})
    assert messages[0].time == "2026-11-21T09:00:00Z"


def _nodes(value: Any) -> list[tuple[Any, Any]]:
    keys = list(value) if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else []
    return [(value, key) for key in keys] + [found for key in keys for found in _nodes(value[key])]


@pytest.mark.parametrize("name", [path.stem for path in sorted(ROLLOUTS.glob("*.jsonl")) if path.stem != "damaged"])
def test_any_value_anywhere_breaks_nothing(tmp_path: Path, name: str) -> None:
    chance = random.Random(name)
    values = [None, True, -1, 1 << 70, 1.5, "", "x", [], [[]], {}, {"text": 1}, [None, {"type": 7}], "\ud800", "\0"]
    lines = [json.loads(line) for line in fixture(name).splitlines()]
    for _ in range(25):
        changed = json.loads(json.dumps(lines))
        for line in changed:
            for container, key in chance.sample(nodes := _nodes(line), min(len(nodes), chance.randrange(3))):
                if isinstance(container, list) and key >= len(container):
                    continue
                container[key] = chance.choice(values)
        session, _ = read_lines(tmp_path, *changed)
        assert session.lines.read == len(lines)


def test_deeply_nested_input_is_bounded(tmp_path: Path) -> None:
    deep = "[" * 300 + "]" * 300
    _, messages = read_lines(tmp_path, item(type="function_call", name="x", call_id="c", arguments=f'{{"a":{deep}}}'))
    value, depth = messages[0].tool_calls[0].input["a"], 0
    while isinstance(value, list):
        value, depth = value[0], depth + 1
    assert depth < 100


def test_empty_rollout_gives_nothing(tmp_path: Path) -> None:
    session, messages = read_lines(tmp_path)
    assert (messages, session.lines.read) == ([], 0)


def test_rollout_that_is_gone_is_an_error(tmp_path: Path) -> None:
    path = rollout(tmp_path, THREAD, fixture("legacy"))
    (found,) = codex.find(tmp_path)
    path.unlink()
    with pytest.raises(FileNotFoundError):
        read(found)


def test_memory_does_not_grow_with_the_rollout(tmp_path: Path) -> None:
    turn = "\n".join(
        json.dumps(line)
        for line in [
            said("x" * 2000),
            item(type="function_call", name="exec", arguments="{}", call_id="c1"),
            item(type="function_call_output", call_id="c1", output="y" * 20_000),
        ]
    )
    path = rollout(tmp_path, THREAD, zstandard.compress((turn + "\n").encode() * 2000), end=".zst")
    (found,) = codex.find(path)
    tracemalloc.start()
    try:
        session = Session("codex", found.session_id)
        count = sum(1 for _ in codex.read(found, session))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert count == 6000
    assert peak < 8 << 20
    assert session.raw[0].size == len(turn + "\n") * 2000


def test_huge_picture_in_one_line_is_streamed(tmp_path: Path) -> None:
    text = io.BytesIO()
    text.write(json.dumps(said("hello")).encode() + b"\n")
    huge = json.dumps(item(type="function_call_output", call_id="c", output="OUT")).encode()
    text.write(huge.replace(b"OUT", b"z" * (20 << 20)) + b"\n")
    (found,) = codex.find(rollout(tmp_path, THREAD, text.getvalue()))
    session, messages = read(found)
    assert [one.reason for one in session.problems] == ["long values cut"]
    assert messages[1].tool_calls[0].output.startswith("zzz")


def test_one_prompt_that_was_taken_back_is_no_more(tmp_path: Path) -> None:
    _, messages = read_lines(tmp_path, event(type="thread_rolled_back", num_turns=1))
    assert view(messages) == [("system", "Taken back: the last prompt and what followed it.")]


def test_what_the_client_told_is_in_the_reading_view(tmp_path: Path) -> None:
    lines = [
        event(type="turn_aborted", reason="interrupted"),
        event(type="thread_rolled_back", num_turns=2),
        event(type="error", message="no network"),
    ]
    _, messages = read_lines(tmp_path, *lines)
    assert view(messages) == [
        ("system", "The turn was aborted: interrupted."),
        ("system", "Taken back: the last prompts (2) and what followed them."),
        ("system", "Error: no network"),
    ]
