"""A session of opencode's may be in several places at once, each with a part of it: they are read as layers.

The client moved its sessions from files into two tables, and from those into others, and left the old ones where they
were. It may have stopped half-way, and an earlier version of it may have gone on writing to the old place.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple, Protocol

import msgspec

from session_sync.transcripts.session import Message, Session
from session_sync.transcripts.sources.shapes import JsonObject, Seal, decode_object, path_text, read_object


class Row(NamedTuple):
    """A row, or a file, that holds a JSON object.

    `is_known` is False for a table that has other columns than those that we know; `data` is all of the row then.
    """

    id: str
    data: bytes
    time: object = None
    type: str = ""
    is_known: bool = True


class Key(NamedTuple):
    """A message of a layer: its id, its time in ms since the epoch, and where the layer has it."""

    id: str
    time: int
    place: Any


class Flow:
    """What the messages of a session tell of those that come after them."""

    def __init__(self) -> None:
        self.compaction: Message | None = None  # it was asked for; what comes next should be the summary
        self.runs_command = False  # what comes next is what the person ran
        self.is_interrupted = False
        self.model = self.agent = ""


class Draft(Protocol):
    """A message as one layer has it. Nothing is noted in the session before `messages` is called."""

    @property
    def is_whole(self) -> bool:
        """Whether it holds more than the frame of a message."""

    def messages(self, flow: Flow, /) -> Iterator[Message]:
        """What it says; nothing of it that is empty."""


class Layer(Protocol):
    """One place that a session is in."""

    def facts(self, session: Session) -> JsonObject:
        """What it says of the session as a whole, as `opencode export` says it; {} if it knows none."""

    def keys(self) -> list[Key]:
        """The messages in their order."""

    def draft(self, key: Key) -> Draft:
        """The message that `key` tells."""

    def stray(self) -> Iterator[Message]:
        """What belongs to no message."""


class Records:
    """Takes the JSON objects out of the rows of one session, and counts those that hold none."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.seal = Seal()
        self._number = 0

    def read(self, row: Row, table: str) -> JsonObject | None:
        """The object in `row`; None if there is none, which is counted."""
        self._number += 1
        self.seal.add(row.data)
        found: JsonObject | None
        try:
            found = decode_object(row.data)
        except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
            found = read_object(row.data, self._number, f"{table} {path_text(row.id)}", self.session)
        if found == {}:
            self.session.drop("empty")
        return found or None


def in_order(layers: Iterable[Iterable[Key]]) -> Iterator[str]:
    """The ids of all messages, each once, by their times as far as the order within the layers allows."""
    seen = set()
    for _, identity in heapq.merge(*(_rising(keys) for keys in layers), key=lambda one: one[0]):
        if identity not in seen:
            seen.add(identity)
            yield identity


def _rising(keys: Iterable[Key]) -> Iterator[tuple[int, str]]:
    """The ids with times that never go back."""
    latest = 0
    for key in keys:
        latest = max(latest, key.time)
        yield latest, key.id
