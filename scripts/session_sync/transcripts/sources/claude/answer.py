"""Puts the answers of the model together: Claude Code writes a line for each block of one."""

from __future__ import annotations

from session_sync.transcripts.session import Message, Session
from session_sync.transcripts.sources.claude.contents.content import Parts
from session_sync.transcripts.sources.claude.records import Usage

_MOST_LINES = 500  # of one answer; joining more takes quadratic time


class Answers:
    """The `answer` that still grows, and what all of them cost."""

    def __init__(self, session: Session) -> None:
        self.answer: Message | None = None
        self._session = session
        self._id = ""
        self._usage: Usage | None = None
        self._lines = 0  # of the answer that grows
        self._counted: dict[str, int] = {}  # id of an answer -> output tokens that are counted

    def growing(self, answer_id: str) -> Message | None:
        """The answer `answer_id` if it is the one that grows; one of very many lines becomes several."""
        return self.answer if answer_id and answer_id == self._id and self._lines < _MOST_LINES else None

    def begin(self, answer: Message, answer_id: str) -> None:
        """Start with an answer; the one before it is finished."""
        self.answer, self._id, self._lines = answer, answer_id, 1

    def extend(self, answer: Message, parts: Parts, usage: Usage | None) -> None:
        """Add what a line has of the answer. The last line tells what it cost."""
        self._usage = usage or self._usage
        self._lines += 1
        if parts.texts:
            answer.text = _joined(answer.text, parts.text) if answer.text else parts.text
        if parts.thinking:
            answer.thinking = _joined(answer.thinking, *parts.thinking)
        if parts.calls:
            answer.tool_calls = [*answer.tool_calls, *parts.calls] if answer.tool_calls else parts.calls
        if parts.attachments:
            answer.attachments = [*answer.attachments, *parts.attachments]

    def finish(self) -> None:
        """End the answer that grows; what it cost is counted."""
        self.answer = None
        if self._usage:
            self._count(self._usage)
            self._usage = None

    def _count(self, usage: Usage) -> None:
        tokens, output, counted = self._session.tokens, usage.output_tokens or 0, self._counted.get(self._id)
        if counted is not None:  # an answer between whose lines others came
            tokens.output += max(0, output - counted)
            self._counted[self._id] = max(output, counted)
            return
        if self._id:
            self._counted[self._id] = output
        tokens.output += output
        tokens.input += usage.input_tokens or 0
        tokens.cache_read += usage.cache_read_input_tokens or 0
        tokens.cache_write += usage.cache_creation_input_tokens or 0


def _joined(*texts: str) -> str:
    return "\n\n".join([text for text in texts if text])
