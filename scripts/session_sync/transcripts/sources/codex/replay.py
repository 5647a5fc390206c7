"""Which lines of a subagent's or a fork's rollout are a copy of its parent's: they are the parent's alone.

Codex writes the parent's history into some rollouts again, with its first line, turns and token counts, most often
with new times, written in one go. Its turns keep their ids, and what tells when they began. Other subagents have only
the parent's first line before what is their own, so that nothing counts as a copy without a sign of it.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, NamedTuple

from session_sync.transcripts.sources import shapes
from session_sync.transcripts.sources.codex.facts import base_of, started_from
from session_sync.transcripts.sources.codex.format.lines import RolloutLine
from session_sync.transcripts.sources.codex.format.records import Context, Event, Item, Meta, State
from session_sync.transcripts.sources.codex.texts.content import parted, texts_of

_GAP = 1000  # ms: a copy is written in one go
_NEAR = 60_000  # ms between the time in the id of a rollout and the one in its first line
_EARLIEST = 1_735_689_600_000  # ms: 2025; an id that tells an earlier time, or one too far ahead, tells none
_LATEST = 4_102_444_800_000
_STARTS = ("task_started", "turn_started")


class Turns(NamedTuple):
    """What tells the turns of a parent: their ids, and hashes of the prompts."""

    ids: frozenset[str]
    prompts: frozenset[int]


class Replay:
    """Takes the lines behind the first one, `meta`, which was written at `time`; `parent` reads the parent's turns."""

    def __init__(self, meta: Meta, time: str, parent: Callable[[str], Turns | None]) -> None:
        self.is_over = base_of(meta)[1] is not None
        self._meta = meta
        self._origin = started_from(meta)
        self._is_copying = False
        self._has_dates = False  # a turn told when it began, so that the others do as well
        self._keeps_times = False  # copies have the times of their originals
        start = meta.subagent_history_start_ordinal
        self._start = start if isinstance(start, int) and not isinstance(start, bool) else 0
        self._last = _milliseconds(time)  # when a line of the copy was written
        self._born = _birth(meta, time)
        self._parent = parent
        self._turns: Turns | None = None
        self._asked = False

    def is_copy(self, record: RolloutLine, time: str) -> bool:
        """Whether `record` is the parent's. Once a line is the rollout's own, all that follow are."""
        if self.is_over:
            return False
        at = _milliseconds(time)
        if isinstance(record.payload, Meta):
            other = shapes.text(record.payload.id)
            self._is_copying = self._is_copying or other != shapes.text(self._meta.id)
            self._origin = self._origin or other
        elif not self._origin:
            self.is_over = True
        else:
            is_own = self._judge(record, at)
            self._is_copying = self._is_copying if is_own is None else not is_own
            self.is_over = bool(is_own)
        if self._is_copying and at:
            self._last = at
        return self._is_copying

    def _judge(self, record: RolloutLine, at: int) -> bool | None:
        """Whether a line is the rollout's own; None if nothing tells."""
        if self._start and isinstance(record.ordinal, int):
            return record.ordinal >= self._start
        payload = record.payload
        found: bool | None = None
        if isinstance(payload, Context) or (isinstance(payload, Event) and payload.type in _STARTS):
            found = self._judge_turn(payload)
        elif isinstance(payload, State) and payload.trigger_turn is True and self._is_copying:
            found = None if self._has_dates or self._parents() else True
        if found is None and 0 < at < self._born:
            self._keeps_times = self._keeps_times or self._is_copying
            return False
        if found is None and not self._has_dates:
            found = self._judge_prompt(prompt_in(payload), at)
        return found if found is not None or not self._is_copying or not at else self._judge_time(at)

    def _judge_turn(self, mark: Context | Event) -> bool | None:
        name = shapes.text(mark.turn_id)
        began, born = _id_time(name), self._born
        if began is None:
            began, born = _began(mark), born // 1000
            born = born if began != born else 0  # in the same second
        if began is not None and born:
            self._has_dates = True
            return began >= born
        turns = self._parents() if name else None
        return name not in turns.ids if turns and turns.ids else None

    def _judge_time(self, at: int) -> bool | None:
        if self._keeps_times:
            return True if at >= self._born else None
        return True if at >= self._last + _GAP and not self._has_dates else None

    def _judge_prompt(self, prompt: str, at: int) -> bool | None:
        turns = self._parents() if prompt else None
        if not turns or not turns.prompts:
            return None
        is_known = hash(prompt.strip()) in turns.prompts
        if self._is_copying:
            return not is_known
        return False if is_known and at < self._last + _GAP and self._meta.forked_from_id else None

    def _parents(self) -> Turns | None:
        if not self._asked:
            self._asked = True
            self._turns = self._parent(self._origin)
        return self._turns


def prompt_in(payload: Any) -> str:
    """The prompt that a record holds; "" if it holds none."""
    if isinstance(payload, Item):
        return parted(payload)[0] if payload.type == "message" and payload.role == "user" else ""
    if not isinstance(payload, Event):
        return ""
    if payload.type == "user_message":
        return "".join(texts_of(payload.message))
    item = payload.item if isinstance(payload.item, dict) else {}
    is_prompt = shapes.text(item.get("type")).replace("_", "").lower() == "usermessage"
    return "".join(texts_of(item.get("content"))) if is_prompt else ""


def _birth(meta: Meta, time: str) -> int:
    """When the rollout was begun. Its id tells that best, unless it is none that tells a time."""
    told = _milliseconds(shapes.text(meta.timestamp)) or _milliseconds(time)
    of_id = _id_time(shapes.text(meta.id))
    return of_id if of_id and (not told or abs(of_id - told) < _NEAR) else told


def _id_time(name: str) -> int | None:
    """The time in a UUID of version 7, in ms since the epoch."""
    if len(name) != 36 or name[14] != "7":
        return None
    try:
        found = int(name[:8] + name[9:13], 16)
    except ValueError:
        return None
    return found if _EARLIEST < found < _LATEST else None


def _began(mark: Context | Event) -> int | None:
    """When a turn began, in seconds since the epoch; it is told so, or as a time."""
    told = mark.started_at if isinstance(mark, Event) else None
    seconds = _milliseconds(told) // 1000 if isinstance(told, str) else shapes.count(told)
    return seconds if _EARLIEST < seconds * 1000 < _LATEST else None


def _milliseconds(time: str) -> int:
    try:
        return int(datetime.fromisoformat(time).astimezone(UTC).timestamp() * 1000) if time else 0
    except (ValueError, OverflowError, OSError):
        return 0
