"""The records of a Codex rollout: what is read of them, and the types that we know."""

from __future__ import annotations

from typing import Any, NamedTuple

import msgspec

ITEMS = frozenset(
    (
        *("message", "reasoning", "ghost_snapshot", "compaction", "context_compaction", "additional_tools"),
        *("function_call", "custom_tool_call", "local_shell_call", "tool_search_call"),
        *("web_search_call", "image_generation_call"),
        *("function_call_output", "custom_tool_call_output", "tool_search_output", "local_shell_call_output"),
    )
)
TOOL_EVENTS = frozenset(
    (
        *("exec_command_end", "patch_apply_end", "mcp_tool_call_end", "web_search_end", "image_generation_end"),
        *("view_image_tool_call", "dynamic_tool_call_response", "collab_agent_spawn_end", "sub_agent_activity"),
    )
)
MARKS = frozenset(
    (
        *("task_started", "task_complete", "turn_started", "turn_complete", "session_configured"),
        *("thread_settings_applied", "shutdown_complete", "item_started", "agent_reasoning_section_break"),
        *("exec_command_begin", "patch_apply_begin", "mcp_tool_call_begin", "web_search_begin"),
        *("image_generation_begin", "collab_agent_spawn_begin"),
    )
)
_TEXT_EVENTS = frozenset(
    (
        *("user_message", "agent_message", "agent_reasoning", "agent_reasoning_raw_content", "item_completed"),
        *("token_count", "context_compacted", "turn_aborted", "thread_rolled_back", "error", "warning", "stream_error"),
    )
)
EVENTS = TOOL_EVENTS | MARKS | _TEXT_EVENTS


class Meta(msgspec.Struct, gc=False):
    """A rollout's first line. Whatever a client writes, a field of a wrong type is no reason to lose the line."""

    id: Any = None
    timestamp: Any = None
    cwd: Any = None
    cli_version: Any = None
    source: Any = None
    parent_thread_id: Any = None
    forked_from_id: Any = None
    history_base: Any = None
    git: Any = None


class Context(msgspec.Struct, gc=False):
    """What a turn starts with."""

    cwd: Any = None
    model: Any = None


class Item(msgspec.Struct, gc=False):
    """What went to the model or came from it: `encrypted_content` and most metadata are not decoded."""

    type: str
    id: Any = None
    role: Any = None
    content: Any = None
    summary: Any = None
    name: Any = None
    namespace: Any = None
    arguments: Any = None
    input: Any = None
    action: Any = None
    call_id: Any = None
    output: Any = None
    tools: Any = None
    status: Any = None
    revised_prompt: Any = None
    result: Any = None
    passthrough: Any = msgspec.field(default=None, name="internal_chat_message_metadata_passthrough")


class Event(msgspec.Struct, gc=False):
    """What the client showed."""

    type: str
    message: Any = None
    text: Any = None
    kind: Any = None
    images: Any = None
    local_images: Any = None
    info: Any = None
    item: Any = None
    reason: Any = None
    num_turns: Any = None


class ToolEvent(msgspec.Struct, gc=False):
    """What a tool did, as the client showed it: a legacy event, or an item of a type that is no text.

    One shape for all of them; most fields are empty in each.
    """

    type: str
    id: Any = None
    call_id: Any = None
    status: Any = None
    command: Any = None
    cwd: Any = None
    aggregated_output: Any = None
    stdout: Any = None
    stderr: Any = None
    exit_code: Any = None
    changes: Any = None
    success: Any = None
    invocation: Any = None
    server: Any = None
    tool: Any = None
    namespace: Any = None
    arguments: Any = None
    result: Any = None
    error: Any = None
    content_items: Any = None
    query: Any = None
    action: Any = None
    path: Any = None
    duration_ms: Any = None
    revised_prompt: Any = None
    prompt: Any = None
    receiver_thread_ids: Any = None
    new_thread_id: Any = None
    kind: Any = None
    agent_thread_id: Any = None
    agent_path: Any = None


class Usage(msgspec.Struct, gc=False):
    """Tokens of one request, and of the thread up to it."""

    usage: Any = None
    thread_token_usage: Any = None


class Compacted(msgspec.Struct, gc=False):
    """The summary that replaced the history in the model's sight; the history itself is not decoded."""

    message: Any = None
    replacement_history: msgspec.Raw = msgspec.Raw()


class State(msgspec.Struct, gc=False):
    """What the client remembers for itself: nothing is read of it."""


class Unknown(NamedTuple):
    """A record of a type that we do not know, as it is in the file."""

    type: str
    record: Any
