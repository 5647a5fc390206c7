"""Codex's tool calls and their outputs as the model made and saw them, each in one form."""

from __future__ import annotations

from typing import Any

import msgspec

from session_sync.transcripts.session import Attachment, ToolCall, ToolOutput, ToolStatus
from session_sync.transcripts.sources import media, shapes
from session_sync.transcripts.sources.codex.calls.shown_calls import FAILED
from session_sync.transcripts.sources.codex.calls.tool_content import answered, content_of, structure_of
from session_sync.transcripts.sources.codex.format.records import Item

_HEAD = 400  # characters of an output in which its exit code stands
_FLAT = 32  # brackets: no JSON with fewer is nested too deeply
_object = msgspec.json.Decoder(dict[str, Any]).decode


def asked_call(item: Item) -> ToolCall:
    """The call that the model made. One that never gets an output has a status from the start."""
    found: list[Attachment] = []
    call = ToolCall(shapes.text(item.call_id) or shapes.text(item.id), _called(item))
    if item.type == "function_call":
        call.input, call.attachments = _decoded(item.arguments, found), found
        return call
    if item.type == "image_generation_call":
        call.input, call.status = {"revised_prompt": item.revised_prompt}, "ok"
        call.attachments = [media.attachment(item.result, "image/png")] if isinstance(item.result, str) else []
        return call
    if item.type in ("local_shell_call", "web_search_call"):
        given = item.action
    else:
        given = item.input if item.type == "custom_tool_call" else item.arguments
    call.input = media.without_data(given, found)
    call.attachments = found
    if item.type == "web_search_call":
        call.status = "error" if item.status in FAILED else "ok"
    return call


def tool_output(item: Item, time: str) -> ToolOutput:
    """What the model got to see of a tool's output."""
    value = item.output if item.output is not None else item.tools
    value = content_of(item.result) if value is None else value
    status: ToolStatus = "ok"
    if isinstance(value, dict):
        status = "error" if value.get("success") is False else "ok"
        value = value.get("content") or value.get("content_items") or value
    pictures: list[Attachment] = []
    text = value if isinstance(value, str) else _texts_in(value, pictures)
    if structure := structure_of(item.output if item.output is not None else item.result, text):
        text = "\n".join(filter(None, (text, structure)))
    if text.startswith('{"output":'):
        text, code = _unwrapped(text)
    else:
        code = exit_code(text)
    text = media.without_data(text, pictures)
    return ToolOutput(shapes.text(item.call_id), text, "error" if code else status, pictures, time)


def _texts_in(value: Any, pictures: list[Attachment]) -> str:
    """The text in an output of several parts; its pictures go into `pictures`. Of one without either, the JSON."""
    found: list[Attachment] = []
    text = answered(value, found)
    pictures += [one for one in found if one.kind == "image" or one.sha256]
    if text or pictures or not value:
        return text
    return msgspec.json.encode(media.without_data(value, pictures)).decode()


def exit_code(text: str) -> int | None:
    """The exit code that the head of an output of exec tells."""
    head = text[:_HEAD]
    for words in ("Process exited with code ", "Exit code: "):
        place = head.find(words)
        if place >= 0:
            number = head[place + len(words) :].split(maxsplit=1)[:1]
            return int(number[0]) if number and number[0].lstrip("-").isdecimal() else None
    return None


def goes_on(text: str) -> bool:
    """Whether an output of exec says that the command still runs."""
    return "Process running with session ID" in text[:_HEAD]


def started_by(output: str) -> str:
    """The id of the agent that was started, from the output of SPAWN; "" if it tells none."""
    try:
        return shapes.text(_object(output).get("agent_id"))
    except (msgspec.DecodeError, RecursionError):
        return ""


def _called(item: Item) -> str:
    if item.type in ("function_call", "custom_tool_call"):
        space = shapes.text(item.namespace)
        return f"{space.rstrip('_')}__{shapes.text(item.name)}" if space.startswith("mcp__") else shapes.text(item.name)
    return "shell" if item.type == "local_shell_call" else item.type.removesuffix("_call")


def _decoded(arguments: Any, found: list[Attachment]) -> Any:
    """The object that the string `arguments` holds, or itself."""
    if not isinstance(arguments, str):
        return media.without_data(arguments, found)
    try:
        value: Any = _object(arguments)
    except (msgspec.DecodeError, RecursionError):
        value = arguments
    is_plain = "base64" not in arguments and '"data"' not in arguments
    if is_plain and arguments.count("{") + arguments.count("[") < _FLAT:  # most are, and looking costs more
        return value
    return media.without_data(value, found)


def _unwrapped(text: str) -> tuple[str, int | None]:
    """Text and exit code of an output that is JSON, as the shell tool gave it before 2026."""
    try:
        value = _object(text)
    except (msgspec.DecodeError, RecursionError):
        return text, None
    metadata, output = value.get("metadata"), value.get("output")
    if not isinstance(output, str) or not isinstance(metadata, dict):
        return text, None
    code = metadata.get("exit_code")
    return output, code if isinstance(code, int) else None
