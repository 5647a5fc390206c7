"""Makes messages of the records of Gemini CLI."""

from __future__ import annotations

from collections.abc import Iterator

from session_sync.transcripts.session import Attachment, Message, Role, Session, ToolCall, ToolOutput, ToolStatus
from session_sync.transcripts.sources import media
from session_sync.transcripts.sources.gemini import parts
from session_sync.transcripts.sources.gemini.answers import words
from session_sync.transcripts.sources.gemini.parts import Content
from session_sync.transcripts.sources.gemini.voices import Voices
from session_sync.transcripts.sources.shapes import JsonObject, mapping, moment, sequence, text

_ROLES: dict[str, Role] = {
    "user": "user",
    "gemini": "assistant",
    "info": "system",
    "error": "system",
    "warning": "system",
    "compression": "system",
}
_STATUS: dict[str, ToolStatus] = {"success": "ok", "error": "error", "cancelled": "error"}


class MessageReader:
    """Makes the messages of one session; `session` learns their times, models and tokens."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._voices = Voices()
        self._answered: set[str] = set()  # calls whose output was given

    def make(self, record: JsonObject, is_reverted: bool) -> Iterator[Message | ToolOutput]:
        """What `record` holds: a message, what stands behind it, and outputs of tools that no call has yet."""
        role = _ROLES.get(text(record.get("type")))
        time, identity = moment(record.get("timestamp")), text(record.get("id"))
        if role is None:
            yield self._unknown(record, time, identity)
            return
        model = text(record.get("model"))
        self._session.saw(time, model)
        self._session.tokens.add(parts.tokens(record.get("tokens")))
        content, shown = Content(record.get("content")), record.get("displayContent")
        message = Message(role, time, identity, model=model, hidden="reverted" if is_reverted else "")
        message.kind = "compaction" if record["type"] == "compression" else ""
        self._fill(message, record, content if shown is None else Content(shown), content)
        if message.text or message.thinking or message.tool_calls or message.attachments or message.kind:
            yield from self._voices.of(message, shown is None)
        for call in message.tool_calls:
            if said := words(call):
                yield Message("user", time, f"{call.id}:words", text=said, kind="words", hidden=message.hidden)
        if shown is not None and (sent := "".join(content.texts)) not in ("", message.text):
            put_in = media.without_data(sent, [])
            yield Message(role, time, identity and f"{identity}:sent", text=put_in, hidden="injected")
        yield from self._answers(content.answers, time)
        if content.unknown:
            yield self._unknown(content.unknown, time, identity and f"{identity}:parts")

    def _fill(self, message: Message, record: JsonObject, shown: Content, content: Content) -> None:
        found = [*content.attachments]
        thoughts = [parts.thought(one) for one in sequence(record.get("thoughts"))]
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
        output = parts.output(result, found) if result else ""
        made.output = output or parts.display(call.get("resultDisplay"), found)
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
                output = parts.output({"functionResponse": answer}, found)
                failed = "error" in mapping(answer.get("response"))
                yield ToolOutput(call, output, "error" if failed else "ok", found, time)

    def _unknown(self, record: object, time: str, identity: str) -> Message:
        found: list[Attachment] = []
        plain = media.without_data(record, found)
        return Message("record", time, identity, attachments=found, hidden="unknown", record=plain)
