"""Codex's tool calls as the client showed them, each with its output, in one form for all of its records."""

from __future__ import annotations

import shlex
from typing import Any

import msgspec

from session_sync.transcripts.session import Attachment, ToolCall, ToolStatus
from session_sync.transcripts.sources import media, shapes
from session_sync.transcripts.sources.codex.calls.tool_content import answered, content_of, structure_of
from session_sync.transcripts.sources.codex.format.records import ToolEvent
from session_sync.transcripts.sources.codex.texts.content import texts_of

SPAWN = "spawn_agent"
FAILED = ("failed", "declined", "error", "errored")
_SHELL_FLAGS = ("-c", "-lc", "-ic", "-lic", "/c", "-command")  # the command comes behind one
_OF_THE_CLIENT = ("type", "id", "kind", "status", "result", "error", "content_items", "aggregated_output")
_COMMAND = ("exec_command", ("command", "cwd"))
_NAMES: dict[str, tuple[str, tuple[str, ...]]] = {  # type of the record -> name of the tool, fields of its input
    "commandexecution": _COMMAND,
    "execcommandend": _COMMAND,
    "filechange": ("apply_patch", ("changes",)),
    "patchapplyend": ("apply_patch", ("changes",)),
    "websearch": ("web_search", ("query", "action")),
    "websearchend": ("web_search", ("query", "action")),
    "imageview": ("view_image", ("path",)),
    "viewimagetoolcall": ("view_image", ("path",)),
    "sleep": ("sleep", ("duration_ms",)),
    "imagegeneration": ("image_generation", ("revised_prompt",)),
    "imagegenerationend": ("image_generation", ("revised_prompt",)),
    "collabagentspawnend": (SPAWN, ("prompt",)),
    "collabagentinteractionend": ("send_input", ("prompt",)),
    "collabwaitingend": ("wait_agent", ()),
    "collabcloseend": ("close_agent", ()),
    "collabresumeend": ("resume_agent", ()),
    "collabcompactend": ("compact_agent", ()),
    "collabrestartend": ("restart_agent", ()),
    "subagentactivity": ("subagent", ("kind", "agent_path")),
    "collabagenttoolcall": ("", ("prompt",)),
    "mcptoolcall": ("", ()),
    "mcptoolcallend": ("", ()),
    "dynamictoolcall": ("", ()),
    "dynamictoolcallresponse": ("", ()),
}


def form(name: str) -> str:
    """The name of a type in one spelling: Codex has had `fileChange`, `FileChange` and `file_change`."""
    return name.replace("_", "").lower()


def is_tool(name: str) -> bool:
    """Whether an item of the type `name` tells what a tool did."""
    return form(name) in _NAMES


def ran_by_person(event: ToolEvent) -> tuple[str, str] | None:
    """The command that the person ran, and its output; None if it was the model's."""
    if form(shapes.text(event.source)) != "usershell":
        return None
    words = event.command if isinstance(event.command, list) else [event.command]
    words = [word for word in words if isinstance(word, str)]
    flag = next((place for place, word in enumerate(words) if word.lower() in _SHELL_FLAGS), 0)
    rest = words[flag + 1 :] if flag else words
    command = rest[0] if len(rest) == 1 else shlex.join(rest)
    output = _shown_output(event)[0]
    failed = isinstance(event.exit_code, int) and event.exit_code
    if not command:
        return None
    return command, f"Exit code: {event.exit_code}\n{output}" if failed else output


def extension_call(item: dict[str, Any]) -> ToolCall:
    """The call of a tool that an extension brought: its `kind` tells which, such as `web.search`."""
    kind = shapes.text(item.get("kind")) or "extension"
    name = kind.replace(".", "_")
    event = msgspec.convert({**item, "type": name}, ToolEvent)
    if is_tool(name):
        return shown_call(event)
    found: list[Attachment] = []
    given = {key: value for key, value in item.items() if key not in _OF_THE_CLIENT}
    call = ToolCall(shapes.text(event.id), kind, media.without_data(given, found))
    output, pictures = _shown_output(event)
    call.output, call.status = media.without_data(output, found), _status(event)
    call.attachments = [*found, *pictures]
    return call


def shown_call(event: ToolEvent) -> ToolCall:
    """The call that the client showed, with its output."""
    name, fields = _NAMES[form(event.type)]
    found: list[Attachment] = []
    call = ToolCall(shapes.text(event.call_id) or shapes.text(event.id), name or _name(event))
    given: dict[str, Any] = {one: value for one in fields if (value := getattr(event, one)) is not None}
    call.input = media.without_data(given if fields else _arguments(event), found)
    output, pictures = _shown_output(event)
    call.output = media.without_data(output, found)
    call.attachments = [*found, *pictures]
    call.status = _status(event)
    call.session_id = _started(event, call.name)
    return call


def _name(event: ToolEvent) -> str:
    invocation = event.invocation if isinstance(event.invocation, dict) else {}
    tool = shapes.text(event.tool) or shapes.text(invocation.get("tool"))
    server = shapes.text(event.server) or shapes.text(invocation.get("server"))
    if form(event.type).startswith("collab"):
        return SPAWN if form(tool) == form(SPAWN) else tool
    return f"mcp__{server}__{tool}" if server else tool


def _arguments(event: ToolEvent) -> Any:
    invocation = event.invocation if isinstance(event.invocation, dict) else {}
    return event.arguments if event.arguments is not None else invocation.get("arguments")


def _shown_output(event: ToolEvent) -> tuple[str, list[Attachment]]:
    if isinstance(event.aggregated_output, str):
        return event.aggregated_output, []
    if isinstance(event.stdout, str) or isinstance(event.stderr, str):
        return shapes.text(event.stdout) + shapes.text(event.stderr), []
    if form(event.type).startswith("imagegeneration"):
        return "", [media.attachment(event.result, "image/png")] if isinstance(event.result, str) else []
    if event.error:
        return "\n".join(texts_of(event.error)) or _message(event.error), []
    found: list[Attachment] = []
    if event.content_items is not None:
        return answered(event.content_items, found), found
    text = answered(content_of(event.result), found) or _said_by_agents(event.agents_states)
    return "\n".join(filter(None, (text, structure_of(event.result, text)))), found


def _said_by_agents(states: Any) -> str:
    """The last words of agents that a call asked for."""
    said = (shapes.text(shapes.mapping(one).get("message")) for one in shapes.mapping(states).values())
    return "\n\n".join(filter(None, said))


def _message(error: Any) -> str:
    return shapes.text(error.get("message")) if isinstance(error, dict) else ""


def _status(event: ToolEvent) -> ToolStatus:
    result = event.result if isinstance(event.result, dict) else {}
    inner = result.get("Ok") if isinstance(result.get("Ok"), dict) else result
    failed = (
        (isinstance(event.status, str) and event.status.lower() in FAILED)
        or (isinstance(event.exit_code, int) and event.exit_code != 0)
        or event.success is False
        or bool(event.error)
        or "Err" in result
        or (isinstance(inner, dict) and (inner.get("isError") or inner.get("is_error")) is True)
    )
    return "error" if failed else "ok"


def _started(event: ToolEvent, name: str) -> str:
    if name == "subagent":
        return shapes.text(event.agent_thread_id)
    if name != SPAWN:
        return ""
    ids = event.receiver_thread_ids
    first = ids[0] if isinstance(ids, list) and ids else None
    return shapes.text(event.new_thread_id) or shapes.text(first)
