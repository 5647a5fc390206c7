"""Prompts that were typed while the agent worked: the client notes what becomes of each, often nowhere else."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from session_sync.transcripts.session import Message, Session, ToolOutput
from session_sync.transcripts.sources.claude.contents.content import Parts
from session_sync.transcripts.sources.claude.records import TranscriptLine, line_time
from session_sync.transcripts.sources.claude.texts import prompts

Item = Message | ToolOutput
MOST_HELD = 256  # messages and outputs that wait for what becomes of a prompt before them
MOST_CHARACTERS = 4 << 20  # in those
_MOST_WAITING = 200
_MOST_GIVEN = 200  # prompts given last, of which a copy may still come
_REASON = "queue operation"


class _Waiting:
    """A prompt in the queue; the agent took it, if it `is_taken`, and its text may come as a prompt of its own yet."""

    def __init__(self, messages: list[Message], key: str, time: str) -> None:
        self.messages = messages
        self.time = time
        self.key = key
        self.size = sum(len(one.text) for one in messages)
        self.is_taken = self.is_decided = self.is_late = False
        self.is_of_client = False  # it stands before the first prompt, which is another one, and nothing came of it


class Queue:
    """The prompts that wait, and all that came after the first of them, so that each comes in its place in time."""

    def __init__(self, session: Session, saw: Callable[[str], None]) -> None:
        self._session = session
        self._saw = saw
        self._waiting: list[_Waiting] = []
        self.held: deque[Item | _Waiting] = deque()  # what waits for what becomes of a prompt, and that
        self._size = 0
        self._given: deque[str] = deque(maxlen=_MOST_GIVEN)
        self._has_begun = False  # a prompt has come

    def take(self, record: TranscriptLine) -> None:
        """What a record says about the queue."""
        text = Parts.of(record.content).text
        if record.operation == "enqueue":
            self._enqueue(text, line_time(record.timestamp))
            return
        self._session.drop(_REASON)
        if record.operation.startswith("pop"):
            self._take_back(_key(text))
        elif record.operation in ("dequeue", "remove"):
            key = _key(text)
            waiting = [one for one in self._waiting if not one.is_taken]
            for one in [one for one in waiting if key and one.key == key][:1] or waiting[:1]:
                one.is_taken = True

    def delivers(self, text: str, is_copy: bool = False) -> bool:
        """Take note of a prompt that came as a message; what waits and says the same is that one.

        Tells whether it must not be given again, because it `is_copy` of a prompt that the queue gave.
        """
        has_begun, self._has_begun = self._has_begun, True
        if not (self._waiting or self._given):
            return False
        key = _key(text)
        if is_copy and key in self._given:
            self._given.remove(key)
            return True
        found = [one for one in self._waiting if _is_same(one.key, key)][:1] or self._together(key)
        for one in found:
            self._session.drop(_REASON)
            self._decide(one, [])
        if not has_begun:
            for one in self._waiting:
                one.is_of_client = not one.is_taken
        return False

    def go_on(self, time: str) -> None:
        """The conversation went on at a `time`: what the agent took before is nowhere else.

        A session that was forked begins with its first prompt in the queue, and then goes through all that was copied.
        """
        if self._waiting:
            for one in [one for one in self._waiting if one.is_taken and one.time <= time]:
                self._give(one)

    def passed(self, items: list[Item]) -> list[Item]:
        """Those of the items, and of the ones that were held, that come before all that is undecided."""
        if not self.held:
            return items
        for item in items:
            self.held.append(item)
            self._size += _size(item)
        return self._released()

    def rest(self) -> list[Item]:
        """All that is left at the end: what still waits was typed, and never sent."""
        for one in list(self._waiting):
            if one.is_of_client and not one.is_taken:
                for message in one.messages:
                    message.hidden = message.hidden or "injected"
            self._give(one)
        return self._released()

    def _enqueue(self, text: str, time: str) -> None:
        messages = [
            Message(one.role, time, text=one.text, kind=one.kind, sender=one.sender, hidden=one.hidden)
            for one in prompts.read(text)
        ]
        if not messages:
            self._session.drop(_REASON)
        made = _Waiting(messages, _key(text), time)
        self._waiting.append(made)
        self.held.append(made)
        self._size += made.size
        while len(self._waiting) > _MOST_WAITING or sum(one.size for one in self._waiting) > MOST_CHARACTERS:
            self._give(self._waiting[0])

    def _take_back(self, key: str) -> None:
        """The person took one or all back into the field where they type."""
        waiting = [one for one in self._waiting if not one.is_taken]
        same = [one for one in waiting if key and one.key == key][-1:]
        for one in same or [one for one in waiting if not key or one.key in key]:
            if one.messages:
                self._session.keep()
            for message in one.messages:
                message.hidden = message.hidden or "reverted"
            self._decide(one, one.messages)

    def _together(self, key: str) -> list[_Waiting]:
        """Those that wait whose texts make up one prompt: the client joins what it takes at once."""
        found: list[_Waiting] = []
        for one in self._waiting:
            if one.key and key.startswith(one.key):
                key = key[len(one.key) :]
                found.append(one)
        return found if not key else []

    def _give(self, one: _Waiting) -> None:
        if one.messages:
            self._session.keep()
            self._saw(one.time)
            self._given.append(one.key)
        self._decide(one, one.messages)

    def _decide(self, one: _Waiting, messages: list[Message]) -> None:
        one.messages, one.is_decided = messages, True
        self._waiting.remove(one)
        if one.is_late:
            self.held.append(one)
            self._size += one.size

    def _released(self) -> list[Item]:
        """What need not wait any longer; if too much does, what is undecided comes later than it was typed."""
        free: list[Item] = []
        while self.held:
            first = self.held[0]
            if isinstance(first, _Waiting):
                if not first.is_decided:
                    if len(self.held) <= MOST_HELD and self._size <= MOST_CHARACTERS:
                        break
                    first.is_late = True
                else:
                    free += first.messages
            else:
                free.append(first)
            self._size -= _size(self.held.popleft())
        return free


def _size(held: Item | _Waiting) -> int:
    if isinstance(held, _Waiting):
        return held.size
    return len(held.text if isinstance(held, Message) else held.output)


def _key(text: str) -> str:
    """What of a text is the same wherever the client writes it: spaces and the sign of a shell command are not."""
    said = prompts.read(text)
    own = [one.text for one in said if one.role == "user"] or [one.text for one in said]
    return "".join("".join(own).split()).lstrip("!")


def _is_same(waiting: str, key: str) -> bool:
    """Whether a prompt is the one that waited; what was pasted into that may only be named in it."""
    if waiting == key:
        return True
    start, mark, rest = waiting.partition("[Pastedtext#")
    end = rest.partition("]")[2]
    return bool(mark) and bool(start or end) and key.startswith(start) and key.endswith(end)
