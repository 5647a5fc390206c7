"""Takes the content of a message of Claude Code's apart: text, thinking, tool calls, their outputs, pictures."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from session_sync.session import Attachment, ToolCall, ToolOutput
from session_sync.sources import claude_prompts, media
from session_sync.sources.claude_records import BLOCKS, CALLS, Block, is_result

Content = str | list[Block] | None
Restore = Callable[[str], str]  # gives the whole output for the stub of one that was put aside
_BLANK = "\n\n"
_PLAIN = 500  # characters


class Parts:
    """What is in a message's content."""

    def __init__(self, content: Content) -> None:
        self.texts: list[str] = []
        self.thinking: list[str] = []
        self.calls: list[ToolCall] = []
        self.results: list[Block] = []
        self.attachments: list[Attachment] = []
        self.unknown: list[int] = []  # where blocks are that we do not know
        if isinstance(content, str):
            self.texts.append(content)
            return
        for place, block in enumerate(content or ()):
            self._add(place, block)

    @property
    def text(self) -> str:
        """All the text."""
        return self.texts[0] if len(self.texts) == 1 else _BLANK.join(self.texts)

    def prompt(self) -> claude_prompts.Prompt:
        """What of the text the user wrote."""
        read = [claude_prompts.read(text) for text in self.texts]
        own = [one.text for one in read if not one.hidden]
        if own or not read:
            return claude_prompts.Prompt(_BLANK.join(own))
        return claude_prompts.Prompt(self.text, "" if self.attachments else "system")

    def _add(self, place: int, block: Block) -> None:
        kind = block.type
        if kind == "text":
            self.texts.append(block.text)
        elif kind == "thinking":
            self.thinking.append(block.thinking)
        elif kind in CALLS:
            given = block.input
            if not _is_plain(given):
                given = media.without_data(given, self.attachments)
            self.calls.append(ToolCall(block.id, block.name, given))
        elif is_result(block):
            self.results.append(block)
        elif kind in ("image", "document"):
            self.attachments.append(_attachment(block))
        elif kind not in BLOCKS:
            self.unknown.append(place)


def output(result: Block, restore: Restore, time: str) -> ToolOutput:
    """What the tool gave."""
    attachments: list[Attachment] = []
    text = result.content
    if not isinstance(text, str):
        pieces = [_piece(part, attachments) for part in text or ()]
        text = "\n".join(piece for piece in pieces if piece)
    return ToolOutput(result.tool_use_id, restore(text), "error" if result.is_error else "ok", attachments, time)


def block_of(record: dict[str, Any], place: int) -> Any:
    """The block at `place` as it is in the source, but for base64 in it."""
    return media.without_data(record["message"]["content"][place], [])


def _is_plain(value: Any) -> bool:
    """Whether `value` is an object of short strings, as most inputs are: no base64 worth a look is in it."""
    return type(value) is dict and all(type(one) is str and len(one) <= _PLAIN for one in value.values())


def _piece(part: Block, attachments: list[Attachment]) -> str:
    """The text of a part of a tool's output."""
    if part.type in ("image", "document"):
        attachments.append(_attachment(part))
        return ""
    return part.text or part.tool_name or part.title or (f"[{part.type}]" if part.type not in ("", "text") else "")


def _attachment(block: Block) -> Attachment:
    """What is kept of a picture or a document: never its bytes."""
    name = block.title or ""
    if block.source is None or not block.source.data:
        return Attachment("image" if block.type == "image" else "file", name)
    if block.source.type == "text":
        return Attachment("file", name, block.source.media_type, len(block.source.data.encode()))
    made = media.attachment(block.source.data, block.source.media_type, name)
    made.kind = "image" if block.type == "image" else made.kind
    return made
