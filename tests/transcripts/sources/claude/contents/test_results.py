"""What a tool gave, of whatever shape."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from session_sync.transcripts.session import ToolOutput
from support.claude_sessions import Made, line, result, user


def output(made: Made, content: Any, **block: Any) -> ToolOutput:
    whole = {**result("t", content)[0], **block}
    return made.read("s", user("a", content=[whole])).outputs[0]


@pytest.mark.parametrize(
    ("kind", "content", "told"),
    [
        ("advisor", {"type": "advisor_result", "text": "No way back."}, "No way back."),
        ("code_execution", {"type": "code_execution_result", "stdout": "4", "stderr": "", "return_code": 0}, "4"),
        (
            "bash_code_execution",
            {
                "type": "bash_code_execution_result",
                "stdout": "made",
                "stderr": "warned",
                "content": [{"type": "bash_code_execution_output", "file_id": "file_1"}],
            },
            "made\nwarned\nfile_1",
        ),
        (
            "text_editor_code_execution",
            {"type": "text_editor_code_execution_view_result", "file_type": "text", "content": "x = 1", "num_lines": 1},
            "x = 1",
        ),
        (
            "web_fetch",
            {
                "type": "web_fetch_result",
                "url": "https://a.example/p",
                "content": {
                    "type": "document",
                    "source": {"type": "text", "media_type": "text/plain", "data": "the page"},
                    "title": "P",
                },
            },
            "https://a.example/p\nthe page",
        ),
        (
            "web_search",
            [{"type": "web_search_result", "title": "A", "url": "https://a.example", "encrypted_content": "E" * 99}],
            "A\nhttps://a.example",
        ),
        (
            "tool_search",
            {
                "type": "tool_search_tool_search_result",
                "tool_references": [{"type": "tool_reference", "tool_name": "get"}],
            },
            "get",
        ),
        ("brand_new", {"type": "hologram", "rays": [1, {"of": "light"}]}, '"rays": [1, {"of": "light"}]'),
        ("brand_new", {"words": "without a type"}, "without a type"),
        ("brand_new", 7, "7"),
    ],
)
def test_every_result_of_a_server_is_text(made: Made, kind: str, content: Any, told: str) -> None:
    block = {"type": f"{kind}_tool_result", "tool_use_id": "t", "content": content}
    (one,) = made.read("s", line("assistant", "a", content=[block])).outputs
    assert told in one.output
    assert one.status == "ok"
    assert "EEE" not in one.output


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ({"type": "web_search_tool_result_error", "error_code": "max_uses_exceeded"}, "max_uses_exceeded"),
        ({"error_code": "unavailable", "message": "down"}, "unavailable\ndown"),
        ({"type": "code_execution_result", "stdout": "", "stderr": "bad", "return_code": 2}, "bad\nExit code 2"),
    ],
)
def test_an_object_that_is_an_error_says_so(made: Made, content: Any, told: str) -> None:
    found = output(made, content)
    assert (found.status, found.output) == ("error", told)


def test_all_that_a_server_of_mcp_gives_is_kept(made: Made) -> None:
    data = base64.b64encode(b"bytes of it" * 9).decode()
    found = output(
        made,
        [
            {"type": "text", "text": "row"},
            {"type": "resource", "resource": {"uri": "file:///n.txt", "mimeType": "text/plain", "text": "notes"}},
            {"type": "resource", "resource": {"uri": "file:///p.png", "mimeType": "image/png", "blob": data}},
            {"type": "resource_link", "uri": "https://a.example/1", "name": "row 1", "description": "first"},
            {"type": "search_result", "source": "https://a.example", "title": "Found", "content": ["plain", None]},
            {"type": "image", "mimeType": "image/png", "data": data},
            {"type": "container_upload", "file_id": "file_9", "note": "more"},
            {"type": "text", "text": "", "extra": {"unread": "before"}},
            "only words",
        ],
    )
    assert found.output.split("\n") == [
        *("row", "file:///n.txt", "notes", "file:///p.png", "row 1", "https://a.example/1", "first"),
        *("Found", "https://a.example", "plain", "file_9", '{"note": "more"}', '{"extra": {"unread": "before"}}'),
        "only words",
    ]
    assert [one.size for one in found.attachments] == [99, 99]
    assert data not in found.output


def test_what_is_structured_stands_in_the_output_once(made: Made) -> None:
    rows = {"rows": [{"name": "weft", "count": 3}]}
    assert output(made, [], structuredContent=rows).output == '{"rows": [{"name": "weft", "count": 3}]}'
    assert output(made, "weft: 3", structuredContent=rows).output == "weft: 3"
    assert output(made, "two rows", structuredContent=rows).output.startswith('two rows\n{"rows"')


def test_no_depth_and_no_type_stops_the_reading(made: Made) -> None:
    deep: Any = "bottom"
    for _ in range(60):
        deep = [{"type": "search_result", "content": deep}]
    assert "bottom" in output(made, deep).output
    odd = [
        {"type": 7, "text": ["x"]},
        {"type": "text", "text": {"y": "z"}},
        {"type": "image", "source": 5},
        [],
        None,
        True,
    ]
    found = output(made, odd)
    assert '["x"]' in found.output
    assert "z" in found.output
    assert len(found.attachments) == 1


def test_a_linked_picture_and_an_uploaded_file_are_named(made: Made) -> None:
    linked = {"type": "image", "source": {"type": "url", "url": "https://a.example/k.png"}}
    upload = {"type": "document", "source": {"type": "file", "file_id": "file_7"}}
    inline = {"type": "image", "source": {"type": "url", "url": "data:image/png;base64,AAAA"}}
    read = made.read("s", user("a", content=[{"type": "text", "text": "look"}, linked, upload, inline]))
    first, second, third = read.messages[0].attachments
    assert (first.kind, first.url, first.size) == ("image", "https://a.example/k.png", 0)
    assert (second.kind, second.name) == ("file", "file_7")
    assert (third.url, third.size, third.media_type) == ("", 3, "image/png")


def test_a_document_of_words_is_read_behind_the_prompt(made: Made) -> None:
    words = {"type": "document", "title": "Plan", "source": {"type": "text", "media_type": "text/plain", "data": "one"}}
    blocks = {"type": "document", "source": {"type": "content", "content": [{"type": "text", "text": "two"}]}}
    read = made.read("s", user("a", content=[words, blocks, {"type": "text", "text": "Do it."}]))
    assert "\n\n".join(text for _, text in read.told) == "Do it.\n\nPlan\n\none\n\ntwo"
