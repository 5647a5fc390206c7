"""The Messages API, which Claude Code speaks."""

from __future__ import annotations

import json
from collections.abc import Iterator

from clients import mock_model
from clients.mock_model import Json, Question, Reply, Step, Turn

USAGE = {"input_tokens": 1, "output_tokens": 1}


def question(path: str, body: Json) -> Question | None:
    if not path.endswith("/v1/messages"):
        return None
    has_tools = any(tool.get("name") == "Bash" for tool in body.get("tools", []))
    return mock_model.question(body, _steps(body), has_tools)


def reply(path: str, body: Json, turn: Turn, number: int) -> Reply:
    message = {
        "id": f"msg_test{number:04d}",
        "type": "message",
        "role": "assistant",
        "model": body.get("model", "mock"),
        "content": _blocks(turn, number),
        "stop_reason": "tool_use" if turn.tool else "end_turn",
        "stop_sequence": None,
        "usage": USAGE,
    }
    if body.get("stream"):
        return mock_model.events(_streamed(message))
    return Reply("application/json", json.dumps(message).encode())


def other() -> Json:
    return {"input_tokens": 1, "data": [], "has_more": False}


def _steps(body: Json) -> Iterator[Step]:
    for message in body.get("messages", []):
        content = message["content"]
        said = [{"type": "text", "text": content}] if isinstance(content, str) else content
        if message["role"] == "assistant":
            yield ("call" if any(block["type"] == "tool_use" for block in said) else "answer"), ""
        elif message["role"] == "user":
            yield from _user_steps(said)


def _user_steps(said: list[Json]) -> Iterator[Step]:
    for block in said:
        if block["type"] == "text":
            yield "prompt", block.get("text", "")
        elif block["type"] == "tool_result":
            yield "result", mock_model.plain(block.get("content"))


def _blocks(turn: Turn, number: int) -> list[Json]:
    said: list[Json] = []
    if turn.thinking:
        said.append({"type": "thinking", "thinking": turn.thinking, "signature": "c2lnbmVk"})
    if turn.text:
        said.append({"type": "text", "text": turn.text})
    if turn.tool:
        call = {"type": "tool_use", "id": f"toolu_test{number:04d}", "name": turn.tool}
        said.append({**call, "input": turn.arguments})
    return said


def _streamed(message: Json) -> Iterator[tuple[str, Json]]:
    yield "message_start", {"message": {**message, "content": [], "stop_reason": None}}
    for index, block in enumerate(message["content"]):
        start, deltas = _parts(block)
        yield "content_block_start", {"index": index, "content_block": start}
        for delta in deltas:
            yield "content_block_delta", {"index": index, "delta": delta}
        yield "content_block_stop", {"index": index}
    ending = {"stop_reason": message["stop_reason"], "stop_sequence": None}
    yield "message_delta", {"delta": ending, "usage": USAGE}
    yield "message_stop", {}


def _parts(block: Json) -> tuple[Json, list[Json]]:
    """The block as it starts, and what is added to it."""
    if block["type"] == "text":
        return {**block, "text": ""}, [{"type": "text_delta", "text": block["text"]}]
    if block["type"] == "thinking":
        signed = {"type": "signature_delta", "signature": block["signature"]}
        thought = {"type": "thinking_delta", "thinking": block["thinking"]}
        return {**block, "thinking": "", "signature": ""}, [thought, signed]
    return {**block, "input": {}}, [{"type": "input_json_delta", "partial_json": json.dumps(block["input"])}]
