from __future__ import annotations

import copy
from typing import Any

import pytest

from session_sync.transcripts.session import Attachment, Message, ToolCall
from support.markdown_reader import Page
from support.pages import a_page, shown, some_links, with_input


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ({"description": "what", "command": "make\n  all"}, "make all"),
        ({"cmd": ["bash", "-lc", "ls -l"]}, "ls -l"),
        ({"command": ["git", "commit", "-m", "a b"]}, "git commit -m 'a b'"),
        ({"file_path": "/a/b.py", "content": "x"}, "/a/b.py"),
        ({"pattern": "x+", "path": "/a"}, "x+"),
        ({"query": "tides"}, "tides"),
        ("*** Begin Patch\n*** Update File: a.py\n@@\n", "a.py"),
        ({"input": "*** Begin Patch\n*** Add File: a.py\n*** Delete File: b.py"}, "a.py, b.py"),
        ({"command": 5, "description": {"x": 1}}, ""),
        ({"command": {"a": 1}, "query": "q"}, "q"),
        ({"command": "x" * 200}, "x" * 99 + "…"),
        ({}, ""),
        (None, ""),
        ([1], ""),
    ],
)
def test_summary_tells_the_most(value: Any, told: str) -> None:
    (summary,) = with_input(value).summaries
    assert summary.partition(" (")[0] == (f"Tool · <code>{told}</code>" if told else "Tool")


@pytest.mark.parametrize(
    ("value", "blocks"),
    [
        ({"command": "ls -l\npwd"}, [("sh", "ls -l\npwd\n")]),
        ({"command": "ls", "timeout": 5}, [("sh", "ls\n"), ("json", '{"timeout": 5}\n')]),
        ({"file_path": "a.py"}, []),
        ({"file_path": "a.py", "content": "x = 1\n"}, [("py", "x = 1\n")]),
        ({"filePath": "Makefile", "content": "all:"}, [("", "all:\n")]),
        ({"file_path": "x.mermaid", "content": "x"}, [("", "x\n")]),
        ({"path": "a", "pattern": "b"}, [("json", '{"path": "a"}\n')]),
        ({"prompt": "a\nb", "n": 1}, [("", "a\nb\n"), ("json", '{"n": 1}\n')]),
        ("*** Begin Patch\n+x", [("diff", "*** Begin Patch\n+x\n")]),
        ({"command": ["apply_patch", "*** Begin Patch\n+x"]}, [("diff", "*** Begin Patch\n+x\n")]),
        ({"old_string": "a\nb\nc\n", "new_string": "a\nB\nc\n"}, [("diff", " a\n-b\n+B\n c\n")]),
        ({"oldString": "", "newString": "a"}, [("diff", "+a\n")]),
        ({"edits": [{"old_string": "a", "new_string": "b"}]}, [("diff", "-a\n+b\n")]),
        ({"edits": [{"old_string": "a"}, 5]}, [("json", '{"edits": [{"old_string": "a"}, 5]}\n')]),
        ({"old_string": 1, "new_string": "a"}, [("json", '{"old_string": 1, "new_string": "a"}\n')]),
        ({"a": "\ud800"}, [("json", '{\n  "a": "\\ud800"\n}\n')]),
        ({"a": 10**30}, [("json", '{"a": 1000000000000000000000000000000}\n')]),
        ("", []),
        (None, []),
        ({}, []),
        (5, [("json", "5\n")]),
    ],
)
def test_input_is_shown_as_what_it_is(value: Any, blocks: list[tuple[str, str]]) -> None:
    before = copy.deepcopy(value)
    assert with_input(value).blocks == blocks
    assert value == before


def test_deeply_nested_input_is_not_shown() -> None:
    value: Any = []
    for _ in range(100_000):
        value = [value]
    assert "nested too deeply" in with_input(value).text


def test_long_input_and_output_are_cut() -> None:
    call = ToolCall("1", "Write", {"file_path": "a.py", "content": "x\n" * 5000}, "y" * 3_000_000)
    made = shown(tool_calls=[call])
    assert len(made) < 10_000
    assert made.count("left out, all of it is in the JSON") == 2


def test_output_is_exact() -> None:
    page = Page(shown(tool_calls=[ToolCall("1", "x", None, "# a\x1b\n```\n  <b>", "error")]))
    assert page.blocks == [("", "# a\N{SYMBOL FOR ESCAPE}\n```\n  <b>\n")]
    assert page.summaries == ["x · failed"]


def test_subagent_and_attachments_are_shown() -> None:
    call = ToolCall("1", "Task", session_id="agent-1", attachments=[Attachment("image", "a.png", "image/png", 12345)])
    page = Page(a_page(some_links).message(Message("assistant", tool_calls=[call])))
    assert page.links == ["../agent.md"]
    assert "Attached: a.png, image/png, 12,345 bytes" in page.text
    assert "Subagent agent-1" in Page(shown(tool_calls=[call])).text
    one = Attachment("image", "a.png", "image/png", 1)
    assert "Attached: a.png, image/png, 1 byte" in Page(shown(attachments=[one])).text


@pytest.mark.parametrize(
    ("output", "end"),
    [
        ("The user doesn't want to proceed with this tool use. To tell you how", "refused"),
        ("exec command rejected by user", "refused"),
        ("The user rejected permission to use this specific tool call.", "refused"),
        ("No such file", "failed"),
        ("", "failed"),
    ],
)
def test_no_of_the_person_is_no_failure(output: str, end: str) -> None:
    page = Page(shown(tool_calls=[ToolCall("1", "Bash", {"command": "ls"}, output, "error")]))
    assert page.summaries == [f"Ran <code>ls</code> · {end}"]


@pytest.mark.parametrize("name", ["Task", "Agent"])
def test_answer_of_an_agent_is_markdown(name: str) -> None:
    page = Page(shown(tool_calls=[ToolCall("1", name, {"description": "look"}, "# Found\n\n- *it* <b>", "ok")]))
    assert page.headings == [("h3", "Assistant"), ("h4", "Found")]
    assert page.outside == ["heading_open"]
    assert page.dangers() == []
    for output in ('{"agent_id": "a"}', "<usage>"):
        (block,) = Page(shown(tool_calls=[ToolCall("1", name, {"description": "look"}, output, "ok")])).blocks
        assert block == ("", f"{output}\n")
