"""Puts together what subagents said in the session's own file: clients of 2025 wrote it between the other lines."""

from __future__ import annotations

from collections.abc import Iterable

from session_sync.transcripts.session import Message, Session, ToolCall, ToolOutput
from session_sync.transcripts.sources import shapes
from session_sync.transcripts.sources.claude.answer import Answers
from session_sync.transcripts.sources.claude.contents.content import Parts
from session_sync.transcripts.sources.claude.records import ApiMessage, TranscriptLine, line_time

_STARTERS = ("Task", "Agent")
_MOST_STARTED = 200  # calls whose subagents have not begun yet
_MOST_LINES = 300  # of one subagent in one message
_MOST_CHARACTERS = 1 << 20
_BLANK = "\n\n"


class Sidechains:
    """The subagents that speak at present, each with one message that grows until the session itself goes on."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._started: dict[str, str] = {}  # what a subagent was asked -> of which type it is
        self._senders: dict[str, str] = {}  # uuid of a line that a subagent was asked in -> its name
        self._roots: dict[str, str] = {}  # uuid of a line -> the one that its subagent was asked in
        self.runs: dict[str, _Run] = {}

    def expect(self, calls: Iterable[ToolCall]) -> None:
        """Take note of the calls that start subagents."""
        for call in calls:
            if call.name in _STARTERS and isinstance(call.input, dict):
                asked = shapes.text(call.input.get("prompt")).strip()
                if len(self._started) < _MOST_STARTED and asked:
                    self._started[asked] = shapes.text(call.input.get("subagent_type"))

    def ask(self, record: TranscriptLine, parts: Parts) -> Message:
        """What a subagent is told; the message is whole, and stands in the call already."""
        text = parts.text
        if not record.parentUuid or record.parentUuid not in self._roots:
            name = f"subagent {self._started.pop(text.strip(), '')}".strip()
            self._senders[record.uuid] = name
            self._roots[record.uuid] = record.uuid
        root = self._root(record)
        sender = self._senders.get(root, "subagent")
        return Message(
            "system", line_time(record.timestamp), record.uuid, text=text, attachments=parts.attachments,
            hidden="injected", kind="agent", sender=sender,
        )  # fmt: skip

    def answer(self, record: TranscriptLine, message: ApiMessage, parts: Parts) -> None:
        """Add what a subagent said or did."""
        self._run(record).add(message, parts)

    def results(self, record: TranscriptLine, outputs: Iterable[ToolOutput]) -> None:
        """Add what tools said to a subagent."""
        for output in outputs:
            self._run(record).after(output)

    @property
    def is_full(self) -> bool:
        """Whether one of them said so much that it should be given before it ends."""
        return any(run.is_full for run in self.runs.values())

    def finished(self) -> list[Message | ToolOutput]:
        """What all subagents said since they were asked last, each with the outputs of its tools."""
        found: list[Message | ToolOutput] = []
        for run in self.runs.values():
            found += run.finished()
        self.runs.clear()
        return found

    def _root(self, record: TranscriptLine) -> str:
        root = self._roots.get(record.parentUuid or "", "") or next(reversed(self._senders), record.uuid)
        if record.uuid:
            self._roots.setdefault(record.uuid, root)
        return self._roots.get(record.uuid, root)

    def _run(self, record: TranscriptLine) -> _Run:
        root = self._root(record)
        if root not in self.runs:
            sender = self._senders.get(root, "subagent")
            message = Message("system", line_time(record.timestamp), record.uuid, kind="agent", sender=sender)
            self.runs[root] = _Run(self._session, message)
        return self.runs[root]


class _Run:
    """One message, made of many answers of a subagent, and what comes after it."""

    def __init__(self, session: Session, message: Message) -> None:
        self._message = message
        self._outputs: list[ToolOutput] = []
        self._answers = Answers(session)
        self._whole: list[Message] = []
        self._lines = self._size = 0

    @property
    def is_full(self) -> bool:
        return self._lines >= _MOST_LINES or self._size >= _MOST_CHARACTERS

    def add(self, message: ApiMessage, parts: Parts) -> None:
        """Add a line of an answer."""
        answer = self._answers.growing(message.id)
        if answer is None:
            self._answers.finish()
            answer = Message("assistant", model="" if message.model.startswith("<") else message.model)
            self._whole.append(answer)
            self._answers.begin(answer, message.id)
        self._answers.extend(answer, parts, message.usage)
        self._lines += 1
        self._size += len(parts.text)

    def after(self, output: ToolOutput) -> None:
        """Add what a tool said to it."""
        self._outputs.append(output)
        self._size += len(output.output)

    def finished(self) -> list[Message | ToolOutput]:
        """The message and the outputs of its tools."""
        self._answers.finish()
        made = self._message
        made.text = _BLANK.join(one.text for one in self._whole if one.text.strip())
        made.thinking = _BLANK.join(one.thinking for one in self._whole if one.thinking.strip())
        made.tool_calls = [call for one in self._whole for call in one.tool_calls]
        made.attachments = [file for one in self._whole for file in one.attachments]
        made.model = next((one.model for one in self._whole if one.model), "")
        return [*([made] if self._whole else []), *self._outputs]
