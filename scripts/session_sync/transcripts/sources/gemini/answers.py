"""What a person said to Gemini CLI in the result of a tool: answers to its questions, why a plan is not accepted."""

from __future__ import annotations

import re
from typing import Any

import msgspec

from session_sync.transcripts.session import ToolCall
from session_sync.transcripts.sources.shapes import mapping, sequence, text

_ASKING, _PLANNING = "ask_user", "exit_plan_mode"
_REJECTED = re.compile(r"Plan rejected\. User feedback: (.{1,50000}?)\s*(?:\n\nThe plan is stored at: |\Z)", re.DOTALL)
_object = msgspec.json.Decoder(dict[str, Any]).decode


def words(call: ToolCall) -> str:
    """The person's own words in the output of a `call`; "" if there are none."""
    if call.name == _PLANNING:
        said = _REJECTED.match(call.output)
        return said[1].strip() if said else ""
    return _answers(call) if call.name == _ASKING else ""


def _answers(call: ToolCall) -> str:
    """The questions with their answers, which are told by the places of the questions."""
    try:
        answers = mapping(_object(call.output).get("answers"))
    except (msgspec.DecodeError, RecursionError):
        return ""
    asked = [text(mapping(one).get("question")) for one in sequence(mapping(call.input).get("questions"))]
    told = [(question, text(answers.get(str(place)))) for place, question in enumerate(asked)]
    return "\n\n".join(f"**Q:** {question}\n**A:** {answer}" for question, answer in told if answer)
