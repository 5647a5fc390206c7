"""What the person answered to the questions of a tool: its output has it as JSON, by the ids of the questions."""

from __future__ import annotations

from typing import Any

import msgspec

from session_sync.transcripts.session import ToolCall, ToolOutput
from session_sync.transcripts.sources.shapes import mapping, sequence, text

ASKING = "request_user_input"
_MOST_WAITING = 64  # calls whose questions are remembered
_object = msgspec.json.Decoder(dict[str, Any]).decode


class Answers:
    """Remembers the questions until the answers come."""

    def __init__(self) -> None:
        self._asked: dict[str, dict[str, str]] = {}  # call -> id of a question -> the question

    def asked(self, call: ToolCall) -> None:
        """A call of the tool that asks."""
        questions = [mapping(one) for one in sequence(mapping(call.input).get("questions"))]
        self._asked[call.id] = {text(one.get("id")): text(one.get("question")) for one in questions}
        if len(self._asked) > _MOST_WAITING:
            del self._asked[next(iter(self._asked))]

    def given(self, output: ToolOutput) -> str:
        """The questions and what the person answered; "" if `output` is of another tool, or has no answers."""
        questions = self._asked.pop(output.call_id, None) if self._asked else None
        if questions is None:
            return ""
        try:
            found = mapping(_object(output.output).get("answers"))
        except (msgspec.DecodeError, RecursionError):
            return ""
        told = [(questions.get(name) or name, _answer(value)) for name, value in found.items()]
        return "\n\n".join(f"**Q:** {question}\n**A:** {answer}" for question, answer in told if answer)


def _answer(value: Any) -> str:
    value = mapping(value).get("answers", value)
    return ", ".join(one for one in map(text, value if isinstance(value, list) else [value]) if one)
