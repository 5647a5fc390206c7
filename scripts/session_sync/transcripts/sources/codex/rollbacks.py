"""Which lines of a thread were taken back by a rollback, which is written behind them: they are looked for before."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence

from session_sync.transcripts.session import Message, ToolOutput
from session_sync.transcripts.sources.codex.format.lines import RolloutLine
from session_sync.transcripts.sources.codex.format.records import Event
from session_sync.transcripts.sources.codex.store.rollout_file import open_rollout

EVENT = "thread_rolled_back"
_BLOCK = 1 << 18
_ENDS = ("task_complete", "turn_complete", "turn_aborted", EVENT)
_TURNS: dict[str, bool | None] = {"task_started": False, "turn_started": False, **dict.fromkeys(_ENDS)}
Place = tuple[int, int]  # the number of a file in its thread, and of a line in it


class TakenBack:
    """The places that were taken back."""

    def __init__(self) -> None:
        self._begins: list[Place] = []
        self._ends: list[Place] = []

    def add(self, begin: Place, end: Place) -> None:
        """All from `begin` on was taken back at `end`; `end` is behind all that was added before."""
        while self._begins and self._begins[-1] >= begin:
            self._begins.pop()
            self._ends.pop()
        self._begins.append(begin)
        self._ends.append(end)

    def __contains__(self, place: Place) -> bool:
        found = bisect_right(self._begins, place) - 1
        return found >= 0 and place < self._ends[found]


class Rollbacks:
    """Sees all records of a thread, and has `found` afterwards what was taken back."""

    def __init__(self) -> None:
        self.found = TakenBack()
        self._prompts: list[Place] = []
        self._has_prompt: bool | None = None  # the turn that goes on, if the rollout marks turns: another one steers it

    def see(self, place: Place, record: RolloutLine, given: Sequence[Message | ToolOutput]) -> None:
        """The record at `place`, and what was given because of it."""
        payload = record.payload
        if isinstance(payload, Event):
            if payload.type == EVENT:
                self._take_back(payload.num_turns, place)
            self._has_prompt = _TURNS.get(payload.type, self._has_prompt)
        if not self._has_prompt and any(isinstance(one, Message) and _is_prompt(one) for one in given):
            self._prompts.append(place)
            self._has_prompt = None if self._has_prompt is None else True

    def _take_back(self, count: object, end: Place) -> None:
        if isinstance(count, int) and count > 0 and self._prompts:
            last = min(count, len(self._prompts))
            self.found.add(self._prompts[-last], end)
            del self._prompts[-last:]


def _is_prompt(message: Message) -> bool:
    return message.role == "user" and not message.kind and not message.hidden


def has_rollback(path: str) -> bool:
    """Whether the name of the event is in the rollout at `path`; an unreadable one is told when it is read."""
    name, rest = EVENT.encode(), b""
    try:
        with open_rollout(path) as stream:
            while block := stream.read(_BLOCK):
                if name in rest + block[: len(name)] or name in block:
                    return True
                rest = block[-len(name) :]
    except OSError:
        return False
    return False
