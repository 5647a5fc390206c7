"""Makes messages of the lines of a Claude Code transcript, and counts what becomes of each line."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from session_sync.transcripts.session import Git, Link, Message, Session, ToolOutput
from session_sync.transcripts.sources import media, shapes
from session_sync.transcripts.sources.claude import notices, speakers
from session_sync.transcripts.sources.claude.contents import content, outcome
from session_sync.transcripts.sources.claude.contents.content import Parts
from session_sync.transcripts.sources.claude.contents.context import Context
from session_sync.transcripts.sources.claude.conversation import Conversation
from session_sync.transcripts.sources.claude.links import Links
from session_sync.transcripts.sources.claude.records import (
    BOOKKEEPING,
    COLLAPSES,
    COMPACTIONS,
    KNOWN_TYPES,
    LINKS,
    NO_CONTEXT,
    TOOLING,
    ApiMessage,
    TranscriptLine,
    fitted,
    line_time,
)
from session_sync.transcripts.sources.claude.store.forks import Fork
from session_sync.transcripts.sources.claude.surroundings import Surroundings
from session_sync.transcripts.sources.claude.texts.said import Said
from session_sync.transcripts.sources.claude.texts.words import words
from session_sync.transcripts.sources.claude.titles import Titles

Whole = dict[str, Any] | None
Items = list[Message | ToolOutput]
_MOST_TYPES = 100  # unknown ones that are counted by name


class Reading:
    """Takes records in the order of the file; `take` gives what is ready, `rest` what is left at the end."""

    def __init__(self, session: Session, surroundings: Surroundings, fork: Fork | None) -> None:
        self._session = session
        self._surroundings = surroundings
        self._copied = fork.copied if fork else frozenset[str]()
        self._titles = Titles()
        self._links = Links()
        self._conversation = Conversation(session)
        self._known = self._conversation.thread.nearest  # has the uuid of each line that was read
        self._has_asides = not surroundings.is_of_subagent
        session.fork = Link(fork.session_id) if fork else None

    def take(self, given: TranscriptLine | dict[str, Any]) -> Items:
        """What the line gives, or the lines before it."""
        record, whole = (given, None) if isinstance(given, TranscriptLine) else (fitted(given, TranscriptLine), given)
        uuid = record.uuid
        if not self._surroundings.is_own(record):
            self._session.drop("of another session")
        elif uuid in self._known:
            self._session.drop("duplicate")
        elif uuid in self._copied:
            self._copy(uuid)
        else:
            session = self._session
            if record.cwd != session.cwd or record.version != session.client or session.git is None:
                self._note(record)
            handler = _HANDLERS.get(record.type)
            if handler:
                handler(self, record, whole)
            else:
                self._other(record, whole)
        return self._conversation.ready()

    def rest(self) -> Items:
        """The last answer; the session's title is known then."""
        self._session.title = self._titles.best(self._known) or self._session.title
        return self._conversation.rest()

    def _assistant(self, record: TranscriptLine, whole: Whole) -> None:
        if record.message is None or record.message.content is None:
            self._without_content(record, whole)
            return
        parts = Parts.of(record.message.content)
        for call in parts.calls:
            call.session_id = self._surroundings.subagent_of(call.id)
        if record.isSidechain and self._has_asides:
            self._conversation.aside(record, parts, self._outputs(parts, record, line_time(record.timestamp)))
        else:
            if record.isApiErrorMessage or record.message.model.startswith("<"):
                self._by_client(record, record.message, parts)
            else:
                self._conversation.answer(record, record.message, parts)
            if parts.results:
                self._results(parts, record)
        self._keep(parts, record, whole)

    def _without_content(self, record: TranscriptLine, whole: Whole) -> None:
        """A turn that says nothing where it should: if it has a message, that may be of a form that nobody knows."""
        if record.message is None:
            self._leave_out(record, "without a message")
        else:
            self._conversation.skip(record)
            self._unknown(f"{record.type} without content", record.timestamp, whole)

    def _by_client(self, record: TranscriptLine, message: ApiMessage, parts: Parts) -> None:
        """What the client put in as an answer: an error, or nothing but a place where one would be."""
        if parts.calls or parts.thinking:
            self._conversation.answer(record, message, parts)
        else:
            self._conversation.say(record, [notices.of_client(parts.text)])

    def _user(self, record: TranscriptLine, whole: Whole) -> None:
        if record.message is None or record.message.content is None:
            self._without_content(record, whole)
            return
        parts = Parts.of(record.message.content)
        if record.isSidechain and self._has_asides:
            self._conversation.aside(record, parts, self._outputs(parts, record, line_time(record.timestamp)))
            self._keep(parts, record, whole)
            return
        if parts.results:
            self._results(parts, record)
        if parts.texts or parts.attachments or not (parts.results or parts.unknown):
            self._prompt(record, parts)
        else:
            self._conversation.skip(record)
        self._keep(parts, record, whole)

    def _prompt(self, record: TranscriptLine, parts: Parts) -> None:
        """What the user wrote, or someone else in their name."""
        if record.isCompactSummary:
            self._conversation.compact(record, parts.text)
            return
        said = [self._whole(one) for one in speakers.of_prompt(record, parts)]
        if said[0].kind == "compaction":
            self._conversation.compact(record, said[0].text)
            return
        if self._is_copy(said, record.type == "attachment"):
            self._conversation.skip(record)
            return
        self._conversation.say(record, said, parts)
        self._conversation.saw(line_time(record.timestamp))

    def _whole(self, one: Said) -> Said:
        """What was said, with the output of a command that was put aside."""
        found = self._surroundings.put_aside.whole(one.text) if one.kind == "output" else None
        return one._replace(text=found.output.text) if found else one

    def _system(self, record: TranscriptLine, _: Whole) -> None:
        if record.subtype in COMPACTIONS:
            self._conversation.compact(record, "", is_followed=record.subtype == COMPACTIONS[0])
        elif said := notices.of_system(record):
            self._is_copy(said)
            self._conversation.say(record, said)
        else:
            self._leave_out(record, "client state")
            return
        self._session.keep()

    def _is_copy(self, said: list[Said], is_queued: bool = False) -> bool:
        """Whether what is said was given already, when it waited; what still waits and says the same is that."""
        told = [one for one in said if one.role == "user"] or [one for one in said if not one.hidden]
        return any([self._conversation.queue.delivers(one.text, is_queued) for one in told])  # noqa: C419 - all of them

    def _attachment(self, record: TranscriptLine, whole: Whole) -> None:
        attached = record.attachment
        if attached and attached.type == "queued_command" and attached.prompt:
            record.isMeta = attached.commandMode not in (None, "prompt")
            self._prompt(record, Parts.of(attached.prompt))
        elif whole is None or (attached and attached.type in NO_CONTEXT):
            self._leave_out(record, _why_left_out(attached.type if attached else ""))
            return
        else:
            context = Context(whole)
            said = self._conversation.say(record, [Said(context.text, hidden="injected")])
            said.attachments = context.attachments
        self._session.keep()

    def _queue_operation(self, record: TranscriptLine, _: Whole) -> None:
        self._conversation.queued(record)

    def _link(self, record: TranscriptLine, _: Whole) -> None:
        if message := self._links.message(record):
            self._conversation.add(message)
            self._conversation.skip(record)
            self._session.keep()
        else:
            self._leave_out(record, "no new link")

    def _collapse(self, record: TranscriptLine, _: Whole) -> None:
        self._conversation.compact(record, record.summary)
        self._session.keep()

    def _other(self, record: TranscriptLine, whole: Whole) -> None:
        """A line that is no part of the conversation."""
        self._conversation.skip(record)
        if record.type in BOOKKEEPING:
            self._session.drop(BOOKKEEPING[record.type])
        elif record.type in KNOWN_TYPES:
            self._titles.add(record)
            self._session.keep()
        else:
            self._unknown(shapes.counted_name(record.type, "without a type"), record.timestamp, whole)

    def _results(self, parts: Parts, record: TranscriptLine) -> None:
        """The outputs of tools, after the calls that they belong to, and what the person says in them."""
        time = line_time(record.timestamp)
        for output in self._outputs(parts, record, time):
            self._conversation.add(output)
            if said := words(output):
                self._conversation.add(Message("user", time, text=said, kind="words"))
        self._conversation.saw(time)

    def _outputs(self, parts: Parts, record: TranscriptLine, time: str) -> Iterator[ToolOutput]:
        """The outputs of tools, with what the client notes of them besides."""
        is_one = len(parts.results) == 1
        notes = record.toolUseResult if is_one else None
        agent = self._surroundings.subagent(outcome.agent_id(notes))
        for result in parts.results:
            said = content.output(result, self._surroundings.put_aside, time)
            said.session_id = agent
            if is_one:
                outcome.complete(said, notes, record.mcpMeta)
            yield said

    def _keep(self, parts: Parts, record: TranscriptLine, whole: Whole) -> None:
        """Count a line that is kept; the blocks that we do not know are given as they are."""
        if not parts.unknown or whole is None:
            self._session.keep()
            return
        blocks = [content.block_of(whole, place) for place in parts.unknown]
        kind = blocks[0].get("type") if isinstance(blocks[0], dict) else None
        self._unknown(f"block {shapes.counted_name(kind, 'without a type')}", record.timestamp, {"content": blocks})

    def _unknown(self, name: str, time: str, whole: Whole) -> None:
        known = self._session.lines.unknown
        self._session.keep(unknown=name if name in known or len(known) < _MOST_TYPES else "other")
        record = media.without_data(whole, [])
        self._conversation.add(Message("record", line_time(time), hidden="unknown", record=record))

    def _copy(self, uuid: str) -> None:
        """Leave a line to the session that it was copied from."""
        self._conversation.thread.join(uuid, "")
        if self._session.fork:
            self._session.fork.at = uuid
        self._session.drop("in the forked session")

    def _leave_out(self, record: TranscriptLine, reason: str) -> None:
        self._conversation.skip(record)
        self._session.drop(reason)

    def _note(self, record: TranscriptLine) -> None:
        """Put the facts that a record of any type tells into the session."""
        session = self._session
        if record.cwd:
            session.was_in(record.cwd)
        if record.version:
            session.client = record.version
        if session.git is None and record.gitBranch and record.gitBranch != "HEAD":
            session.git = Git(branch=record.gitBranch)


def _why_left_out(kind: str) -> str:
    """The reason for which an attachment of the type `kind` is no part of a session."""
    return NO_CONTEXT.get(kind) or TOOLING.get(kind) or "injected context"


_HANDLERS: dict[str, Callable[[Reading, TranscriptLine, Whole], None]] = {
    "assistant": Reading._assistant,
    "user": Reading._user,
    "system": Reading._system,
    "attachment": Reading._attachment,
    "queue-operation": Reading._queue_operation,
    **dict.fromkeys(LINKS, Reading._link),
    **dict.fromkeys(COLLAPSES, Reading._collapse),
}
