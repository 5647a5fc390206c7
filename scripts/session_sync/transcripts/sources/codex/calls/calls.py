"""Which of Codex's records about one tool call is given: both the model's and the client's tell of most calls."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import msgspec

from session_sync.transcripts.session import ToolCall, ToolOutput, ToolStatus
from session_sync.transcripts.sources.codex.calls.shown_calls import SPAWN
from session_sync.transcripts.sources.codex.calls.tools import goes_on, started_by

_MOST = 4096  # calls that are remembered
Side = Literal["", "model", "client", "both"]


class _Call(msgspec.Struct):
    """What was given of a call so far, and what is known of its output before that comes."""

    name: str
    asked: Side
    answered: Side = ""
    runs_on: bool = False
    status: ToolStatus = ""
    session_id: str = ""


class Calls:
    """Takes the records of calls; what it returns is to be given, None is told already."""

    def __init__(self) -> None:
        self._calls: dict[str, _Call] = {}

    def asked(self, call: ToolCall) -> ToolCall | None:
        """A call as the model made it. An id that comes again is another call: some models count anew."""
        known = self._calls.get(call.id)
        if known and known.asked == "client":
            known.asked = "both"
            return None
        self._remember(call.id, _Call(call.name, "model", "model" if call.status else ""))
        return call

    def answered(self, output: ToolOutput) -> ToolOutput | None:
        """An output as the model saw it."""
        known = self._calls.get(output.call_id)
        if not known:
            return output
        if known.answered == "client":
            known.answered = "both"
            return None
        known.answered, known.runs_on = "model", goes_on(output.output)
        if known.status == "error":
            output.status = "error"
        output.session_id = known.session_id
        if known.name == SPAWN:
            output.session_id = known.session_id or started_by(output.output)
        return output

    def shown(self, call: ToolCall, time: str) -> ToolCall | ToolOutput | None:
        """A call with its output, as the client showed it."""
        known = self._calls.get(call.id)
        if not known or known.asked == "client":
            self._remember(call.id, _Call(call.name, "client", "client"))
            return call
        if known.answered and not known.runs_on:
            return None
        if not call.output and not call.attachments:
            known.status, known.session_id = call.status, call.session_id
            return None
        known.answered, known.runs_on = "client", False
        return ToolOutput(call.id, call.output, call.status, call.attachments, time, call.session_id)

    def unanswered(self) -> Iterator[ToolOutput]:
        """What is known of calls whose output never came; afterwards all is forgotten."""
        for name, call in self._calls.items():
            if not call.answered and (call.status or call.session_id):
                yield ToolOutput(name, "", call.status or "ok", session_id=call.session_id)
        self._calls.clear()

    def _remember(self, name: str, call: _Call) -> None:
        self._calls.pop(name, None)
        self._calls[name] = call
        if len(self._calls) > _MOST:
            del self._calls[next(iter(self._calls))]
