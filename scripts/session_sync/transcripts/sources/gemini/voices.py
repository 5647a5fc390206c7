"""Tells who speaks in a message of Gemini CLI: what is recorded as the person's may be the client's, and a command."""

from __future__ import annotations

import re
from collections.abc import Iterator

from session_sync.transcripts.session import Message

_INJECTED = (
    "<session_context>",
    "<hook_context>",
    "This is the Gemini CLI. We are setting up the context for our chat.",
    "Here is the user's editor context",
    "Here is a summary of changes in the user's editor context",
)
_ACKNOWLEDGED = ("Got it. Thanks for the context!", "Got it. Thanks for the additional context!")  # in the model's name
_SNAPSHOT, _SNAPSHOT_END = "<state_snapshot>", "</state_snapshot>"
_RAN = re.compile(
    r"I ran the following shell command:\n```\w*\n(.*?)\n```\n\n"
    r"This produced the following result:\n```\n(.*?)\n?```\Z",
    re.DOTALL,
)
_FILES = "\n--- Content from referenced files ---"  # what the client puts behind a prompt that names files
_COMMAND = re.compile(r"(?:!|/[a-z][\w:-]{0,60}(?:[ \t]|\Z))")
_COMPRESSED = re.compile(r"(?:chat history|context|conversation)\b.{0,80}\bcompress", re.IGNORECASE | re.DOTALL)
_CANCELLED = re.compile(r"(?:the )?(?:request|response|operation|user)\b.{0,30}\bcancell?ed\b", re.IGNORECASE)
_LONGEST_NOTICE = 400  # characters of one that tells of a cancellation or a compression


class Voices:
    """Sorts the messages of one session, in their order."""

    def __init__(self) -> None:
        self._after_command = False
        self._after_injected = False

    def of(self, message: Message, is_as_typed: bool) -> Iterator[Message]:
        """`message` as what it is; `is_as_typed` if the model got what the person typed, and nothing made of it."""
        after_command, after_injected = self._after_command, self._after_injected
        self._after_command = self._after_injected = False
        if message.role == "user":
            yield from self._persons(message, is_as_typed)
            self._after_command = message.kind == "command"
            self._after_injected = message.hidden == "injected" or message.kind == "compaction"
        elif message.role == "system":
            self._after_command = after_command
            self._clients(message, after_command)
            yield message
        else:
            if after_injected and message.text.strip() in _ACKNOWLEDGED and not message.tool_calls:
                message.hidden = message.hidden or "injected"
            yield message

    def _persons(self, message: Message, is_as_typed: bool) -> Iterator[Message]:
        beginning = message.text.lstrip()
        if beginning.startswith(_INJECTED):
            message.hidden = message.hidden or "injected"
        elif beginning.startswith(_SNAPSHOT):
            summary = beginning.removeprefix(_SNAPSHOT).rstrip().removesuffix(_SNAPSHOT_END)
            message.role, message.kind, message.text = "system", "compaction", summary.strip()
        elif (
            beginning.startswith("I ran the following") and beginning.endswith("```") and (ran := _RAN.match(beginning))
        ):
            message.kind, message.text = "command", f"!{ran[1]}"
            yield message
            if ran[2]:
                output = Message("system", message.time, message.id and f"{message.id}:output", text=ran[2])
                output.kind, output.hidden = "output", message.hidden
                yield output
            return
        elif is_as_typed and _COMMAND.match(message.text):
            message.kind = "command"
        own, mark, put_in = message.text.partition(_FILES)
        if mark and own and not message.hidden:
            message.text = own
            yield message
            yield Message("user", message.time, message.id and f"{message.id}:files", text=put_in, hidden="injected")
            return
        yield message

    def _clients(self, message: Message, after_command: bool) -> None:
        is_short = len(message.text) <= _LONGEST_NOTICE
        if message.kind or (is_short and _COMPRESSED.search(message.text)):
            message.kind = "compaction"
        elif is_short and _CANCELLED.match(message.text):
            message.kind = "interruption"
        else:
            message.kind = "output" if after_command else "notice"
