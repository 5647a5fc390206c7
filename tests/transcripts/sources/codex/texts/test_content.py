"""What stands in a message: a person's text, the client's, and pictures."""

from __future__ import annotations

import base64
import hashlib
import json
from pathlib import Path

import msgspec
import pytest

from session_sync.transcripts.session import Attachment
from support.codex_sessions import Line, completed, event, item, read_fixture, read_lines


def test_injected_text_is_kept_but_not_shown(tmp_path: Path) -> None:
    _, messages = read_fixture(tmp_path, "parent")
    injected = [(one.role, one.text[:20]) for one in messages if one.hidden == "injected"]
    assert injected == [
        ("system", "<skills_instructions"),
        ("user", "<environment_context"),
        ("user", "<skill>\n<name>native"),
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
