"""Puts the answers of the model together: Claude Code writes a line for each block of one."""

from __future__ import annotations

from session_sync.session import Message, Session
from session_sync.sources import shapes
from session_sync.sources.claude_content import Parts
from session_sync.sources.claude_records import Usage


class Answers:
    """The answer that still grows, and what all of them cost."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._answer: Message | None = None
        self._id = ""
        self._usage: Usage | None = None
        self._counted: dict[str, int] = {}  # id of an answer -> output tokens that are counted

    def growing(self, answer_id: str) -> Message | None:
        """The answer `answer_id` if it is the one that grows."""
        return self._answer if answer_id and answer_id == self._id else None

    def begin(self, answer: Message, answer_id: str) -> None:
        """Start with an answer; the one before it is finished."""
        self._answer, self._id = answer, answer_id

    def extend(self, answer: Message, parts: Parts, usage: Usage | None) -> None:
        """Add what a line has of the answer. The last line tells what it cost."""
        self._usage = usage or self._usage
        if parts.texts:
            answer.text = _joined(answer.text, parts.text)
        if parts.thinking:
            answer.thinking = _joined(answer.thinking, *parts.thinking)
        if parts.calls:
            answer.tool_calls = [*answer.tool_calls, *parts.calls]
        if parts.attachments:
            answer.attachments = [*answer.attachments, *parts.attachments]

    def finish(self) -> Message | None:
        """The answer that was growing; what it cost is counted."""
        answer, self._answer = self._answer, None
        if answer and self._usage:
            self._count(self._usage)
            self._usage = None
        return answer

    def _count(self, usage: Usage) -> None:
        tokens, output, counted = self._session.tokens, shapes.count(usage.output_tokens), self._counted.get(self._id)
        if counted is not None:  # an answer between whose lines others came
            tokens.output += max(0, output - counted)
            self._counted[self._id] = max(output, counted)
            return
        if self._id:
            self._counted[self._id] = output
        tokens.output += output
        tokens.input += shapes.count(usage.input_tokens)
        tokens.cache_read += shapes.count(usage.cache_read_input_tokens)
        tokens.cache_write += shapes.count(usage.cache_creation_input_tokens)


def _joined(*texts: str) -> str:
    return "\n\n".join([text for text in texts if text])
