"""The Gemini API, which Gemini CLI speaks."""

from __future__ import annotations

import json
from collections.abc import Iterator

from clients import mock_model
from clients.mock_model import Json, Question, Reply, Step, Turn

USAGE = {"promptTokenCount": 70, "candidatesTokenCount": 9, "thoughtsTokenCount": 4, "totalTokenCount": 83}


def question(path: str, body: Json) -> Question | None:
    if not path.endswith(("generateContent", "streamGenerateContent")):
        return None
    return mock_model.question(body, _steps(body), bool(body.get("tools")))


def reply(path: str, body: Json, turn: Turn, number: int) -> Reply:
    content = {"role": "model", "parts": _parts(turn)}
    answer = {
        "candidates": [{"content": content, "finishReason": "STOP", "index": 0}],
        "usageMetadata": USAGE,
        "modelVersion": "mock-model",
        "responseId": f"response{number:04d}",
    }
    if "stream" in path:
        return Reply("text/event-stream", f"data: {json.dumps(answer)}\r\n\r\n".encode())
    return Reply("application/json", json.dumps(answer).encode())


def other() -> Json:
    return {"models": [], "totalTokens": 1}


def _steps(body: Json) -> Iterator[Step]:
    for content in body.get("contents", []):
        parts = content.get("parts", [])
        if content.get("role") == "model":
            yield ("call" if any("functionCall" in part for part in parts) else "answer"), ""
            continue
        for part in parts:
            if "functionResponse" in part:
                yield "result", json.dumps(part["functionResponse"].get("response"))
            elif "text" in part:
                yield "prompt", part["text"]


def _parts(turn: Turn) -> list[Json]:
    parts: list[Json] = [{"text": turn.thinking, "thought": True}] if turn.thinking else []
    if turn.text:
        parts.append({"text": turn.text})
    if turn.tool:
        parts.append({"functionCall": {"name": turn.tool, "args": turn.arguments}})
    return parts
