"""Makes messages of the records of a Codex rollout, in one pass, in the order of the file."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from session_sync.transcripts.session import Hidden, Message, Session, ToolOutput
from session_sync.transcripts.sources import shapes
from session_sync.transcripts.sources.codex import facts
from session_sync.transcripts.sources.codex.calls.tools import asked_call, tool_output
from session_sync.transcripts.sources.codex.conversation import Conversation
from session_sync.transcripts.sources.codex.events import EventReader
from session_sync.transcripts.sources.codex.format.kinds import COMPACTIONS, DROPPED_ITEMS
from session_sync.transcripts.sources.codex.format.lines import RolloutLine, recovered, time
from session_sync.transcripts.sources.codex.format.records import (
    Compacted,
    Context,
    Event,
    Item,
    Letter,
    LetterItem,
    Meta,
    RareEvent,
    Spoken,
    State,
    ToolEvent,
    Unknown,
    Usage,
)
from session_sync.transcripts.sources.codex.replay import Replay, Turns
from session_sync.transcripts.sources.codex.texts import voices
from session_sync.transcripts.sources.codex.texts.content import others_of, parted, texts_of

_COPY = "copied from the session that it started from"


class RolloutReader:
    """Reads the records of one thread, file after file: its facts into `session`, its messages are returned.

    `own_ids` are the ids of the thread and of its files; `parent` reads the turns of another thread, if it is there.
    """

    def __init__(self, session: Session, own_ids: set[str], parent: Callable[[str], Turns | None]) -> None:
        self._session = session
        self._parent = parent
        self._replay: Replay | None = None
        self._own_ids = own_ids
        self._talk = Conversation(session)
        self._events = EventReader(session, self._talk)
        self._tokens = facts.Counter()
        self._has_facts = False
        self._line = (0, "")
        self._first = self._last = ""

    def read(self, record: RolloutLine, line: int, name: str, hidden: Hidden) -> Sequence[Message | ToolOutput]:
        """What is to be given because of `record`, from the line `line` of the file `name`; the line is counted."""
        talk, at = self._talk, time(record.timestamp)
        talk.begin_line(at, hidden)
        if at > self._last:
            self._last = at
        if at and (at < self._first or not self._first):
            self._first = at
        self._line = (line, name)
        if self._replay and self._is_copy(record, at):
            return talk.taken() if talk.given else ()
        _HANDLERS[type(record.payload)](self, record.payload)
        return talk.taken() if talk.given else ()

    def end_file(self) -> list[Message | ToolOutput]:
        """What is left to be given at the end of a file."""
        self._talk.end()
        self._session.saw(self._first)
        self._session.saw(self._last)
        self._session.tokens.add(self._tokens.total())
        self._tokens = facts.Counter()
        self._replay = None
        return self._talk.taken()

    def _is_copy(self, record: RolloutLine, at: str) -> bool:
        """Whether `record` is another session's, which is then counted, and its tokens taken off."""
        payload = record.payload
        if not self._replay or not self._replay.is_copy(record, at):
            self._replay = None if self._replay and self._replay.is_over else self._replay
            return False
        if isinstance(payload, Event) and payload.type == "token_count":
            self._tokens.count(payload.info, is_copy=True)
        elif isinstance(payload, Usage):
            self._tokens.record(payload, is_copy=True)
        elif isinstance(payload, Meta):
            facts.note_origin(self._session, payload, self._own_ids)
        self._session.drop(_COPY)
        return True

    def _meta(self, meta: Meta) -> None:
        """Only the first one is ours: a second file holds the one of its origin as well."""
        if not self._has_facts:
            facts.fill(self._session, meta, self._own_ids)
            self._has_facts = True
            self._replay = Replay(meta, self._talk.time, self._parent)
        elif shapes.text(meta.id) in self._own_ids:
            self._session.was_in(shapes.text(meta.cwd))
        self._session.keep()

    def _context(self, context: Context) -> None:
        self._session.was_in(shapes.text(context.cwd))
        self._talk.model = shapes.text(context.model)
        self._session.saw("", self._talk.model)
        self._session.keep()

    def _usage(self, usage: Usage) -> None:
        self._tokens.record(usage)
        self._session.keep()

    def _state(self, _: State) -> None:
        self._session.drop("client state")

    def _compacted(self, compacted: Compacted) -> None:
        if self._talk.is_empty and len(compacted.replacement_history) > len(b"[]"):
            self._session.name_problem(self._line[0], "earlier history is only in replacement_history", self._line[1])
        self._talk.compacted("summary", shapes.text(compacted.message))

    def _spoken(self, spoken: Spoken) -> None:
        text, name = shapes.text(spoken.text), shapes.text(spoken.id)
        if spoken.type != "transcript_segment":
            self._session.drop("turn mark")
        elif spoken.role == "user":
            self._talk.said(text, name, [], is_event=True)
        else:
            self._talk.answered([text] if text.strip() else [], name, is_event=True)

    def _letter(self, letter: Letter) -> None:
        self._talk.put_in(voices.letter("\n\n".join(texts_of(letter.content)), letter.author), type(letter) is Letter)

    def _unknown(self, unknown: Unknown) -> None:
        payload = unknown.record.get("payload") if isinstance(unknown.record, dict) else None
        if isinstance(payload, dict):
            payload.pop("encrypted_content", None)
        self._talk.unknown(unknown.type, unknown.record)

    def _item(self, item: Item) -> None:
        kind = item.type
        if kind == "message":
            self._message(item)
        elif kind == "reasoning":
            self._talk.thought(texts_of(item.summary) + texts_of(item.content), is_event=False)
        elif kind.endswith("_output"):
            self._talk.output(tool_output(item, self._talk.time))
        elif kind.endswith("_call"):
            self._talk.asked(asked_call(item))
        elif kind in COMPACTIONS:
            self._talk.compacted("model", "")
        else:
            self._session.drop(DROPPED_ITEMS[kind])

    def _message(self, item: Item) -> None:
        if item.role == "assistant":
            others = others_of(item.content)
            self._talk.answered(texts_of(item.content), shapes.text(item.id), is_event=False, others=others)
        elif item.role == "user":
            self._prompt(item)
        else:
            self._talk.instructed("\n\n".join(texts_of(item.content)))

    def _prompt(self, item: Item) -> None:
        own, asides = parted(item)
        for aside in asides:
            self._session.was_in(voices.cwd_in(aside.text))
        self._talk.said(own, shapes.text(item.id), others_of(item.content), is_event=False, asides=asides)

    def _event(self, event: Event) -> None:
        if event.type == "token_count":
            self._tokens.count(event.info)
            self._session.keep()
        else:
            self._events.read(event)

    def _rare_event(self, event: RareEvent) -> None:
        if event.type == "raw_response_item" and isinstance(event.fields.get("item"), dict):
            record = recovered({"type": "response_item", "payload": event.fields["item"]})
            _HANDLERS[type(record.payload)](self, record.payload)
        else:
            self._events.read_rare(event)

    def _tool_event(self, event: ToolEvent) -> None:
        self._events.read_tool(event)


Handler = Callable[[RolloutReader, Any], None]
_HANDLERS: dict[type, Handler] = {
    Meta: RolloutReader._meta,
    Context: RolloutReader._context,
    Usage: RolloutReader._usage,
    State: RolloutReader._state,
    Spoken: RolloutReader._spoken,
    Letter: RolloutReader._letter,
    LetterItem: RolloutReader._letter,
    RareEvent: RolloutReader._rare_event,
    Compacted: RolloutReader._compacted,
    Unknown: RolloutReader._unknown,
    Item: RolloutReader._item,
    Event: RolloutReader._event,
    ToolEvent: RolloutReader._tool_event,
}
