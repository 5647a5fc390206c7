"""Makes messages of what the client showed: the events of a rollout, and the items that came after them."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import msgspec

from session_sync.transcripts.session import Attachment, Session
from session_sync.transcripts.sources import shapes
from session_sync.transcripts.sources.codex import facts
from session_sync.transcripts.sources.codex.calls.shown_calls import (
    extension_call,
    form,
    is_tool,
    ran_by_person,
    shown_call,
)
from session_sync.transcripts.sources.codex.conversation import Conversation
from session_sync.transcripts.sources.codex.format.kinds import DROPPED_EVENTS
from session_sync.transcripts.sources.codex.format.records import Event, RareEvent, ToolEvent
from session_sync.transcripts.sources.codex.texts import client_texts, voices
from session_sync.transcripts.sources.codex.texts.content import linked, others_of, texts_of
from session_sync.transcripts.sources.codex.texts.voices import Aside


class EventReader:
    """Reads the events of one thread into `talk`; each is counted."""

    def __init__(self, session: Session, talk: Conversation) -> None:
        self._session = session
        self._talk = talk
        self._client = client_texts.ClientTexts()
        self._last_reasoning: tuple[str, int] = ("", 0)  # an item's id and how many of its parts we had

    def read(self, event: Event) -> None:
        """An event of a type that most rollouts have."""
        handler = _EVENTS.get(event.type)
        if handler:
            handler(self, event)
        else:
            self._session.drop(DROPPED_EVENTS[event.type])

    def read_rare(self, event: RareEvent) -> None:
        """One of the others."""
        if event.type == "thread_name_updated":
            facts.name(self._session, event.fields)
            return
        kind, text = self._client.text(event.type, event.fields)
        if not text:
            self._session.drop("turn mark")
        elif kind == "review":
            self._talk.put_in(Aside(kind, text, twin=event.type), is_event=True)
        else:
            self._talk.told(text, kind)

    def read_tool(self, event: ToolEvent) -> None:
        """What a tool did, or a command of the person's."""
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

    def _turn_aborted(self, event: Event) -> None:
        reason = shapes.text(event.reason)
        text = f"The turn was aborted: {reason or 'no reason given'}."
        if reason in ("", "interrupted"):
            self._talk.put_in(Aside("interruption", text, twin="interruption"), is_event=True)
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
        if shapes.text(item.get("type"))[:1].islower():
            item = {_snake(name): value for name, value in item.items()}
        kind = form(shapes.text(item.get("type")))
        handler = _ITEMS.get(kind)
        if handler:
            handler(self, item)
        elif is_tool(kind):
            self.read_tool(msgspec.convert(item, ToolEvent))
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
        name = _snake(item["type"])
        kind, text = self._client.text(name, item)
        self._talk.put_in(Aside(kind, text, twin=name), is_event=False)

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


Handler = Callable[[EventReader, Any], None]
_EVENTS: dict[str, Handler] = {
    "user_message": EventReader._user_message,
    "agent_message": EventReader._agent_message,
    "agent_reasoning": EventReader._agent_reasoning,
    "agent_reasoning_raw_content": EventReader._agent_reasoning,
    "turn_aborted": EventReader._turn_aborted,
    "thread_rolled_back": EventReader._rolled_back,
    "item_completed": EventReader._item_completed,
    "context_compacted": EventReader._context_compacted,
    "injected_message": EventReader._user_message,
    **dict.fromkeys(
        ("error", "warning", "guardian_warning", "stream_error", "stream_info", "background_event", "undo_completed"),
        EventReader._trouble,
    ),
}
_ITEMS: dict[str, Handler] = {
    "usermessage": EventReader._user_item,
    "agentmessage": EventReader._agent_item,
    "plan": EventReader._agent_item,
    "hookprompt": EventReader._hook_item,
    "reasoning": EventReader._reasoning_item,
    "contextcompaction": EventReader._compaction_item,
    "extension": EventReader._extension_item,
    "enteredreviewmode": EventReader._review_item,
    "exitedreviewmode": EventReader._review_item,
}
