"""What the client notes of a result beside the conversation."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from session_sync.transcripts.session import ToolOutput
from support.claude_sessions import Made, result, user


def read(made: Made, notes: Any, text: Any = "done", **more: Any) -> ToolOutput:
    return made.read("s", user("a", content=result("t", text), toolUseResult=notes, **more)).outputs[0]


@pytest.mark.parametrize(
    ("notes", "kept"),
    [
        ({"userModified": False, "filePath": "/a", "oldString": "x", "originalFile": "y"}, None),
        (
            {"userModified": True, "structuredPatch": [{"lines": ["-a", "+c"]}], "originalFile": "z" * 9000},
            {"userModified": True, "structuredPatch": [{"lines": ["-a", "+c"]}]},
        ),
        ({"userModified": False, "structuredPatch": [{"lines": ["-a"]}]}, None),
        (
            {"type": "create", "userModified": True, "structuredPatch": [], "content": "as the person wants it"},
            {"userModified": True, "structuredPatch": [], "content": "as the person wants it"},
        ),
        ({"stdout": "done", "stderr": "", "interrupted": False, "isImage": False}, None),
        ({"stdout": "done", "stderr": "w" * 9000, "interrupted": True}, {"stderr": "w" * 9000, "interrupted": True}),
        ({"stderr": "done"}, None),
        ({"totalDurationMs": 12, "totalTokens": 0, "usage": {"x": 1}}, {"totalDurationMs": 12}),
        (
            {"questions": [{}], "answers": {"Which?": "done"}, "annotations": {"Which?": {"notes": "soon"}}},
            {"answers": {"Which?": "done"}, "annotations": {"Which?": {"notes": "soon"}}},
        ),
        ({"sources": ["https://a.example"], "matches": ["x"]}, {"sources": ["https://a.example"]}),
        ({"unheard": "of", "long": "x" * 2100}, {"unheard": "of"}),
        ("User rejected tool use", {"text": "User rejected tool use"}),
        ("Error: done", None),
        ([{"type": "text", "text": "done"}], None),
        (7, None),
        (None, None),
    ],
)
def test_what_the_output_does_not_say_is_kept(made: Made, notes: Any, kept: Any) -> None:
    assert read(made, notes).result == kept


def test_the_notes_are_the_output_where_there_is_none(made: Made) -> None:
    assert read(made, [{"type": "text", "text": "of mcp"}], []).output == "of mcp"
    assert read(made, {"structuredContent": {"a": "b"}}, "").output == '{"a": "b"}'
    found = read(made, "x", "", mcpMeta={"structuredContent": {"a": "b"}})
    assert (found.output, found.result) == ('{"a": "b"}', {"text": "x"})
    assert read(made, {}, mcpMeta={"structuredContent": {"a": "b"}}).result == {"structuredContent": {"a": "b"}}


def test_a_picture_may_stand_in_the_notes_alone(made: Made) -> None:
    data = base64.b64encode(b"\x89PNG\r\n\x1a\n" + b"0" * 90).decode()
    found = read(made, {"type": "image", "file": {"base64": data, "type": "image/png", "originalSize": 98}}, "")
    assert [(one.kind, one.media_type, one.size) for one in found.attachments] == [("image", "image/png", 98)]


def test_of_an_output_whose_file_is_gone_the_notes_say_more(made: Made) -> None:
    stub = "<persisted-output>\nFull output saved to: /h/tool-results/x.txt\n\nPreview:\na\n</persisted-output>"
    assert read(made, {"stdout": "a\nb"}, stub).result == {"stdout": "a\nb"}


def test_no_base64_comes_with_the_notes(made: Made) -> None:
    notes = {"picture": {"data": "iVBORw0KGgoAAAAN" * 4, "mimeType": "image/png"}, "userModified": True}
    assert read(made, notes).result == {
        "picture": {"data": "[image/png, 48 bytes]", "mimeType": "image/png"},
        "userModified": True,
    }
