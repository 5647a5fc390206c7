"""Makes messages of opencode's messages and their parts, as it kept them until its version 2."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from session_sync.transcripts.session import Message, Role, Session
from session_sync.transcripts.sources import media
from session_sync.transcripts.sources.opencode import content
from session_sync.transcripts.sources.opencode.layers import Flow
from session_sync.transcripts.sources.shapes import JsonObject, counted_name, mapping, moment, text

ROLES: dict[str, Role] = {"user": "user", "assistant": "assistant"}
_RAN = "The following tool was executed by the user"  # what the client puts before a command of the person's
_LEFT_OUT = {  # types of parts that hold nothing of the conversation
    "step-start": "step",
    "step-finish": "step",
    "snapshot": "snapshot",
    "patch": "snapshot",
    "agent": "mention of an agent",
    "compaction": "mark of a compaction",
}


class MessageBuilder:
    """Makes a message out of what opencode calls a message, `info`, and its parts, which are added one by one.

    `info` is {} if it could not be read; whoever wrote the parts is not known then.
    """

    def __init__(self, info: JsonObject, identity: str, time: object, session: Session) -> None:
        self._session = session
        self._info = info
        self._id = identity
        role = ROLES.get(text(info.get("role")), "record")
        self._time = moment(mapping(info.get("time")).get("created")) or moment(time)
        self._message = Message(role, self._time, identity)
        self._texts: list[str] = []
        self._injected: list[str] = []
        self._thoughts: list[str] = []
        self._more: list[Message] = []
        self._marks_compaction = False
        self.is_whole = False
        self._kinds: dict[str, Callable[[JsonObject], None]] = {
            "text": self._add_text,
            "reasoning": lambda part: self._thoughts.append(text(part.get("text"))),
            "tool": self._add_call,
            "file": lambda part: self._message.attachments.append(content.attachment(part)),
            "subtask": lambda part: self._texts.append(text(part.get("prompt"))),
            "retry": lambda part: self._add_error(part.get("error")),
        }

    def add(self, part: JsonObject, identity: str = "") -> None:
        """Take a part, and count it."""
        self.is_whole = True
        kind = text(part.get("type"))
        if add := self._kinds.get(kind):
            add(part)
            self._session.keep()
        elif kind in _LEFT_OUT:
            self._marks_compaction = self._marks_compaction or kind == "compaction"
            self._session.drop(_LEFT_OUT[kind])
        else:
            self._session.keep(unknown=counted_name(part.get("type"), "part"))
            self._more.append(content.unknown(part, self._time, identity))

    def messages(self, flow: Flow, /) -> Iterator[Message]:
        """The message, what was put in with it, and what stands behind it; nothing of it that is empty."""
        self._note()
        message, found = self._message, self._message.attachments
        if message.role == "record":
            message.role = "system"
            if self._info:
                yield content.unknown(self._info, self._time, f"{self._id}:record")
        message.text = media.without_data("\n\n".join(filter(None, self._texts)), found)
        message.thinking = media.without_data("\n\n".join(filter(None, self._thoughts)), found)
        if self._info.get("summary") is True:
            message.role, message.kind = "system", "compaction"
            flow.compaction = None
        yield from self._commands() if flow.runs_command and message.tool_calls else self._whole(message)
        if self._injected:
            put_in = media.without_data("\n\n".join(self._injected), [])
            yield Message(message.role, self._time, f"{self._id}:injected", text=put_in, hidden="injected")
        self._add_error(self._info.get("error"))
        yield from self._more
        flow.runs_command = self._injected == [_RAN]
        if self._marks_compaction:
            flow.compaction = Message("system", self._time, f"{self._id}:compaction", kind="compaction")

    def _note(self) -> None:
        """Tell the session what the message tells of it."""
        told = mapping(self._info.get("time"))
        if self._message.role == "assistant":
            self._message.model = text(self._info.get("modelID"))
            self._session.tokens.add(content.tokens(self._info.get("tokens")))
            self._session.was_in(text(mapping(self._info.get("path")).get("cwd")))
        self._session.saw(self._time, self._message.model)
        self._session.saw(moment(told.get("completed")))

    def _whole(self, message: Message) -> Iterator[Message]:
        if message.text or message.thinking or message.tool_calls or message.attachments or message.kind:
            yield message

    def _commands(self) -> Iterator[Message]:
        """The calls of the message as what they are: commands that the person ran."""
        for number, call in enumerate(self._message.tool_calls):
            ran = text(mapping(call.input).get("command")) or call.name
            yield from content.command(f"{self._id}:{number}" if number else self._id, self._time, ran, call.output)

    def _add_text(self, part: JsonObject) -> None:
        is_own = part.get("synthetic") is not True and part.get("ignored") is not True
        (self._texts if is_own else self._injected).append(text(part.get("text")))

    def _add_call(self, part: JsonObject) -> None:
        state = mapping(part.get("state"))
        call = content.call(text(part.get("callID")), text(part.get("tool")), state)
        self._message.tool_calls.append(call)
        self._more.extend(content.words(call, state, self._time))

    def _add_error(self, error: object) -> None:
        """Take what went wrong, as a message of the client's."""
        if said := content.error(error, self._time, f"{self._id}:{len(self._more) + 1}"):
            self._more.append(said)
