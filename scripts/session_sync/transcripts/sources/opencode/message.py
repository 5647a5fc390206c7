"""Makes messages of opencode's messages and their parts."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from session_sync.transcripts.session import Attachment, Message, Role, Session, Tokens, ToolCall, ToolStatus
from session_sync.transcripts.sources import media
from session_sync.transcripts.sources.shapes import JsonObject, count, counted_name, mapping, moment, sequence, text

ROLES: dict[str, Role] = {"user": "user", "assistant": "assistant"}
_STATUS: dict[str, ToolStatus] = {"completed": "ok", "error": "error"}
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
        role = ROLES.get(text(info.get("role")), "record")
        told = mapping(info.get("time"))
        self._time = moment(told.get("created")) or moment(time)
        self._message = Message(role, self._time, identity)
        self._texts: list[str] = []
        self._injected: list[str] = []
        self._thoughts: list[str] = []
        self._more: list[Message] = []
        self._kinds: dict[str, Callable[[JsonObject], None]] = {
            "text": self._add_text,
            "reasoning": lambda part: self._thoughts.append(text(part.get("text"))),
            "tool": lambda part: self._message.tool_calls.append(_call(part)),
            "file": lambda part: self._message.attachments.append(_file(part)),
            "subtask": lambda part: self._texts.append(text(part.get("prompt"))),
            "retry": lambda part: self._add_error(part.get("error")),
        }
        if role == "assistant":
            self._message.model = text(info.get("modelID"))
            session.tokens.add(_tokens(info.get("tokens")))
        session.saw(self._time, self._message.model)
        session.saw(moment(told.get("completed")))

    def add(self, part: JsonObject) -> None:
        """Take a part, and count it."""
        kind = text(part.get("type"))
        if add := self._kinds.get(kind):
            add(part)
            self._session.keep()
        elif kind in _LEFT_OUT:
            self._session.drop(_LEFT_OUT[kind])
        else:
            self._session.keep(unknown=counted_name(part.get("type"), "part"))
            self._more.append(unknown(part, self._time))

    def made(self, is_reverted: bool) -> Iterator[Message]:
        """The message, what was put in with it, and what stands behind it; nothing of it that is empty."""
        message, found = self._message, self._message.attachments
        if message.role == "record":
            message.role = "system"
            if self._info:
                yield unknown(self._info, self._time)
        message.text = media.without_data("\n\n".join(filter(None, self._texts)), found)
        message.thinking = media.without_data("\n\n".join(filter(None, self._thoughts)), found)
        message.hidden = "reverted" if is_reverted else "system" if self._info.get("summary") is True else ""
        if message.text or message.thinking or message.tool_calls or found:
            yield message
        if self._injected:
            put_in = media.without_data("\n\n".join(self._injected), [])
            yield Message(message.role, self._time, text=put_in, hidden="injected")
        self._add_error(self._info.get("error"))
        yield from self._more

    def _add_text(self, part: JsonObject) -> None:
        is_own = part.get("synthetic") is not True and part.get("ignored") is not True
        (self._texts if is_own else self._injected).append(text(part.get("text")))

    def _add_error(self, error: object) -> None:
        """Take what went wrong, as a message of the client's."""
        if error:
            of = mapping(error)
            what = text(mapping(of.get("data")).get("message")) or text(of.get("message"))
            self._more.append(Message("system", self._time, text=": ".join(filter(None, [text(of.get("name")), what]))))


def unknown(record: JsonObject, time: str) -> Message:
    """A record of a type that we do not know."""
    found: list[Attachment] = []
    plain = media.without_data(record, found)
    return Message("record", time, attachments=found, hidden="unknown", record=plain)


def _call(part: JsonObject) -> ToolCall:
    state = mapping(part.get("state"))
    found = [_file(one) for one in sequence(state.get("attachments"))]
    status = _STATUS.get(text(state.get("status")), "")
    metadata = mapping(state.get("metadata"))
    said = text(state.get("error")) if status == "error" else text(state.get("output"))
    said = said or text(metadata.get("output"))  # of one that still runs, or was stopped
    call = ToolCall(text(part.get("callID")), text(part.get("tool")))
    call.input = media.without_data(state.get("input"), found)
    call.output = media.without_data(said, found)
    call.status = status or ("ok" if call.output else "")
    call.attachments = found
    if call.name == "task":
        call.session_id = text(metadata.get("sessionId")) or text(metadata.get("sessionID"))
    return call


def _file(part: object) -> Attachment:
    of = mapping(part)
    media_type, url, title = text(of.get("mime")), text(of.get("url")), text(of.get("filename"))
    if not url.startswith("data:"):
        return Attachment(media.kind(media_type), title or url, media_type)
    found: list[Attachment] = []
    media.without_data(url, found)
    one = found[0] if found else Attachment(media.kind(media_type), size=len(url))
    one.name, one.media_type = title, media_type or one.media_type
    return one


def _tokens(told: object) -> Tokens:
    """The provider's counts. Since there is a total, the output lacks what was reasoned."""
    of = mapping(told)
    cache = mapping(of.get("cache"))
    tokens = Tokens(
        count(of.get("input")), count(of.get("output")), count(cache.get("read")), count(cache.get("write"))
    )
    tokens.reasoning = count(of.get("reasoning"))
    apart = tokens.input + tokens.output + tokens.cache_read + tokens.cache_write + tokens.reasoning
    if count(of.get("total")) >= apart:
        tokens.output += tokens.reasoning
    return tokens
