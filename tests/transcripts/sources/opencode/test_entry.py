"""What the rows of version 2 hold."""

from __future__ import annotations

import base64
import hashlib
import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from session_sync.transcripts.session import Link, Message
from support.opencode_sessions import add_newer, change, read

MODEL = {"id": "m1", "providerID": "mock"}


@pytest.fixture
def newer(tmp_path: Path) -> Path:
    """Where a database of version 2 is going to be."""
    return tmp_path / "opencode" / "opencode.db"


def shown(newer: Path) -> list[tuple[str, str, str]]:
    return [(one.role, one.kind, one.text) for one in read(newer, "mine")[1] if not one.hidden]


def test_a_prompt_and_its_answer(newer: Path) -> None:
    done = {"status": "completed", "input": {"command": "ls"}, "content": [{"type": "text", "text": "red\nblue"}]}
    call = {"type": "tool", "id": "call_1", "name": "shell", "state": done}
    parts = [{"type": "reasoning", "text": "I look first."}, call, {"type": "text", "text": "It is tied."}]
    tokens = {"input": 100, "output": 20, "reasoning": 5, "cache": {"read": 7, "write": 3}}
    add_newer(
        newer,
        ("user", {"text": "Tie the knot", "time": {"created": 1772442000000}}),
        ("assistant", {"agent": "build", "model": MODEL, "content": parts, "tokens": tokens}),
        ("idle", {"outcome": "succeeded"}),
        title="Tie the loose knot",
        parent_id="other",
        directory="/home/ada/code/loom",
    )
    session, messages = read(newer, "mine")
    prompt, answer = messages
    assert (prompt.role, prompt.text, prompt.id, prompt.time) == (
        "user",
        "Tie the knot",
        "m0",
        "2026-03-02T09:00:00.000Z",
    )
    assert (answer.text, answer.thinking, answer.model) == ("It is tied.", "I look first.", "m1")
    (made,) = answer.tool_calls
    assert (made.id, made.name, made.input, made.output, made.status) == (
        "call_1",
        "shell",
        {"command": "ls"},
        "red\nblue",
        "ok",
    )
    assert (session.title, session.cwd, session.client) == ("Tie the loose knot", "/home/ada/code/loom", "2.0.12")
    assert (session.parent, session.models) == (Link("other"), ["m1"])
    counted = session.tokens
    assert (counted.input, counted.output, counted.reasoning, counted.cache_read, counted.cache_write) == (
        100,
        20,
        5,
        7,
        3,
    )
    assert (session.lines.read, session.lines.dropped) == (3, {"end of a turn": 1})


def test_what_is_put_in_is_not_in_the_reading_view(newer: Path) -> None:
    skills = [{"id": "s", "name": "s", "text": "how to knit"}]
    add_newer(
        newer,
        ("synthetic", {"text": "You are in plan mode."}),
        ("system", {"text": "The tools have changed."}),
        ("skill", {"name": "knit", "text": "needles"}),
        ("user", {"text": "knit", "skills": skills}),
    )
    assert [(one.text, one.hidden) for one in read(newer, "mine")[1]] == [
        ("You are in plan mode.", "injected"),
        ("The tools have changed.", "injected"),
        ("needles", "injected"),
        ("knit", ""),
        ("how to knit", "injected"),
    ]


@pytest.mark.parametrize("output", ["clean", {"output": "clean", "truncated": False}])
def test_a_command_that_the_person_ran(newer: Path, output: Any) -> None:
    add_newer(newer, ("shell", {"command": "git status", "output": output, "status": "exited", "exit": 0}))
    assert shown(newer) == [("user", "command", "!git status"), ("system", "output", "clean")]


@pytest.mark.parametrize(
    ("ended", "told"),
    [({"status": "exited", "exit": 7}, "x\n[exit code 7]"), ({"status": "killed"}, "x\n[killed]"), ({}, "x")],
)
def test_how_a_command_ended_is_told_if_it_failed(newer: Path, ended: dict[str, Any], told: str) -> None:
    add_newer(newer, ("shell", {"command": "make", "output": "x", **ended}))
    assert shown(newer)[1:] == [("system", "output", told)]


def test_a_compaction_shows_its_summary(newer: Path) -> None:
    add_newer(
        newer,
        ("compaction", {"summary": "knots were tied", "recent": "lately", "reason": "auto", "status": "completed"}),
        ("compaction", {"status": "failed", "error": {"type": "api", "message": "too long"}}),
    )
    assert shown(newer) == [
        ("system", "compaction", "knots were tied"),
        ("system", "notice", "Compaction: api: too long"),
    ]


def test_a_switch_is_shown_where_it_changes_something(newer: Path) -> None:
    add_newer(
        newer,
        ("model-switched", {"model": MODEL}),
        ("agent-switched", {"agent": "build", "previous": "build"}),
        ("assistant", {"agent": "build", "model": MODEL, "content": [{"type": "text", "text": "a"}]}),
        ("agent-switched", {"agent": "plan"}),
        ("model-switched", {"model": {"id": "m2", "providerID": "mock"}}),
        ("model-switched", {"model": "m2"}),
    )
    assert shown(newer) == [
        ("assistant", "", "a"),
        ("system", "notice", "Agent: plan"),
        ("system", "notice", "Model: m2"),
    ]
    assert [one.text for one in read(newer, "mine")[1] if one.hidden == "system"] == [
        "Model: m1",
        "Agent: build",
        "Model: m2",
    ]


def test_the_folder_that_a_session_began_in_is_known_from_the_start(newer: Path) -> None:
    moved = {"location": {"directory": "/new"}, "previous": {"location": {"directory": "/old"}}}
    add_newer(newer, ("user", {"text": "go"}), ("location-switched", moved), directory="/new")
    session, messages = read(newer, "mine")
    assert (session.cwd, session.cwds) == ("/old", ["/new"])
    assert (messages[1].kind, messages[1].text) == ("notice", "Directory: /new")


def test_a_folder_that_was_never_moved_to_is_the_first(newer: Path) -> None:
    add_newer(newer, ("location-switched", {"location": {"directory": "/new"}}), directory="/old")
    session, _ = read(newer, "mine")
    assert (session.cwd, session.cwds) == ("/old", ["/new"])


def test_an_interruption_is_told_once(newer: Path) -> None:
    stopped = {"content": [], "error": {"type": "aborted", "message": "by the user"}}
    add_newer(
        newer,
        ("assistant", stopped),
        ("idle", {"outcome": "interrupted"}),
        ("user", {"text": "go on"}),
        ("idle", {"outcome": "interrupted"}),
        ("assistant", {"content": [], "error": {"type": "api", "message": "no key"}}),
    )
    assert shown(newer) == [
        ("system", "interruption", "aborted: by the user"),
        ("user", "", "go on"),
        ("system", "interruption", "Interrupted"),
        ("system", "notice", "api: no key"),
    ]


def test_files_beside_a_prompt_and_in_a_result(newer: Path) -> None:
    data = bytes(range(256)) * 4
    coded = base64.b64encode(data).decode()
    files = [
        {"data": coded, "mime": "image/png", "name": "a.png", "source": {"type": "uri", "uri": "file:///a.png"}},
        {"uri": f"data:image/png;base64,{coded}", "mime": "image/png"},
        {"uri": "file:///b.txt", "mime": "text/plain", "name": "b.txt"},
    ]
    content = [{"type": "text", "text": "seen"}, {"type": "file", "uri": f"data:image/png;base64,{coded}"}]
    tool = {"type": "tool", "id": "c", "name": "see", "state": {"status": "completed", "input": {}, "content": content}}
    add_newer(newer, ("user", {"text": "look", "files": files}), ("assistant", {"content": [tool]}))
    session, messages = read(newer, "mine")
    assert coded[:40].encode() not in msgspec.json.encode([session, messages])
    first, second, third = messages[0].attachments
    assert (first.kind, first.name, first.url, first.sha256) == (
        "image",
        "a.png",
        "file:///a.png",
        hashlib.sha256(data).hexdigest(),
    )
    assert (second.size, third.name, third.url) == (len(data), "b.txt", "file:///b.txt")
    (made,) = messages[1].tool_calls
    assert (made.output, [one.sha256 for one in made.attachments]) == ("seen", [first.sha256])


def test_calls_that_failed_still_run_or_start_a_session(newer: Path) -> None:
    states: list[tuple[str, dict[str, Any]]] = [
        ("read", {"status": "error", "input": {}, "error": {"type": "tool.execution", "message": "no file"}}),
        ("shell", {"status": "running", "input": {}, "structured": {}, "content": [{"type": "text", "text": "half"}]}),
        ("edit", {"status": "streaming", "input": '{"pa'}),
        ("subagent", {"status": "completed", "input": {}, "content": [], "metadata": {"sessionID": "child"}}),
        ("docs_find", {"status": "completed", "input": {}, "content": [], "structured": {"row": "alone"}}),
    ]
    content = [{"type": "tool", "id": name, "name": name, "state": state} for name, state in states]
    add_newer(newer, ("assistant", {"content": content}))
    calls = read(newer, "mine")[1][0].tool_calls
    assert [(one.status, one.output, one.session_id) for one in calls] == [
        ("error", "no file", ""),
        ("ok", "half", ""),
        ("", "", ""),
        ("ok", "", "child"),
        ("ok", '{"row":"alone"}', ""),
    ]


def test_what_was_reverted_is_marked(newer: Path) -> None:
    revert = json.dumps({"messageID": "m1"})
    add_newer(newer, ("user", {"text": "one"}), ("user", {"text": "two"}), ("user", {"text": "three"}), revert=revert)
    assert [(one.text, one.hidden) for one in read(newer, "mine")[1]] == [
        ("one", ""),
        ("two", "reverted"),
        ("three", "reverted"),
    ]


def test_a_fork_names_what_it_continues_and_counts_its_tokens_there(newer: Path) -> None:
    answer = {"content": [{"type": "text", "text": "a"}], "tokens": {"input": 5}}
    boundary = json.dumps({"type": "before", "messageID": "m7"})
    add_newer(newer, ("assistant", answer), ("assistant", answer), fork_session_id="other", fork_boundary=boundary)
    change(newer, "UPDATE session_message SET id = 'msg_0a1b_0' WHERE id = 'm0'")
    session, messages = read(newer, "mine")
    assert (session.fork, session.tokens.input, len(messages)) == (Link("other", "m7"), 5, 2)


HOSTILE: tuple[Any, ...] = (
    "no JSON",
    "[]",
    "{}",
    5,
    b'{"text":"bad \xff byte"}',
    '{"text":"lone \\ud800 half"}',
    '{"content":' + "[" * 700 + "]" * 700 + "}",
    {"text": 5, "files": {"x": 1}, "skills": [5, {"text": []}], "time": 7},
    {"content": [5, None, {"type": ["text"]}, {"type": "text", "text": {}}], "model": 5, "tokens": [1], "error": 5},
    {"content": [{"type": "tool", "id": 5, "name": [], "state": {"content": 5, "error": [], "status": {}}}]},
    {"content": [{"type": "tool", "state": {"content": [5, {"type": "file", "uri": 5}], "metadata": 5}}]},
    {"command": 5, "output": [], "exit": "x", "status": 5},
    {"summary": 5, "status": [], "error": {"type": 5}},
    {"agent": [], "previous": 5, "model": [], "location": 5, "outcome": {}},
    {"location": {"directory": 5}, "previous": []},
)


def test_hostile_rows_are_counted_and_stop_nothing(newer: Path) -> None:
    kinds = (
        "user",
        "assistant",
        "shell",
        "compaction",
        "model-switched",
        "agent-switched",
        "location-switched",
        "idle",
    )
    rows = [(kind, data) for kind in (*kinds, "synthetic", "hologram", 5, b"\xff") for data in HOSTILE]
    add_newer(newer, ("user", {"text": "first"}), *rows, ("user", {"text": "last"}), revert="no JSON", title=5)
    session, messages = read(newer, "mine")
    assert (messages[0].text, messages[-1].text) == ("first", "last")
    assert session.lines.read >= len(rows) + 2
    assert session.lines.unknown["hologram"]
    assert all(isinstance(one, Message) for one in messages)
