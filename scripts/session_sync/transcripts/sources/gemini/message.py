"""Makes messages of the records of Gemini CLI."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from session_sync.transcripts.session import (
    Attachment,
    Message,
    Role,
    Session,
    Tokens,
    ToolCall,
    ToolOutput,
    ToolStatus,
)
from session_sync.transcripts.sources import media
from session_sync.transcripts.sources.shapes import JsonObject, count, mapping, moment, sequence, text

_ROLES: dict[str, Role] = {
    "user": "user",
    "gemini": "assistant",
    "info": "system",
    "error": "system",
    "warning": "system",
}
_STATUS: dict[str, ToolStatus] = {"success": "ok", "error": "error", "cancelled": "error"}
_INJECTED = (
    "<session_context>",
    "<state_snapshot>",
    "<hook_context>",
    "This is the Gemini CLI. We are setting up the context for our chat.",
)


class Content:
    """A message's content, a text or parts of several kinds, sorted by kind."""

    def __init__(self, content: object) -> None:
        self.texts: list[str] = []
        self.thoughts: list[str] = []
        self.calls: list[JsonObject] = []
        self.answers: list[JsonObject] = []
        self.attachments: list[Attachment] = []
        self.unknown: list[Any] = []
        for part in content if isinstance(content, list) else [content]:
            self._add(part)

    def _add(self, part: object) -> None:
        if isinstance(part, str):
            self.texts.append(part)
        elif not isinstance(part, dict):
            if part is not None:
                self.unknown.append(part)
        elif isinstance(part.get("text"), str):
            (self.thoughts if part.get("thought") is True else self.texts).append(part["text"])
        elif isinstance(part.get("functionCall"), dict):
            self.calls.append(part["functionCall"])
        elif isinstance(part.get("functionResponse"), dict):
            self.answers.append(part["functionResponse"])
        elif isinstance(part.get("inlineData"), dict):
            media.without_data(part["inlineData"], self.attachments)
        elif isinstance(part.get("fileData"), dict):
            uri, media_type = text(part["fileData"].get("fileUri")), text(part["fileData"].get("mimeType"))
            self.attachments.append(Attachment(media.kind(media_type), uri, media_type))
        else:
            self.unknown.append(part)


class MessageReader:
    """Makes the messages of one session; `session` learns their times, models and tokens."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._answered: set[str] = set()  # calls whose output was given

    def make(self, record: JsonObject, is_reverted: bool) -> Iterator[Message | ToolOutput]:
        """What `record` holds: a message, what stands behind it, and outputs of tools that no call has yet."""
        role = _ROLES.get(text(record.get("type")))
        time = moment(record.get("timestamp"))
        if role is None:
            yield self._unknown(record, time)
            return
        model = text(record.get("model"))
        self._session.saw(time, model)
        self._session.tokens.add(_tokens(record.get("tokens")))
        content, shown = Content(record.get("content")), record.get("displayContent")
        message = Message(role, time, text(record.get("id")), model=model, hidden="reverted" if is_reverted else "")
        self._fill(message, record, content if shown is None else Content(shown), content)
        if not message.hidden and role == "user" and message.text.lstrip().startswith(_INJECTED):
            message.hidden = "injected"
        if message.text or message.thinking or message.tool_calls or message.attachments:
            yield message
        if shown is not None and (sent := "".join(content.texts)) not in ("", message.text):
            yield Message(role, time, text=media.without_data(sent, []), hidden="injected")
        yield from self._answers(content.answers, time)
        if content.unknown:
            yield self._unknown(content.unknown, time)

    def _fill(self, message: Message, record: JsonObject, shown: Content, content: Content) -> None:
        found = [*content.attachments]
        thoughts = [_thought(one) for one in sequence(record.get("thoughts"))]
        message.text = media.without_data("".join(shown.texts), found)
        message.thinking = media.without_data("\n\n".join(filter(None, [*thoughts, *content.thoughts])), found)
        message.tool_calls = [self._call(one) for one in sequence(record.get("toolCalls")) if mapping(one)]
        ids = {call.id for call in message.tool_calls}
        names = {call.name for call in message.tool_calls}
        for call in content.calls:
            if not (call["id"] in ids if isinstance(call.get("id"), str) else text(call.get("name")) in names):
                message.tool_calls.append(self._call(call))
        message.attachments = found

    def _call(self, call: JsonObject) -> ToolCall:
        found: list[Attachment] = []
        made = ToolCall(text(call.get("id")), text(call.get("name")), media.without_data(call.get("args"), found))
        result = call.get("result")
        output = _output(result, found) if result else ""
        made.output = output or _display(call.get("resultDisplay"), found)
        made.status = _STATUS.get(text(call.get("status")), "ok" if made.output else "")
        made.attachments = found
        if made.status:
            self._answered.add(made.id)
        if agent := text(call.get("agentId")):
            made.session_id = f"{self._session.source_session_id}/{agent}"
        return made

    def _answers(self, answers: list[JsonObject], time: str) -> Iterator[ToolOutput]:
        """The outputs that came without their call being told of them: the client was stopped in between."""
        for answer in answers:
            call = text(answer.get("id"))
            if call not in self._answered:
                self._answered.add(call)
                found: list[Attachment] = []
                output = _output({"functionResponse": answer}, found)
                failed = "error" in mapping(answer.get("response"))
                yield ToolOutput(call, output, "error" if failed else "ok", found, time)

    def _unknown(self, record: object, time: str) -> Message:
        found: list[Attachment] = []
        plain = media.without_data(record, found)
        return Message("record", time, attachments=found, hidden="unknown", record=plain)


def _thought(thought: object) -> str:
    subject, description = text(mapping(thought).get("subject")), text(mapping(thought).get("description"))
    return f"**{subject}** {description}".strip() if subject else description or text(thought)


def _output(result: object, found: list[Attachment]) -> str:
    """What a tool said, out of the parts that the model gets; its pictures are added to `found`."""
    texts: list[str] = []
    for part in result if isinstance(result, list) else [result]:
        answer = mapping(mapping(part).get("functionResponse"))
        response = answer.get("response")
        if answer:
            said = next((mapping(response)[key] for key in ("output", "error") if key in mapping(response)), response)
            texts.append(_as_text(media.without_data(said, found)))
            media.without_data(answer.get("parts"), found)
        elif isinstance(mapping(part).get("text"), str):
            texts.append(media.without_data(mapping(part)["text"], found))
        else:
            texts.append(_as_text(media.without_data(part, found)))
    return "\n".join(filter(None, texts))


def _display(display: object, found: list[Attachment]) -> str:
    """What the client showed of a tool's result: a text, a diff or anything else."""
    diff = mapping(display).get("fileDiff")
    return _as_text(media.without_data(diff if isinstance(diff, str) else display, found))


def _as_text(value: object) -> str:
    return value if isinstance(value, str) else "" if value is None else msgspec.json.encode(value).decode()


def _tokens(told: object) -> Tokens:
    """The provider's counts: what it calls input includes the cached, and its output lacks the thoughts."""
    of = mapping(told)
    cached, thoughts = count(of.get("cached")), count(of.get("thoughts"))
    return Tokens(
        input=max(0, count(of.get("input")) - cached) + count(of.get("tool")),
        output=count(of.get("output")) + thoughts,
        cache_read=cached,
        reasoning=thoughts,
    )
