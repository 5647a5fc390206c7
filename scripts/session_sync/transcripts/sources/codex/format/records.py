"""The records of a Codex rollout: what is read of them."""

from __future__ import annotations

from typing import Any, NamedTuple

import msgspec


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
    subagent_history_start_ordinal: Any = None


class Context(msgspec.Struct, gc=False):
    """What a turn starts with."""

    cwd: Any = None
    model: Any = None
    turn_id: Any = None


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
    turn_id: Any = None
    started_at: Any = None


class RareEvent(NamedTuple):
    """An event of a type that few rollouts have."""

    type: str
    fields: dict[str, Any]


class ToolEvent(msgspec.Struct, gc=False):
    """What a tool did, as the client showed it: a legacy event, or an item of a type that is no text.

    One shape for all of them; most fields are empty in each.
    """

    type: str
    id: Any = None
    call_id: Any = None
    status: Any = None
    command: Any = None
    source: Any = None
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
    agents_states: Any = None
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


class Letter(msgspec.Struct, gc=False):
    """What one agent told another."""

    author: Any = None
    recipient: Any = None
    content: Any = None


class LetterItem(Letter, gc=False):
    """The same as an item of the conversation with the model."""


class Spoken(msgspec.Struct, gc=False):
    """What was said in a conversation by voice, or a mark of it."""

    type: Any = None
    id: Any = None
    role: Any = None
    text: Any = None


class State(msgspec.Struct, gc=False):
    """What the client remembers for itself; `trigger_turn` tells that another agent's message begins a turn."""

    trigger_turn: Any = None


class Unknown(NamedTuple):
    """A record of a type that we do not know, as it is in the file."""

    type: str
    record: Any
