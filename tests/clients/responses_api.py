"""The Responses API, which Codex speaks."""

from __future__ import annotations

import json
from collections.abc import Iterator

from clients import mock_model
from clients.mock_model import Json, Question, Reply, Step, Turn

USAGE = {
    "input_tokens": 70,
    "input_tokens_details": {"cached_tokens": 20},
    "output_tokens": 9,
    "output_tokens_details": {"reasoning_tokens": 4},
    "total_tokens": 79,
}


def question(path: str, body: Json) -> Question | None:
    if not path.endswith("/responses"):
        return None
    return mock_model.question(body, _steps(body), bool(body.get("tools")))


def reply(path: str, body: Json, turn: Turn, number: int) -> Reply:
    return mock_model.events(_streamed(_items(body, turn, number), number))


def other() -> Json:
    return {"object": "list", "data": [], "models": []}


def _steps(body: Json) -> Iterator[Step]:
    for item in body.get("input", []):
        kind = item.get("type", "")
        if kind.endswith("_output"):
            yield "result", mock_model.plain(item.get("output"))
        elif kind.endswith("_call"):
            yield "call", ""
        elif kind == "message" and item["role"] == "user":
            yield "prompt", mock_model.plain(item["content"])
        elif kind == "message" and item["role"] == "assistant":
            yield "answer", ""


def _items(body: Json, turn: Turn, number: int) -> list[Json]:
    items: list[Json] = []
    if turn.thinking:
        summary = [{"type": "summary_text", "text": turn.thinking}]
        items.append({"type": "reasoning", "id": f"rs_{number:04d}", "summary": summary})
    if turn.text:
        said = [{"type": "output_text", "text": turn.text, "annotations": []}]
        items.append({"type": "message", "id": f"msg_{number:04d}", "role": "assistant", "content": said})
    if turn.tool:
        call = {"type": "function_call", "id": f"fc_{number:04d}", "call_id": f"call_{number:04d}", "name": turn.tool}
        items.append({**call, **_namespace(body, turn.tool), "arguments": json.dumps(turn.arguments)})
    return items


def _namespace(body: Json, tool: str) -> Json:
    """Some tools are offered in groups, and are called by the group's name too."""
    for offered in body.get("tools", []):
        if any(one.get("name") == tool for one in offered.get("tools", [])):
            return {"namespace": offered["name"]}
    return {}


def _streamed(items: list[Json], number: int) -> Iterator[tuple[str, Json]]:
    response = {"id": f"resp_{number:04d}", "object": "response", "status": "in_progress", "output": []}
    yield "response.created", {"response": response}
    for index, item in enumerate(items):
        yield "response.output_item.added", {"output_index": index, "item": item}
        yield "response.output_item.done", {"output_index": index, "item": item}
    yield "response.completed", {"response": {**response, "status": "completed", "output": items, "usage": USAGE}}
