"""Makes messages of the records of a Codex rollout, in one pass, in the order of the file."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from session_sync.transcripts.session import Attachment, Hidden, Message, Session, ToolOutput
from session_sync.transcripts.sources import shapes
from session_sync.transcripts.sources.codex import facts
from session_sync.transcripts.sources.codex.content import linked, others_of, parted, texts_of
from session_sync.transcripts.sources.codex.conversation import Conversation
from session_sync.transcripts.sources.codex.lines import RolloutLine, time
from session_sync.transcripts.sources.codex.records import (
    MARKS,
    Compacted,
    Context,
    Event,
    Item,
    Meta,
    State,
    ToolEvent,
    Unknown,
    Usage,
)
from session_sync.transcripts.sources.codex.tools import asked_call, form, is_tool, shown_call, tool_output

_DROPPED = {"ghost_snapshot": "snapshot", "additional_tools": "system prompt"}


class RolloutReader:
    """Reads the records of one thread, file after file: its facts into `session`, its messages are returned.

    `own_ids` are the ids of the thread and of its files.
    """

    def __init__(self, session: Session, own_ids: set[str]) -> None:
        self._session = session
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
        _HANDLERS[type(record.payload)](self, record.payload)
        return talk.taken() if talk.given else ()

    def end_file(self) -> list[Message | ToolOutput]:
        """What is left to be given at the end of a file."""
        self._talk.end()
        self._session.saw(self._first)
        self._session.saw(self._last)
        self._session.tokens.add(self._tokens.total())
        self._tokens = facts.Counter()
        return self._talk.taken()

    def _meta(self, meta: Meta) -> None:
        """Only the first one is ours: an old fork, and a second file, hold the one of their parent as well."""
        if not self._has_facts:
            facts.fill(self._session, meta, self._own_ids)
            self._has_facts = True
        self._session.keep()

    def _context(self, context: Context) -> None:
        self._session.cwd = self._session.cwd or shapes.text(context.cwd)
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
        self._talk.injected(shapes.text(compacted.message), "system", "system")

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
        else:
            self._session.drop(_DROPPED.get(kind, "compaction"))

    def _message(self, item: Item) -> None:
        if item.role == "assistant":
            others = others_of(item.content)
            self._talk.answered(texts_of(item.content), shapes.text(item.id), is_event=False, others=others)
        elif item.role == "user":
            self._prompt(item)
        else:
            self._talk.injected("\n\n".join(texts_of(item.content)), "system")

    def _prompt(self, item: Item) -> None:
        own, injected = parted(item)
        others = others_of(item.content)
        if own or others:
            self._talk.said(own, shapes.text(item.id), others, is_event=False, injected=injected)
        else:
            self._talk.injected(injected, "user")

    def _event(self, event: Event) -> None:
        handler = _EVENTS.get(event.type)
        if handler:
            handler(self, event)
        else:
            self._session.drop("turn mark" if event.type in MARKS else "duplicate")

    def _tool_event(self, event: ToolEvent) -> None:
        self._talk.shown(shown_call(event))

    def _user_message(self, event: Event) -> None:
        text = "".join(texts_of(event.message))
        if event.kind in ("user_instructions", "environment_context"):
            self._talk.injected(text, "user")
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
        self._talk.told(f"The turn was aborted: {shapes.text(event.reason) or 'no reason given'}.")

    def _rolled_back(self, event: Event) -> None:
        count = event.num_turns if isinstance(event.num_turns, int) else "some"
        many = f"the last prompts ({count}) and what followed them"
        self._talk.told(f"Taken back: {'the last prompt and what followed it' if count == 1 else many}.")

    def _trouble(self, event: Event) -> None:
        self._talk.told(f"{event.type.replace('_', ' ').capitalize()}: {shapes.text(event.message)}")

    def _item_completed(self, event: Event) -> None:
        item = event.item if isinstance(event.item, dict) else {}
        kind = form(shapes.text(item.get("type")))
        handler = _ITEMS.get(kind)
        if handler:
            handler(self, item)
        elif is_tool(kind):
            self._talk.shown(shown_call(msgspec.convert(item, ToolEvent)))
        elif kind == "contextcompaction":
            self._session.drop("duplicate")
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
        self._talk.injected("\n\n".join(texts_of(item.get("fragments"))), "user")

    def _reasoning_item(self, item: dict[str, Any]) -> None:
        """Some versions write an item again whenever it has grown: then only what is new counts."""
        parts = [*texts_of(item.get("summary_text")), *texts_of(item.get("raw_content"))]
        name = shapes.text(item.get("id"))
        had = self._last_reasoning[1] if name and name == self._last_reasoning[0] else 0
        self._last_reasoning = (name, len(parts))
        self._talk.thought(parts, is_event=True, had=had)


Handler = Callable[[RolloutReader, Any], None]
_HANDLERS: dict[type, Handler] = {
    Meta: RolloutReader._meta,
    Context: RolloutReader._context,
    Usage: RolloutReader._usage,
    State: RolloutReader._state,
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
    "error": RolloutReader._trouble,
    "warning": RolloutReader._trouble,
    "stream_error": RolloutReader._trouble,
    "item_completed": RolloutReader._item_completed,
}
_ITEMS: dict[str, Handler] = {
    "usermessage": RolloutReader._user_item,
    "agentmessage": RolloutReader._agent_item,
    "plan": RolloutReader._agent_item,
    "hookprompt": RolloutReader._hook_item,
    "reasoning": RolloutReader._reasoning_item,
}
