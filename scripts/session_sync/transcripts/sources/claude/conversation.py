"""Puts what is said in a session into its order and its tree, and gives it as soon as it is whole."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from session_sync.transcripts.session import Message, Session, ToolOutput
from session_sync.transcripts.sources.claude.answer import Answers
from session_sync.transcripts.sources.claude.contents.content import Parts
from session_sync.transcripts.sources.claude.queue import Queue
from session_sync.transcripts.sources.claude.records import ApiMessage, TranscriptLine, line_time
from session_sync.transcripts.sources.claude.sidechains import Sidechains
from session_sync.transcripts.sources.claude.texts.said import Said
from session_sync.transcripts.sources.claude.thread import Thread

Item = Message | ToolOutput


class Conversation:
    """The messages of a session: `add` and its like take them, `ready` gives what is, `rest` all at the end."""

    def __init__(self, session: Session) -> None:
        self.thread = Thread()
        self.queue = Queue(session, self.saw)
        self.sidechains = Sidechains(session)
        self._session = session
        self._answers = Answers(session)
        self._ready: list[Item] = []
        self._free: list[Item] = []  # what came before the prompts that wait
        self._first = self._latest = ""  # times
        self._model = ""  # that answered last
        self._boundary: Message | None = None  # of a compaction, whose summary may follow
        self._shown: Message | None = None  # the last one that is

    def ready(self) -> list[Item]:
        """What is whole and in its place."""
        ready = self._ready
        if ready:
            self._ready = []
        if self._free or self.queue.held:
            ready, self._free = [*self._free, *self.queue.passed(ready)], []
        return ready

    def rest(self) -> list[Item]:
        """All that is left at the end."""
        self.finish()
        left = [*self.ready(), *self.queue.rest()]
        self._session.saw(self._first)
        self._session.saw(self._latest)
        return left

    def saw(self, time: str) -> None:
        """Take note of a time in the conversation."""
        if time > self._latest:
            self._latest = time
        if time and (time < self._first or not self._first):
            self._first = time

    def add(self, item: Item) -> None:
        """Take what has no place of its own in the tree, such as the output of a tool."""
        self.finish()
        self._ready.append(item)

    def say(self, record: TranscriptLine, said: Sequence[Said], parts: Parts | None = None) -> Message:
        """Take all that a record says, which is made of `parts`.

        One message has its id and its attachments, and is returned: the person's, if there is one.
        """
        is_hidden = all(one.hidden for one in said)
        if is_hidden:
            self._finish_answer()
        else:
            self.finish()
        main = next((one for one in said if not (one.hidden or one.kind)), None)
        is_asked = main is not None and main.role == "user" and not (parts and parts.results)
        after = self.thread.place(record.uuid, _parent(record), main.text if main and is_asked else None)
        main = main or next((one for one in said if not one.hidden), said[0])
        time = line_time(record.timestamp)
        messages = [Message(one.role, time, text=one.text, kind=one.kind, sender=one.sender) for one in said]
        messages[0].parent_id = after
        for one, message in zip(said, messages, strict=True):
            message.hidden = "system" if self._repeats(message) else one.hidden
            if not message.hidden:
                self._shown = message
        made = messages[[one is main for one in said].index(True)]
        made.id, made.attachments = record.uuid, parts.attachments if parts else []
        self._ready += messages
        return made

    def queued(self, record: TranscriptLine) -> None:
        """Take what a record says about the queue of prompts."""
        self.finish()
        self._free += self.queue.passed(self._ready)
        self._ready = []
        self.queue.take(record)

    def answer(self, record: TranscriptLine, message: ApiMessage, parts: Parts) -> None:
        """Take a line of an answer of the model's."""
        answer = self._answers.growing(message.id)
        if answer is None:
            self.finish()
            parent = self.thread.place(record.uuid, _parent(record))
            answer = Message("assistant", line_time(record.timestamp), record.uuid, parent)
            self.queue.go_on(answer.time)
            answer.model = "" if message.model.startswith("<") else message.model
            self._answers.begin(answer, message.id)
            self._shown = answer
            self.saw(answer.time)
            if answer.model != self._model:
                self._model = answer.model
                self._session.saw("", answer.model)
        else:
            self.thread.join(record.uuid, answer.id)
        if parts.calls:
            self.sidechains.expect(parts.calls)
        self._answers.extend(answer, parts, message.usage)

    def compact(self, record: TranscriptLine, summary: str, is_followed: bool = False) -> None:
        """Take note that the context became a `summary`, which may stand in a record that comes later."""
        if summary and self._boundary:
            self._boundary.text = summary
            self.thread.join(record.uuid, self._boundary.id)
            self.finish()
            return
        if is_followed and self._shown and self._shown.kind == "compaction" and self._shown.text:
            self.thread.skip(record.uuid, _parent(record))
            return
        self.say(record, [Said(summary, "compaction")])
        if is_followed:
            held = self._ready.pop()
            self._boundary = held if isinstance(held, Message) else None

    def aside(self, record: TranscriptLine, parts: Parts, outputs: Iterable[ToolOutput] = ()) -> None:
        """Take a line that is a subagent's."""
        self._finish_answer()
        self.thread.join(record.uuid, "")
        self.saw(line_time(record.timestamp))
        if record.type == "assistant" and record.message:
            self.sidechains.answer(record, record.message, parts)
        elif parts.texts or not parts.results:
            self._ready.append(self.sidechains.ask(record, parts))
        self.sidechains.results(record, outputs)
        if self.sidechains.is_full:
            self._ready += self.sidechains.finished()

    def skip(self, record: TranscriptLine) -> None:
        """What comes after a line that gives no message comes after the message before it."""
        if record.uuid:
            self.thread.skip(record.uuid, _parent(record))

    def finish(self) -> None:
        """Give all that was growing."""
        if self._answers.answer is not None:
            self._finish_answer()
        if self._boundary:
            self._ready.append(self._boundary)
            self._boundary = None
        if self.sidechains.runs:
            self._ready += self.sidechains.finished()

    def _finish_answer(self) -> None:
        if self._answers.answer is not None:
            self._ready.append(self._answers.answer)
            self._answers.finish()

    def _repeats(self, message: Message) -> bool:
        """Whether a notice says again what the last message did: clients try again, and tell it each time."""
        last = self._shown
        return message.kind == "notice" and last is not None and (last.kind, last.text) == ("notice", message.text)


def _parent(record: TranscriptLine) -> str | None:
    return record.parentUuid or record.logicalParentUuid
