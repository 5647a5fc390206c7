"""Which lines of a thread were taken back by a rollback, which is written behind them: they are looked for before."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence

from session_sync.transcripts.session import Message, ToolOutput
from session_sync.transcripts.sources.codex.lines import RolloutLine
from session_sync.transcripts.sources.codex.records import Event
from session_sync.transcripts.sources.codex.rollout_file import open_rollout

EVENT = "thread_rolled_back"
_BLOCK = 1 << 18
_ENDS = ("task_complete", "turn_complete", "turn_aborted", EVENT)
_TURNS: dict[str, bool | None] = {"task_started": False, "turn_started": False, **dict.fromkeys(_ENDS)}
Place = tuple[int, int]  # the number of a file in its thread, and of a line in it
Read = Iterator[tuple[Place, RolloutLine, Sequence[Message | ToolOutput]]]


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


def taken_back(paths: Sequence[str], read: Callable[[], Read]) -> TakenBack | None:
    """What was taken back in the rollouts `paths`, which `read` reads; None, and nothing is read, if nothing was."""
    if not any(_has_event(path) for path in paths):
        return None
    found, prompts = TakenBack(), list[Place]()
    has_prompt: bool | None = None  # of the turn that goes on, if the rollout marks turns: what else is said steers it
    for place, record, given in read():
        payload = record.payload
        if isinstance(payload, Event):
            if payload.type == EVENT:
                _take_back(prompts, payload.num_turns, place, found)
            has_prompt = _TURNS.get(payload.type, has_prompt)
        if not has_prompt and any(isinstance(one, Message) and _is_prompt(one) for one in given):
            prompts.append(place)
            has_prompt = None if has_prompt is None else True
    return found


def _take_back(prompts: list[Place], count: object, end: Place, found: TakenBack) -> None:
    if not isinstance(count, int) or count <= 0 or not prompts:
        return
    begin = prompts[-min(count, len(prompts))]
    del prompts[-min(count, len(prompts)) :]
    found.add(begin, end)


def _is_prompt(message: Message) -> bool:
    return message.role == "user" and not message.kind and not message.hidden


def _has_event(path: str) -> bool:
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
