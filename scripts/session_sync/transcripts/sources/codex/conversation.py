"""The conversation in a Codex rollout: each prompt, answer, thought and call once, and why a line is left out."""

from __future__ import annotations

from typing import Any

from session_sync.transcripts.session import Attachment, Hidden, Message, Role, Session, ToolCall, ToolOutput
from session_sync.transcripts.sources import media, shapes
from session_sync.transcripts.sources.codex.calls import Calls

_LONG = 1 << 14  # characters of injected text that are left out
_MOST_CALLS = 32  # in one message
_SEARCH = "web_search"
_MOST_TYPES = 100  # unknown ones that are counted by name
_MOST_WAITING = 1024  # texts that wait for their twin; older ones have none


class Conversation:
    """Takes what the lines hold, counts each line in `session` once, and collects what is to be given in `given`.

    An answer, the reasoning before it and the calls after it are one message, as they are one answer of the model.
    `model` is the one that gives the next answers.
    """

    def __init__(self, session: Session) -> None:
        self.given: list[Message | ToolOutput] = []
        self.time = ""  # of the line being read
        self.model = ""
        self._hidden: Hidden = ""
        self.is_empty = True  # nobody has said anything yet
        self._session = session
        self._twins = _Twins()
        self._calls = Calls()
        self._answer: Message | None = None  # what the model is saying

    def begin_line(self, time: str, hidden: Hidden) -> None:
        """The next line was written at `time`, and its messages are `hidden`."""
        if hidden != self._hidden:
            self.end_answer()
            self._hidden = hidden
        self.time = time

    def said(self, text: str, name: str, others: list[Attachment], is_event: bool, injected: str = "") -> None:
        """A prompt; `injected` is what the same line holds besides."""
        if injected:
            self._give(Message("user", self.time, text=injected, hidden="injected"))
        if not text.strip() and not others:
            self._session.drop("empty")
            return
        is_repeated = self._twins.repeats("user", is_event, text)
        if is_repeated and not injected:
            self._session.drop("duplicate")
            return
        self._session.keep()
        if not is_repeated:
            self.is_empty = False
            self._give(Message("user", self.time, name, text=text, attachments=others))

    def answered(self, parts: list[str], name: str, is_event: bool, others: list[Attachment] | None = None) -> None:
        """What the model answered."""
        new = [part for part in parts if not self._twins.repeats("assistant", is_event, part)]
        if not new and not others:
            self._session.drop("duplicate" if parts else "empty")
            return
        self._session.keep()
        self.is_empty = False
        if self._answer and (self._answer.text or self._answer.tool_calls):
            self.end_answer()
        answer = self._answering()
        answer.id, answer.text, answer.attachments = name, "".join(new), others or []

    def thought(self, parts: list[str], is_event: bool, had: int = 0) -> None:
        """What the model thought; the first `had` parts came before."""
        new = [part for part in parts[had:] if not self._twins.repeats("reasoning", is_event, part)]
        if not new:
            self._session.drop("duplicate" if parts else "encrypted")
            return
        self._session.keep()
        if self._answer:
            self.end_answer()
        self._answering().thinking = "\n\n".join(new)

    def injected(self, text: str, role: Role, hidden: Hidden = "injected") -> None:
        """What the client told the model."""
        if not text.strip():
            self._session.drop("empty")
        elif len(text) > _LONG:
            self._session.drop("system prompt")
        else:
            self._session.keep()
            self._give(Message(role, self.time, text=text, hidden=hidden))

    def told(self, text: str) -> None:
        """What the client told the person."""
        self._session.keep()
        self._give(Message("system", self.time, text=text))

    def unknown(self, name: str, record: Any) -> None:
        """A record of a type that we do not know."""
        found: list[Attachment] = []
        name = shapes.counted_name(name, "no type")
        types = self._session.lines.unknown
        self._session.keep(name if name in types or len(types) < _MOST_TYPES else "other")
        record = media.without_data(record, found)
        self._give(Message("record", self.time, attachments=found, hidden="unknown", record=record))

    def asked(self, call: ToolCall) -> None:
        """A call as the model made it."""
        self._use(self._searched(call, is_event=False) if call.name == _SEARCH else self._calls.asked(call))

    def output(self, output: ToolOutput) -> None:
        """An output as the model saw it."""
        self._use(self._calls.answered(output))

    def shown(self, call: ToolCall) -> None:
        """A call with its output, as the client showed it."""
        is_search = call.name == _SEARCH
        self._use(self._searched(call, is_event=True) if is_search else self._calls.shown(call, self.time))

    def taken(self) -> list[Message | ToolOutput]:
        """What is to be given now; it is given once."""
        given, self.given = self.given, []
        return given

    def end_answer(self) -> None:
        """Give what the model has been saying."""
        if self._answer:
            self.given.append(self._answer)
            self._answer = None

    def end(self) -> None:
        """Give all that is left."""
        self.end_answer()
        self.given.extend(self._calls.unanswered())

    def _use(self, given: ToolCall | ToolOutput | None) -> None:
        if given is None:
            self._session.drop("duplicate")
            return
        self._session.keep()
        if isinstance(given, ToolOutput):
            self._give(given)
            return
        if self._answer and len(self._answer.tool_calls) >= _MOST_CALLS:
            self.end_answer()
        answer = self._answering()
        answer.tool_calls = [*answer.tool_calls, given] if answer.tool_calls else [given]

    def _searched(self, call: ToolCall, is_event: bool) -> ToolCall | None:
        """A search in the web, None if we had it: the model's record of it may have no id and gets no output."""
        given = shapes.mapping(call.input)
        action = shapes.mapping(given.get("action")) or given
        what = shapes.text(action.get("query")) or shapes.text(action.get("url")) or shapes.text(given.get("query"))
        return None if self._twins.repeats("search", is_event, what) else call

    def _answering(self) -> Message:
        if not self._answer:
            self._answer = Message("assistant", self.time, model=self.model, hidden=self._hidden)
        return self._answer

    def _give(self, given: Message | ToolOutput) -> None:
        self.end_answer()
        if self._hidden and isinstance(given, Message) and not given.hidden:
            given.hidden = self._hidden
        self.given.append(given)


class _Twins:
    """Remembers texts until their twin comes: of two equal texts in different channels, one is left out.

    Which of them comes first differs from version to version, and either may be missing. So no channel is the right
    one; what matters is that as many are given as the channel with more of them has.
    """

    def __init__(self) -> None:
        self._waiting: dict[tuple[str, bool, int], int] = {}

    def repeats(self, kind: str, is_event: bool, text: str) -> bool:
        """Whether `text` was given before by the other channel, and not yet repeated by this one."""
        key = hash(text.strip())
        count = self._waiting.pop((kind, not is_event, key), 0)
        if count:
            if count > 1:
                self._waiting[kind, not is_event, key] = count - 1
            return True
        own = (kind, is_event, key)
        self._waiting[own] = self._waiting.pop(own, 0) + 1
        if len(self._waiting) > _MOST_WAITING:
            del self._waiting[next(iter(self._waiting))]
        return False
