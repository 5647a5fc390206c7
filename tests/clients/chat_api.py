"""The Chat Completions API, which opencode speaks to a provider of one's own."""

from __future__ import annotations

import json
from collections.abc import Iterator

from clients import mock_model
from clients.mock_model import Json, Question, Reply, Step, Turn

USAGE = {"prompt_tokens": 70, "completion_tokens": 9, "total_tokens": 79}


def question(path: str, body: Json) -> Question | None:
    if not path.endswith("/chat/completions"):
        return None
    return mock_model.question(body, _steps(body), bool(body.get("tools")))


def reply(path: str, body: Json, turn: Turn, number: int) -> Reply:
    answer = {"id": f"chatcmpl-{number:04d}", "created": 0, "model": body.get("model", "mock"), "usage": USAGE}
    choice = {"index": 0, "finish_reason": "tool_calls" if turn.tool else "stop"}
    said = _said(turn, number)
    if not body.get("stream"):
        return _json({**answer, "object": "chat.completion", "choices": [{**choice, "message": said}]})
    chunk = {**answer, "object": "chat.completion.chunk", "choices": [{**choice, "delta": said}]}
    return Reply("text/event-stream", f"data: {json.dumps(chunk)}\n\ndata: [DONE]\n\n".encode())


def other() -> Json:
    return {"object": "list", "data": []}


def _steps(body: Json) -> Iterator[Step]:
    for message in body.get("messages", []):
        text = mock_model.plain(message.get("content"))
        if message["role"] == "assistant":
            yield ("call" if message.get("tool_calls") else "answer"), text
        elif message["role"] == "tool":
            yield "result", text
        elif message["role"] == "user":
            yield "prompt", text


def _said(turn: Turn, number: int) -> Json:
    said: Json = {"role": "assistant", "content": turn.text or None}
    if turn.thinking:
        said["reasoning_content"] = turn.thinking
    if turn.tool:
        function = {"name": turn.tool, "arguments": json.dumps(turn.arguments)}
        said["tool_calls"] = [{"index": 0, "id": f"call_{number:04d}", "type": "function", "function": function}]
    return said


def _json(answer: Json) -> Reply:
    return Reply("application/json", json.dumps(answer).encode())
