"""Makes messages of the rows that opencode keeps since its version 2: one for each message, of many types."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from session_sync.transcripts.session import Message, Role, Session
from session_sync.transcripts.sources import media
from session_sync.transcripts.sources.opencode import content
from session_sync.transcripts.sources.opencode.layers import Flow, Row
from session_sync.transcripts.sources.shapes import JsonObject, counted_name, mapping, moment, sequence, text

_PARTS = ("text", "reasoning", "tool")  # types of what an answer consists of


class Entry:
    """Makes messages of a row of the type `row.type`, which holds `info`; the row is counted.

    One that `is_copy` of another session's, which this one continues, has its tokens counted there.
    """

    def __init__(self, row: Row, info: JsonObject, session: Session, is_copy: bool = False) -> None:
        self._session = session
        self._info = info
        self._id = row.id
        self._is_copy = is_copy
        self._time = moment(mapping(info.get("time")).get("created")) or moment(row.time)
        self._parts = [mapping(one) for one in sequence(info.get("content"))]
        self._kind = row.type or text(info.get("type"))
        self._makers: dict[str, Callable[[Flow], Iterator[Message]]] = {
            "user": self._prompt,
            "assistant": self._answer,
            "synthetic": self._injected,
            "system": self._injected,
            "skill": self._injected,
            "shell": self._shell,
            "compaction": self._compaction,
            "agent-switched": self._agent,
            "model-switched": self._model,
            "location-switched": self._location,
            "idle": self._idle,
        }
        self._count()

    @property
    def is_whole(self) -> bool:
        """Whether it holds more than the frame of a message."""
        if self._kind == "assistant":
            return bool(self._parts)
        return self._kind != "user" or bool(self._info.get("text") or self._info.get("files"))

    def messages(self, flow: Flow, /) -> Iterator[Message]:
        """What the row says; nothing of it that is empty."""
        self._session.saw(self._time)
        self._session.saw(moment(mapping(self._info.get("time")).get("completed")))
        make = self._makers.get(self._kind)
        if make is None:
            yield content.unknown({"type": self._kind, **self._info}, self._time, self._id)
            return
        for message in make(flow):
            flow.is_interrupted = message.kind == "interruption"
            yield message

    def _count(self) -> None:
        """Count the row; what it holds that we do not know is named."""
        strange = [one for one in self._parts if one.get("type") not in _PARTS]
        if self._kind not in self._makers:
            self._session.keep(unknown=counted_name(self._kind, "session_message"))
        elif self._kind == "idle" and self._info.get("outcome") != "interrupted":
            self._session.drop("end of a turn")
        elif self._kind == "assistant" and strange:
            self._session.keep(unknown=counted_name(strange[0].get("type"), "part"))
        else:
            self._session.keep()

    def _count_tokens(self) -> None:
        if not self._is_copy:
            self._session.tokens.add(content.tokens(self._info.get("tokens")))

    def _plain(self, value: object) -> str:
        return text(media.without_data(text(value), []))

    def _prompt(self, flow: Flow) -> Iterator[Message]:
        flow.runs_command = False
        message = Message("user", self._time, self._id)
        message.attachments = [content.attachment(one) for one in sequence(self._info.get("files"))]
        message.text = media.without_data(text(self._info.get("text")), message.attachments)
        if message.text or message.attachments:
            yield message
        for number, skill in enumerate(map(mapping, sequence(self._info.get("skills"))), 1):
            if put_in := self._plain(skill.get("text")):
                yield Message("user", self._time, f"{self._id}:skill:{number}", text=put_in, hidden="injected")

    def _answer(self, flow: Flow) -> Iterator[Message]:
        message = Message("assistant", self._time, self._id, model=_model(self._info.get("model")))
        found = message.attachments
        message.text, message.thinking = (
            media.without_data("\n\n".join(text(one.get("text")) for one in self._of(kind) if one.get("text")), found)
            for kind in ("text", "reasoning")
        )
        more: list[Message] = []
        for part in self._of("tool"):
            state = mapping(part.get("state"))
            call = content.call(text(part.get("callID")) or text(part.get("id")), text(part.get("name")), state)
            message.tool_calls.append(call)
            more.extend(content.words(call, state, self._time))
        self._count_tokens()
        self._session.saw(self._time, message.model)
        flow.model, flow.agent = message.model or flow.model, text(self._info.get("agent")) or flow.agent
        if message.text or message.thinking or message.tool_calls or found:
            yield message
        yield from more
        for number, part in enumerate(self._parts):
            if part and part.get("type") not in _PARTS:
                yield content.unknown(part, self._time, f"{self._id}:part:{number}")
        if failed := content.error(self._info.get("error"), self._time, f"{self._id}:error"):
            yield failed

    def _of(self, kind: str) -> Iterator[JsonObject]:
        return (one for one in self._parts if one.get("type") == kind)

    def _injected(self, _: Flow) -> Iterator[Message]:
        if said := self._plain(self._info.get("text")):
            role: Role = "system" if self._kind == "system" else "user"
            yield Message(role, self._time, self._id, text=said, hidden="injected")

    def _shell(self, _: Flow) -> Iterator[Message]:
        told = self._info.get("output")
        status, code = text(self._info.get("status")), self._info.get("exit")
        ended = f"[exit code {code}]" if isinstance(code, int) and code else ""
        ended = f"[{status}]" if status in ("timeout", "killed") else ended
        output = "\n".join(filter(None, [text(told) or text(mapping(told).get("output")), ended]))
        completed = moment(mapping(self._info.get("time")).get("completed"))
        yield from content.command(self._id, self._time, text(self._info.get("command")), output, completed)

    def _compaction(self, _: Flow) -> Iterator[Message]:
        self._count_tokens()
        if self._info.get("status") == "failed":
            failed = content.error(self._info.get("error") or "failed", self._time, self._id)
            if failed:
                failed.text = f"Compaction: {failed.text}"
                yield failed
            return
        summary = self._plain(self._info.get("summary"))
        yield Message("system", self._time, self._id, text=summary, kind="compaction")

    def _agent(self, flow: Flow) -> Iterator[Message]:
        agent, before = text(self._info.get("agent")), text(self._info.get("previous")) or flow.agent
        flow.agent = agent
        yield self._notice(f"Agent: {agent}", is_news=before not in ("", agent))

    def _model(self, flow: Flow) -> Iterator[Message]:
        model, before = _model(self._info.get("model")), _model(self._info.get("previous")) or flow.model
        flow.model = model
        yield self._notice(f"Model: {model}", is_news=before not in ("", model))

    def _location(self, _: Flow) -> Iterator[Message]:
        directory = text(mapping(self._info.get("location")).get("directory")) or text(self._info.get("directory"))
        self._session.was_in(directory)
        yield self._notice(f"Directory: {directory}", is_news=bool(directory))

    def _idle(self, flow: Flow) -> Iterator[Message]:
        """The end of a turn; the person's doing if it is told so, and not told already."""
        if self._info.get("outcome") == "interrupted" and not flow.is_interrupted:
            yield Message("system", self._time, self._id, text="Interrupted", kind="interruption")

    def _notice(self, said: str, is_news: bool) -> Message:
        return Message("system", self._time, self._id, text=said, kind="notice", hidden="" if is_news else "system")


def _model(told: object) -> str:
    """The name of a model, which the client tells with its provider's."""
    of = mapping(told)
    return text(told) or text(of.get("id")) or text(of.get("modelID"))
