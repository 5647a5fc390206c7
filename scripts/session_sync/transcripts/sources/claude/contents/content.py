"""Takes the content of a message of Claude Code's apart: text, thinking, tool calls, their outputs, pictures."""

from __future__ import annotations

from typing import Any

import msgspec

from session_sync.transcripts.session import Attachment, ToolCall, ToolOutput, ToolStatus
from session_sync.transcripts.sources import media, shapes
from session_sync.transcripts.sources.claude.contents import documents
from session_sync.transcripts.sources.claude.contents.results import Output
from session_sync.transcripts.sources.claude.records import BLOCKS, CALLS, Block, is_result
from session_sync.transcripts.sources.claude.store.put_aside import SEEN, PutAside
from session_sync.transcripts.sources.claude.texts.reminders import without_reminders

_Content = str | list[Block] | None
_BLANK = "\n\n"
_PLAIN = 500  # characters


class Parts(msgspec.Struct, gc=False):
    """What is in a message's content."""

    texts: list[str] = []
    thinking: list[str] = []
    calls: list[ToolCall] = []
    results: list[Block] = []
    attachments: list[Attachment] = []
    documents: list[str] = []  # their words; they come behind the texts
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
        if parts.documents:
            parts.texts += parts.documents
        return parts

    @property
    def text(self) -> str:
        """All the text."""
        return self.texts[0] if len(self.texts) == 1 else _BLANK.join(self.texts)

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
            self.attachments.append(documents.attachment(kind, block.title or "", block.source))
            if text := Output(documents.words(block.source)).text:
                self.documents.append(f"{block.title}\n\n{text}" if block.title else text)
        elif kind not in BLOCKS:
            self.unknown.append(place)


def output(result: Block, put_aside: PutAside, time: str) -> ToolOutput:
    """What the tool gave; what was put aside into a file is taken from there."""
    text = result.content
    if type(text) is str and "aved to" not in text[:SEEN] and result.structuredContent is None:
        return ToolOutput(result.tool_use_id, without_reminders(text), "error" if result.is_error else "ok", [], time)
    given, form = Output(text), ""
    if "aved to" in given.text[:SEEN] and (whole := put_aside.whole(given.text)):
        given, form = whole
    if result.structuredContent is not None and not shapes.says(given.text, result.structuredContent):
        given.add(result.structuredContent)
    status: ToolStatus = "error" if result.is_error or given.is_error else "ok"
    found = ToolOutput(result.tool_use_id, without_reminders(given.text), status, given.attachments, time)
    found.result = {"form": form} if form else None
    return found


def block_of(record: dict[str, Any], place: int) -> Any:
    """The block at `place` as it is in the source, but for base64 in it."""
    blocks = record["message"]["content"]
    return media.without_data(blocks[place] if isinstance(blocks, list) else blocks, [])


def _is_plain(value: Any) -> bool:
    """Whether `value` is an object of short strings, as most inputs are: no base64 worth a look is in it."""
    if type(value) is not dict:
        return False
    for one in value.values():  # noqa: SIM110 - faster than all()
        if type(one) is not str or len(one) > _PLAIN:
            return False
    return True
