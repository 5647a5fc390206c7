"""What was put beside a prompt."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from session_sync.transcripts.session import Message
from support.claude_sessions import Made

DATA = base64.b64encode(b"\x89PNG" + b"bytes" * 500).decode()


def told(made: Made, **attachment: Any) -> Message:
    (one,) = made.read("s", {"type": "attachment", "uuid": "a", "attachment": attachment}).messages
    assert (one.role, one.hidden) == ("system", "injected")
    return one


@pytest.mark.parametrize(
    ("attachment", "text"),
    [
        (
            {"type": "file", "filename": "/w/n.md", "content": {"type": "text", "file": {"content": "word " * 999}}},
            "/w/n.md\n\n" + "word " * 999,
        ),
        ({"type": "directory", "path": "/w", "content": "a\nb", "displayPath": "w"}, "/w\n\na\nb"),
        (
            {"type": "selected_lines_in_ide", "filename": "/w/a.py", "lineStart": 3, "lineEnd": 4, "content": "x\ny"},
            "/w/a.py:3-4\n\nx\ny",
        ),
        ({"type": "edited_text_file", "filename": "/w/a.py", "snippet": "1\tx"}, "/w/a.py\n\n1\tx"),
        ({"type": "nested_memory", "path": "/w/C.md", "content": {"content": "Be brief."}}, "/w/C.md\n\nBe brief."),
    ],
)
def test_files_are_text(made: Made, attachment: dict[str, Any], text: str) -> None:
    assert told(made, **attachment).text == text


@pytest.mark.parametrize(
    ("attachment", "text"),
    [
        ({"type": "diagnostics", "files": [{"uri": "a.py", "diagnostics": [{"message": "bad"}]}]}, '"message": "bad"'),
        ({"type": "todo_reminder", "content": [{"content": "tie", "status": "pending"}]}, '"content": "tie"'),
        ({"type": "opened_file_in_ide", "filename": "/w/a.py"}, '"filename": "/w/a.py"'),
        ({"type": "file", "filename": ["/w"], "content": {"file": {"content": 7}}}, '"content": 7'),
        ({"type": "queued_command", "prompt": None, "x": "y"}, '"x": "y"'),
    ],
)
def test_all_else_is_kept_as_it_is(made: Made, attachment: dict[str, Any], text: str) -> None:
    assert text in told(made, **attachment).text


@pytest.mark.parametrize(
    ("content", "media_type"),
    [
        ({"type": "image", "file": {"base64": DATA, "type": "image/png", "filePath": "/w/p.png"}}, "image/png"),
        ({"type": "image", "file": {"base64": DATA}}, "image/png"),
        ({"type": "pdf", "file": {"base64": DATA}}, "application/pdf"),
        ({"parts": [{"base64": DATA, "type": "x"}]}, ""),
        ({"contents": [{"uri": "x", "mimeType": "image/gif", "blob": DATA}]}, "image/gif"),
    ],
)
def test_the_bytes_of_a_file_become_an_attachment(made: Made, content: dict[str, Any], media_type: str) -> None:
    message = told(made, type="file", filename="/w/p", content=content)
    assert [(one.media_type, one.size) for one in message.attachments] == [(media_type, 2504)]
    assert DATA[:40] not in message.text
