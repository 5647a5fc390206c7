"""Makes messages of the records of a Codex rollout, in one pass, in the order of the file."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from session_sync.transcripts.session import Attachment, Hidden, Message, Session, ToolOutput
from session_sync.transcripts.sources import shapes
from session_sync.transcripts.sources.codex import client_texts, facts, voices
from session_sync.transcripts.sources.codex.content import linked, others_of, parted, texts_of
from session_sync.transcripts.sources.codex.conversation import Conversation
from session_sync.transcripts.sources.codex.kinds import COMPACTIONS, DROPPED_EVENTS, DROPPED_ITEMS
from session_sync.transcripts.sources.codex.lines import RolloutLine, recovered, time
from session_sync.transcripts.sources.codex.records import (
    Compacted,
    Context,
    Event,
    Item,
    Letter,
    LetterItem,
    Meta,
    RareEvent,
    State,
    ToolEvent,
    Unknown,
    Usage,
)
from session_sync.transcripts.sources.codex.replay import Replay, Turns
from session_sync.transcripts.sources.codex.tools import (
    asked_call,
    extension_call,
    form,
    is_tool,
    ran_by_person,
    shown_call,
    tool_output,
)
from session_sync.transcripts.sources.codex.voices import Aside

_COPY = "copied from the session that it started from"


class RolloutReader:
    """Reads the records of one thread, file after file: its facts into `session`, its messages are returned.

    `own_ids` are the ids of the thread and of its files; `parent` reads the turns of another thread, if it is there.
    """

    def __init__(self, session: Session, own_ids: set[str], parent: Callable[[str], Turns | None]) -> None:
        self._session = session
        self._parent = parent
        self._replay: Replay | None = None
        self._client = client_texts.ClientTexts()
        self._own_ids = own_ids
        self._talk = Conversation(session)
        self._tokens = facts.Counter()
        self._has_facts = False
        self._last_reasoning: tuple[str, int] = ("", 0)  # an item's id and how many of its parts we had
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
        handler = _EVENTS.get(event.type)
        if handler:
            handler(self, event)
        else:
            self._session.drop(DROPPED_EVENTS[event.type])

    def _rare_event(self, event: RareEvent) -> None:
        if event.type == "thread_name_updated":
            facts.name(self._session, event.fields)
        elif event.type == "raw_response_item" and isinstance(event.fields.get("item"), dict):
            record = recovered({"type": "response_item", "payload": event.fields["item"]})
            _HANDLERS[type(record.payload)](self, record.payload)
        else:
            kind, text = self._client.text(event.type, event.fields)
            if text:
                self._talk.told(text, kind)
            else:
                self._session.drop("turn mark")

    def _tool_event(self, event: ToolEvent) -> None:
        ran = ran_by_person(event)
        if ran:
            self._talk.put_in(Aside("command", ran[0], output=ran[1]), is_event=True)
        else:
            self._talk.shown(shown_call(event))

    def _user_message(self, event: Event) -> None:
        text = "".join(texts_of(event.message))
        if event.kind in ("user_instructions", "environment_context"):
            self._session.was_in(voices.cwd_in(text))
            self._talk.put_in(Aside("", text), is_event=True)
            return
        urls = [url for url in shapes.sequence(event.images) if isinstance(url, str)]
        paths = [
            Attachment("image", name=path) for path in shapes.sequence(event.local_images) if isinstance(path, str)
        ]
        self._talk.said(text, "", [*map(linked, urls), *paths, *others_of(event.message)], is_event=True)

    def _agent_message(self, event: Event) -> None:
        others = others_of(event.message)
        self._talk.answered(texts_of(event.message), "", is_event=True, others=others)

    def _agent_reasoning(self, event: Event) -> None:
        self._talk.thought(texts_of(event.text), is_event=True)

    def _token_count(self, event: Event) -> None:
        self._tokens.count(event.info)
        self._session.keep()

    def _turn_aborted(self, event: Event) -> None:
        reason = shapes.text(event.reason)
        text = f"The turn was aborted: {reason or 'no reason given'}."
        if reason in ("", "interrupted"):
            self._talk.put_in(Aside("interruption", text), is_event=True)
        else:
            self._talk.told(text)

    def _rolled_back(self, event: Event) -> None:
        count = event.num_turns if isinstance(event.num_turns, int) else "some"
        many = f"the last prompts ({count}) and what followed them"
        self._talk.told(f"Taken back: {'the last prompt and what followed it' if count == 1 else many}.")

    def _trouble(self, event: Event) -> None:
        self._talk.told(f"{event.type.replace('_', ' ').capitalize()}: {shapes.text(event.message)}")

    def _context_compacted(self, _: Event) -> None:
        self._talk.compacted("event", "")

    def _item_completed(self, event: Event) -> None:
        item = event.item if isinstance(event.item, dict) else {}
        kind = form(shapes.text(item.get("type")))
        handler = _ITEMS.get(kind)
        if handler:
            handler(self, item)
        elif is_tool(kind):
            self._tool_event(msgspec.convert(item, ToolEvent))
        else:
            self._talk.unknown(f"item/{shapes.text(item.get('type'))}", event.item)

    def _user_item(self, item: dict[str, Any]) -> None:
        content = item.get("content")
        self._talk.said("".join(texts_of(content)), "", others_of(content), is_event=True)

    def _agent_item(self, item: dict[str, Any]) -> None:
        self._talk.answered(
            texts_of(item.get("content") or item.get("text")), shapes.text(item.get("id")), is_event=True
        )

    def _hook_item(self, item: dict[str, Any]) -> None:
        self._talk.put_in(Aside("hook", "\n\n".join(texts_of(item.get("fragments")))), is_event=True)

    def _compaction_item(self, _: dict[str, Any]) -> None:
        self._talk.compacted("item", "")

    def _extension_item(self, item: dict[str, Any]) -> None:
        self._talk.shown(extension_call(item))

    def _review_item(self, item: dict[str, Any]) -> None:
        kind, text = self._client.text(_snake(item["type"]), item)
        self._talk.told(text, kind)

    def _reasoning_item(self, item: dict[str, Any]) -> None:
        """Some versions write an item again whenever it has grown: then only what is new counts."""
        parts = [*texts_of(item.get("summary_text")), *texts_of(item.get("raw_content"))]
        name = shapes.text(item.get("id"))
        had = self._last_reasoning[1] if name and name == self._last_reasoning[0] else 0
        self._last_reasoning = (name, len(parts))
        self._talk.thought(parts, is_event=True, had=had)


def _snake(name: str) -> str:
    """`EnteredReviewMode` or `enteredReviewMode` as events are named: `entered_review_mode`."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()


Handler = Callable[[RolloutReader, Any], None]
_HANDLERS: dict[type, Handler] = {
    Meta: RolloutReader._meta,
    Context: RolloutReader._context,
    Usage: RolloutReader._usage,
    State: RolloutReader._state,
    Letter: RolloutReader._letter,
    LetterItem: RolloutReader._letter,
    RareEvent: RolloutReader._rare_event,
    Compacted: RolloutReader._compacted,
    Unknown: RolloutReader._unknown,
    Item: RolloutReader._item,
    Event: RolloutReader._event,
    ToolEvent: RolloutReader._tool_event,
}
_EVENTS: dict[str, Handler] = {
    "user_message": RolloutReader._user_message,
    "agent_message": RolloutReader._agent_message,
    "agent_reasoning": RolloutReader._agent_reasoning,
    "agent_reasoning_raw_content": RolloutReader._agent_reasoning,
    "token_count": RolloutReader._token_count,
    "turn_aborted": RolloutReader._turn_aborted,
    "thread_rolled_back": RolloutReader._rolled_back,
    "item_completed": RolloutReader._item_completed,
    "context_compacted": RolloutReader._context_compacted,
    "injected_message": RolloutReader._user_message,
    **dict.fromkeys(
        ("error", "warning", "guardian_warning", "stream_error", "stream_info", "background_event", "undo_completed"),
        RolloutReader._trouble,
    ),
}
_ITEMS: dict[str, Handler] = {
    "usermessage": RolloutReader._user_item,
    "agentmessage": RolloutReader._agent_item,
    "plan": RolloutReader._agent_item,
    "hookprompt": RolloutReader._hook_item,
    "reasoning": RolloutReader._reasoning_item,
    "contextcompaction": RolloutReader._compaction_item,
    "extension": RolloutReader._extension_item,
    "enteredreviewmode": RolloutReader._review_item,
    "exitedreviewmode": RolloutReader._review_item,
}
