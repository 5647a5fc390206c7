"""The conversation in a Codex rollout: each prompt, answer, thought and call once, and why a line is left out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from session_sync.transcripts.session import Attachment, Hidden, Kind, Message, Session, ToolCall, ToolOutput
from session_sync.transcripts.sources import media, shapes
from session_sync.transcripts.sources.codex.calls.answers import ASKING, Answers
from session_sync.transcripts.sources.codex.calls.calls import Calls
from session_sync.transcripts.sources.codex.compactions import Channel, Compactions
from session_sync.transcripts.sources.codex.texts import voices
from session_sync.transcripts.sources.codex.texts.twins import Twins
from session_sync.transcripts.sources.codex.texts.voices import Aside

_LONG = 1 << 14  # characters of injected text that are left out
_MOST_CALLS = 32  # in one message
_SEARCH = "web_search"
_MOST_TYPES = 100  # unknown ones that are counted by name


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
        self._twins = Twins()
        self._calls = Calls()
        self._answers = Answers()
        self._compactions = Compactions()
        self._answer: Message | None = None  # what the model is saying

    def begin_line(self, time: str, hidden: Hidden) -> None:
        """The next line was written at `time`, and its messages are `hidden`."""
        if hidden != self._hidden:
            self.end_answer()
            self._hidden = hidden
        self.time = time

    def said(
        self, text: str, name: str, others: list[Attachment], is_event: bool, asides: Sequence[Aside] = ()
    ) -> None:
        """A prompt; `asides` is what the same line holds besides."""
        reasons = [self._put(aside, is_event) for aside in asides] if asides else []
        context, prompt = voices.request(text)
        if context:
            reasons.append(self._put(Aside("context", context), is_event))
        if prompt.strip() or others:
            reasons.append(self._prompted(prompt, name, others, is_event))
        if "" in reasons:
            self._session.keep()
        else:
            self._session.drop(reasons[0] if reasons else "empty")

    def put_in(self, aside: Aside, is_event: bool) -> None:
        """What stands in a line of its own and is neither a prompt nor an answer."""
        self.said("", "", [], is_event, [aside] if aside.text.strip() else ())

    def answered(self, parts: list[str], name: str, is_event: bool, others: list[Attachment] | None = None) -> None:
        """What the model answered."""
        new = [part for part in parts if not self._twins.repeats("assistant", is_event, part)]
        if not new and not others:
            self._session.drop("duplicate" if parts else "empty")
            return
        letters = [letter for part in new if (letter := voices.letter_in(part))]
        if letters:
            self.said("", "", [], is_event, letters)
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

    def instructed(self, text: str) -> None:
        """What the client told the model as its developer."""
        if not text.strip():
            self._session.drop("empty")
        elif len(text) > _LONG:
            self._session.drop("system prompt")
        else:
            self._session.keep()
            self._give(Message("system", self.time, text=text, hidden="injected"))

    def told(self, text: str, kind: Kind = "notice") -> None:
        """What the client told the person."""
        self._session.keep()
        self._give(Message("system", self.time, text=text, kind=kind))

    def compacted(self, channel: Channel, summary: str) -> None:
        """From here on the model had `summary`, which may be unknown."""
        message = self._compactions.take(channel, summary, self.time)
        if message:
            self._session.keep()
            self.end_answer()
            message.hidden = message.hidden or self._hidden
            self._answer = message  # not given before all is known of it
        else:
            self._session.drop("duplicate")

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
        if call.name == ASKING:
            self._answers.asked(call)
        self._use(self._searched(call, is_event=False) if call.name == _SEARCH else self._calls.asked(call))

    def output(self, output: ToolOutput) -> None:
        """An output as the model saw it, and what the person says in it."""
        said = self._answers.given(output)
        self._use(self._calls.answered(output))
        if said:
            self._give(Message("user", self.time, text=said, kind="words"))

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
            self._compactions.give_away()

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

    def _prompted(self, text: str, name: str, others: list[Attachment], is_event: bool) -> str:
        """Give a prompt; returns why not, or ""."""
        if self._twins.repeats("user", is_event, text):
            return "duplicate"
        self.is_empty = False
        self._compactions.go_on()
        self._give(Message("user", self.time, name, text=text, attachments=others))
        return ""

    def _put(self, aside: Aside, is_event: bool) -> str:
        """Give what is in the person's name and no prompt; returns why not, or ""."""
        if not aside.kind and len(aside.text) > _LONG:
            return "system prompt"
        if aside.kind and self._twins.repeats(aside.kind, is_event, aside.twin or aside.text):
            return "duplicate"
        if aside.kind == "command":
            self._give(Message("user", self.time, text=f"!{aside.text}", kind="command"))
            self._give(Message("system", self.time, text=aside.output, kind="output"))
        elif aside.kind:
            self.is_empty = self.is_empty and aside.kind != "agent"
            self._give(Message("system", self.time, text=aside.text, kind=aside.kind, sender=aside.sender))
        else:
            self._give(Message("user", self.time, text=aside.text, hidden="injected"))
        return ""

    def _answering(self) -> Message:
        if self._answer and self._answer.kind:
            self.end_answer()
        if not self._answer:
            self._compactions.go_on()
            self._answer = Message("assistant", self.time, model=self.model, hidden=self._hidden)
        return self._answer

    def _give(self, given: Message | ToolOutput) -> None:
        self.end_answer()
        if self._hidden and isinstance(given, Message) and not given.hidden:
            given.hidden = self._hidden
        self.given.append(given)
