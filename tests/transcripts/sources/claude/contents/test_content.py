"""The parts of a message."""

from __future__ import annotations

import base64
import hashlib

from support.claude_sessions import Made, result, user


def test_pictures_are_named_by_their_bytes(made: Made) -> None:
    data = bytes(range(256)) * 3
    picture = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": ""}}
    picture["source"]["data"] = base64.b64encode(data).decode()  # type: ignore[index]
    text = {"type": "text", "text": "look"}
    read = made.read("s", user("a", content=[text, picture]), user("b", "a", result("t", [text, picture])))
    assert read.outputs[0].output == "look"
    for attachments in (read.messages[0].attachments, read.outputs[0].attachments):
        (one,) = attachments
        assert (one.kind, one.media_type, one.size) == ("image", "image/png", len(data))
        assert one.sha256 == hashlib.sha256(data).hexdigest()


def test_any_input_of_a_tool_can_be_archived(made: Made) -> None:
    deep = b"[" * 200 + b"]" * 200
    given = b'{"big":1' + b"0" * 30 + b',"nan":NaN,"deep":' + deep + b',"lone":"\\ud83d","\\ud83d":1}'
    call = (
        b'{"type":"assistant","uuid":"a","message":{"content":[{"type":"tool_use","id":"t","input":' + given + b"}]}}"
    )
    assert list(made.read("s", call).messages[0].tool_calls[0].input) == ["big", "nan", "deep", "lone", "\ufffd"]
