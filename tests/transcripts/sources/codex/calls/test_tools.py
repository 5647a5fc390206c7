"""Calls and outputs, whatever record they come from."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from support.codex_sessions import CHILD, completed, fixture, item, read_lines


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
        (
            {"type": "commandExecution", "command": "ls", "aggregatedOutput": "a", "exitCode": 3},
            *("exec_command", "a", "error"),
        ),
        (
            {
                "type": "McpToolCall",
                "server": "docs",
                "tool": "find",
                "result": {"structured_content": {"row": "alone"}},
            },
            *("mcp__docs__find", '{"row":"alone"}', "ok"),
        ),
        (
            {
                "type": "McpToolCall",
                "server": "docs",
                "tool": "find",
                "result": {
                    "content": [
                        {"type": "text", "text": "row one"},
                        {"type": "resource", "resource": {"uri": "file:///notes", "text": "notes of the server"}},
                        {"type": "resource_link", "uri": "https://docs.example/1", "name": "row 1"},
                    ],
                    "structuredContent": {"row": "row one"},
                },
            },
            *("mcp__docs__find", "row one\nfile:///notes\nnotes of the server\nrow 1\nhttps://docs.example/1", "ok"),
        ),
        ({"type": "WebSearch", "query": "lathes", "action": {"type": "search"}}, "web_search", "", "ok"),
        ({"type": "ImageView", "path": "file:///a.png"}, "view_image", "", "ok"),
        ({"type": "DynamicToolCall", "tool": "own", "arguments": {}, "success": False}, "own", "", "error"),
        (
            {"type": "CollabAgentToolCall", "tool": "wait", "agents_states": {"a": {"message": "Done."}}},
            "wait",
            "Done.",
            "ok",
        ),
    ],
)
def test_call_that_only_the_client_recorded(
    tmp_path: Path, shown: dict[str, Any], name: str, output: str, status: str
) -> None:
    _, messages = read_lines(tmp_path, completed(id="c1", **shown))
    (call,) = messages[0].tool_calls
    assert (call.name, call.output, call.status) == (name, output, status)


def test_what_an_mcp_server_gave_is_whole_in_the_models_record_too(tmp_path: Path) -> None:
    call = item(type="function_call", name="mcp__docs__find", arguments="{}", call_id="c1")
    blob = {"type": "resource", "resource": {"uri": "file:///a.pdf", "mimeType": "application/pdf", "blob": "JVBERg=="}}
    output = {"content": [{"type": "text", "text": "found"}, blob], "structuredContent": {"row": "alone"}}
    _, messages = read_lines(tmp_path, call, item(type="mcp_tool_call_output", call_id="c1", output=output))
    (found,) = messages[0].tool_calls
    assert found.output == 'found\nfile:///a.pdf\n{"row":"alone"}'
    assert [(one.media_type, one.size) for one in found.attachments] == [("application/pdf", 4)]


@pytest.mark.parametrize("lost", ["CollabAgentToolCall", "function_call_output"])
def test_subagent_is_linked_by_either_record(tmp_path: Path, lost: str) -> None:
    lines = [line for line in fixture("parent").decode().splitlines() if f'"type":"{lost}"' not in line]
    _, messages = read_lines(tmp_path, *lines)
    calls = {call.name: call.session_id for one in messages for call in one.tool_calls}
    assert calls["spawn_agent"] == CHILD


def test_deeply_nested_input_is_bounded(tmp_path: Path) -> None:
    deep = "[" * 300 + "]" * 300
    _, messages = read_lines(tmp_path, item(type="function_call", name="x", call_id="c", arguments=f'{{"a":{deep}}}'))
    value, depth = messages[0].tool_calls[0].input["a"], 0
    while isinstance(value, list):
        value, depth = value[0], depth + 1
    assert depth < 100
