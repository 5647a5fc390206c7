"""Takes the content of a message of Claude Code's apart: text, thinking, tool calls, their outputs, pictures."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from session_sync.transcripts.session import Attachment, ToolCall, ToolOutput
from session_sync.transcripts.sources import media
from session_sync.transcripts.sources.claude import prompts
from session_sync.transcripts.sources.claude.records import BLOCKS, CALLS, Block, is_result

_Content = str | list[Block] | None
Restore = Callable[[str], str]  # gives the whole output for the stub of one that was put aside
_BLANK = "\n\n"
_PLAIN = 500  # characters


class Parts(msgspec.Struct, gc=False):
    """What is in a message's content."""

    texts: list[str] = []
    thinking: list[str] = []
    calls: list[ToolCall] = []
    results: list[Block] = []
    attachments: list[Attachment] = []
    unknown: list[int] = []  # where blocks are that we do not know

    @classmethod
    def of(cls, content: _Content) -> Parts:
        """Take `content` apart."""
        if isinstance(content, str):
            return cls([content])
        parts = cls()
        for place, block in enumerate(content or ()):
            kind = block.type
            if kind == "text":
                parts.texts.append(block.text)
            elif kind == "thinking":
                parts.thinking.append(block.thinking)
            elif kind == "tool_result":
                parts.results.append(block)
            else:
                parts._add(place, block)
        return parts

    @property
    def text(self) -> str:
        """All the text."""
        return self.texts[0] if len(self.texts) == 1 else _BLANK.join(self.texts)

    def prompt(self) -> prompts.Prompt:
        """What of the text the user wrote."""
        read = [prompts.read_prompt(text) for text in self.texts]
        own = [one.text for one in read if not one.hidden]
        if own or not read:
            return prompts.Prompt(_BLANK.join(own))
        return prompts.Prompt(self.text, "" if self.attachments else "system")

    def _add(self, place: int, block: Block) -> None:
        kind = block.type
        if kind in CALLS:
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
    if type(value) is not dict:
        return False
    for one in value.values():  # noqa: SIM110 - faster than all()
        if type(one) is not str or len(one) > _PLAIN:
            return False
    return True


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
