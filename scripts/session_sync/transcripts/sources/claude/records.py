"""The shape of a line in Claude Code's transcripts, as far as we read it; the rest of a line is passed over unread."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, TypeVar

import msgspec

from session_sync.transcripts.sources import shapes

_SHORT = 2000  # bytes of the line of an attachment that is kept whatever it is
_STATE = (
    *("agent-color", "agent-setting", "artifact-autoreact-ledger", "artifact-comment-monitor", "atis-latch"),
    *("attribution-snapshot", "bridge-session", "content-replacement", "context-collapse-snapshot"),
    *("continued-in", "cost-state", "data-flow-incomplete", "data-flow-records", "derived-from", "dev-mods"),
    *("ended-by-model", "fork-context-ref", "history-suppression", "hybrid-organization", "isolation-latch"),
    *("last-prompt", "marble-origami-reset", "marble-origami-snapshot", "memory-mode", "mode", "observer-ref"),
    *("permission-mode", "relocated", "repl-mode", "resume-head-vouch", "session-owner", "speculation-accept"),
    *("tag", "task-summary", "tools-used", "worktree-state"),
)  # fmt: skip
# Types of lines that are no conversation -> why they are left out.
BOOKKEEPING = {
    **dict.fromkeys(("api-request", "api-request-blob", "api-request-resumed", "api-request-shape"), "API request"),
    **dict.fromkeys(("file-history-delta", "file-history-snapshot"), "file history"),
    **dict.fromkeys(_STATE, "client state"),
    "progress": "progress",
}
# Types of attachments that say nothing to a reader -> why they are left out.
NO_CONTEXT = {"prompt_snapshot": "system prompt", "session_context": "system prompt"}
# Those that are kept as long as they are short.
TOOLING = dict.fromkeys(
    ("agent_listing_delta", "command_permissions", "deferred_tools_delta", "mcp_instructions_delta", "skill_listing"),
    "tool descriptions",
)
TITLES = ("custom-title", "ai-title", "summary", "agent-name")
COLLAPSES = ("marble-origami-commit", "context-collapse-commit")  # a part of the context became a summary
LINKS = ("pr-link", "frame-link")
KNOWN_TYPES = frozenset(
    (*BOOKKEEPING, *TITLES, *COLLAPSES, *LINKS, "user", "assistant", "system", "attachment", "queue-operation")
)
COMPACTIONS = ("compact_boundary", "microcompact_boundary")  # subtypes of "system"
CALLS = frozenset(("tool_use", "server_tool_use", "mcp_tool_use"))
BLOCKS = CALLS | {"text", "thinking", "redacted_thinking", "tool_result", "image", "document"}
_RESULT = "_tool_result"  # web_search_tool_result and its like
_DEEPEST = 4
_Count = Annotated[int, msgspec.Meta(ge=0, le=shapes.LARGEST_COUNT)]
Notes = dict[str, msgspec.Raw] | list[msgspec.Raw] | str | int | float | bool | None  # any JSON, its parts not decoded


class _Part(msgspec.Struct, gc=False):
    """A part of a line; no part holds itself, so that the collector of cycles need not look at thousands of them."""


class Media(_Part):
    """The source of a picture or document."""

    type: str = ""
    media_type: str = ""
    data: str = ""
    url: str = ""
    file_id: str = ""
    content: Any = None


class Block(_Part):
    """A piece of a message's content, of whatever type."""

    type: str = ""
    text: str = ""
    thinking: str = ""
    id: str = ""
    name: str = ""
    title: str | None = None
    input: Any = None
    tool_use_id: str = ""
    content: Any = None  # of a tool's result
    structuredContent: Any = None
    is_error: bool | None = None
    source: Media | None = None


class Usage(_Part):
    """What a request cost, repeated on each line of its answer."""

    input_tokens: _Count | None = None
    output_tokens: _Count | None = None
    cache_read_input_tokens: _Count | None = None
    cache_creation_input_tokens: _Count | None = None


class ApiMessage(_Part):
    """A message as the API has it; an answer comes in lines with the same id."""

    id: str = ""
    model: str = ""
    content: str | list[Block] | None = None
    usage: Usage | None = None


class Attached(_Part):
    """Context that the client adds, or a prompt that waited until the agent could take it."""

    type: str = ""
    prompt: str | list[Block] | None = None
    commandMode: str | None = None


class Origin(_Part):
    """Who a prompt is from; newer clients tell it."""

    kind: str = ""
    name: str | None = None
    server: str | None = None
    sender: str | None = msgspec.field(default=None, name="from")


class ForkedFrom(_Part):
    """Where `/branch` copied a line from."""

    sessionId: str = ""


class TranscriptLine(_Part):
    """A line."""

    type: str = ""
    uuid: str = ""
    parentUuid: str | None = None
    logicalParentUuid: str | None = None
    timestamp: str = ""
    sessionId: str = ""
    cwd: str = ""
    version: str = ""
    gitBranch: str | None = None
    isMeta: bool | None = None
    isSidechain: bool | None = None
    isCompactSummary: bool | None = None
    isApiErrorMessage: bool | None = None
    promptSource: str | None = None
    origin: Origin | None = None
    subtype: str = ""
    level: str = ""
    operation: str = ""  # on the queue of prompts
    error: Any = None
    hookErrors: Any = None
    stopReason: str | None = None
    message: ApiMessage | None = None
    toolUseResult: Notes = None  # the client's own notes on it, mostly a repetition
    mcpMeta: msgspec.Raw = msgspec.Raw(b"")
    attachment: Attached | None = None
    content: str | list[Block] | None = None
    leafUuid: str | None = None
    customTitle: str = ""
    aiTitle: str = ""
    agentName: str = ""
    summary: str = ""
    prUrl: str = ""
    prNumber: int | str | None = None
    prRepository: str | None = None
    frameUrl: str | None = None
    title: str | None = None


_PARTS: dict[str, type[msgspec.Struct]] = {
    "message": ApiMessage,
    "usage": Usage,
    "source": Media,
    "attachment": Attached,
    "origin": Origin,
}
_decode = msgspec.json.Decoder(TranscriptLine).decode
_object = msgspec.json.Decoder(dict[str, Any]).decode
S = TypeVar("S", bound=msgspec.Struct)


def decode(line: bytes) -> TranscriptLine | dict[str, Any]:
    """The record in `line`, or the whole object where more than a TranscriptLine of it is needed (`fitted` makes one).

    Raises msgspec.DecodeError and its like when there is no object.
    """
    try:
        record = _decode(line)
    except msgspec.ValidationError:
        return _object(line)
    if record.type not in KNOWN_TYPES or (record.type == "attachment" and _is_context(record, len(line))):
        return _object(line)
    content = record.message.content if record.message is not None else ""
    if type(content) is list:
        for block in content:
            if block.type not in BLOCKS and not is_result(block):
                return _object(line)
    return _object(line) if content is None else record


def _is_context(record: TranscriptLine, size: int) -> bool:
    """Whether an attachment, in a line of that `size`, is worth keeping."""
    kind = record.attachment.type if record.attachment else ""
    return kind not in NO_CONTEXT and (size <= _SHORT or kind not in TOOLING)


def is_result(block: Block) -> bool:
    """Whether `block` is what a tool gave."""
    return block.type == "tool_result" or (block.type.endswith(_RESULT) and bool(block.tool_use_id))


def fitted(value: dict[str, Any], shape: type[S], depth: int = _DEEPEST) -> S:
    """All of `value` that fits into the `shape`; what has the wrong type is left out, not the whole."""
    fits: dict[str, Any] = {}
    for field in msgspec.structs.fields(shape):
        given = value.get(field.encode_name)
        if field.name == "content" and shape not in (Block, Media) and isinstance(given, list | dict):
            fits["content"] = [_block(one, depth) for one in (given if isinstance(given, list) else [given])]
        elif field.type is msgspec.Raw and given is not None:
            fits[field.name] = _raw(given)
        elif field.type == Notes and isinstance(given, dict):
            fits[field.name] = {key: _raw(one) for key, one in given.items()}
        elif field.type == Notes and isinstance(given, list):
            fits[field.name] = [_raw(one) for one in given]
        elif field.name in _PARTS and isinstance(given, dict):
            fits[field.name] = fitted(given, _PARTS[field.name], depth)
        elif given is not None:
            try:
                fits[field.name] = msgspec.convert(given, field.type)
            except (msgspec.ValidationError, RecursionError):
                continue
    return shape(**fits)


def _block(value: Any, depth: int) -> Block:
    if isinstance(value, str):
        return Block("text", value)
    return fitted(value, Block, depth - 1) if isinstance(value, dict) and depth else Block()


def _raw(value: Any) -> msgspec.Raw:
    try:
        return msgspec.Raw(msgspec.json.encode(value))
    except (RecursionError, ValueError, TypeError):
        return msgspec.Raw(b"")


def line_time(text: str) -> str:
    """The time of a line; as clients write it, it needs no more than a look."""
    if len(text) == 24 and text[10] == "T" and text[23] == "Z" and text.isascii():
        try:
            datetime.fromisoformat(text)
        except ValueError:
            return ""
        return text
    return shapes.moment(text) if text else ""
