"""Makes messages of the lines of a Claude Code transcript, and counts what becomes of each line."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from session_sync.transcripts.session import Git, Hidden, Link, Message, Role, Session, ToolOutput
from session_sync.transcripts.sources import media, shapes
from session_sync.transcripts.sources.claude import content, outcome, prompts
from session_sync.transcripts.sources.claude.answer import Answers
from session_sync.transcripts.sources.claude.content import Parts
from session_sync.transcripts.sources.claude.context import Context
from session_sync.transcripts.sources.claude.forks import Fork
from session_sync.transcripts.sources.claude.records import (
    BOOKKEEPING,
    KNOWN_TYPES,
    NO_CONTEXT,
    TOOLING,
    TranscriptLine,
    fitted,
    line_time,
)
from session_sync.transcripts.sources.claude.surroundings import Surroundings
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
        self._answers = Answers(session)
        self._nearest: dict[str, str] = {}  # uuid of a line -> id of the message that it is in or comes after
        self._last = ""  # id of the message given last
        self._ready: Items = []
        self._first = self._latest = ""  # times
        self._model = ""  # that answered last
        session.fork = Link(fork.session_id) if fork else None

    def take(self, given: TranscriptLine | dict[str, Any]) -> Items:
        """What the line gives, or the lines before it."""
        record, whole = (given, None) if isinstance(given, TranscriptLine) else (fitted(given, TranscriptLine), given)
        uuid = record.uuid
        if not self._surroundings.is_own(record):
            self._session.drop("of another session")
        elif uuid in self._nearest:
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
        ready = self._ready
        if ready:
            self._ready = []
        return ready

    def rest(self) -> Items:
        """The last answer; the session's title is known then."""
        self._session.title = self._titles.best(self._nearest) or self._session.title
        self._session.saw(self._first)
        self._session.saw(self._latest)
        self._finish()
        return self._ready

    def _assistant(self, record: TranscriptLine, whole: Whole) -> None:
        message = record.message
        if message is None:
            self._leave_out(record, "without a message")
            return
        parts = Parts.of(message.content)
        answer = self._answers.growing(message.id)
        if answer is None:
            self._finish()
            answer = self._message(record, "assistant", self._hidden(record))
            answer.model = "" if message.model.startswith("<") else message.model
            self._answers.begin(answer, message.id)
            self._saw(answer.time)
            if answer.model != self._model:
                self._model = answer.model
                self._session.saw("", answer.model)
        elif record.uuid:
            self._nearest[record.uuid] = answer.id
        for call in parts.calls:
            call.session_id = self._surroundings.subagent_of(call.id)
        self._answers.extend(answer, parts, message.usage)
        if parts.results:
            self._results(parts, record)
        self._keep(parts, record, whole)

    def _user(self, record: TranscriptLine, whole: Whole) -> None:
        if record.message is None:
            self._leave_out(record, "without a message")
            return
        parts = Parts.of(record.message.content)
        self._finish()
        if parts.results:
            self._results(parts, record)
        if parts.texts or parts.attachments or not (parts.results or parts.unknown):
            self._prompt(record, parts)
        else:
            self._pass(record)
        self._keep(parts, record, whole)

    def _prompt(self, record: TranscriptLine, parts: Parts) -> None:
        """What the user wrote, or the client in their name."""
        hidden = self._hidden(record)
        if record.isMeta or record.isCompactSummary or record.promptSource == "system":
            hidden = "system"
        prompt = prompts.Prompt(parts.text, hidden) if hidden else parts.prompt()
        message = self._say(record, "user", prompt.text, prompt.hidden)
        message.attachments = parts.attachments
        self._saw(message.time)

    def _system(self, record: TranscriptLine, _: Whole) -> None:
        text = Parts.of(record.content).text
        if not text:
            self._leave_out(record, "client state")
            return
        prompt = prompts.read_prompt(text)
        is_command = prompt.text != text and not prompt.hidden
        self._say(record, "user" if is_command else "system", prompt.text, "" if is_command else "system")
        self._session.keep()

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
            self._say(record, "system", context.text, "injected").attachments = context.attachments
        self._session.keep()

    def _pull_request(self, record: TranscriptLine, _: Whole) -> None:
        self._say(record, "system", record.prUrl, "system")
        self._session.keep()

    def _other(self, record: TranscriptLine, whole: Whole) -> None:
        """A line that is no part of the conversation."""
        self._pass(record)
        if record.type in BOOKKEEPING:
            self._session.drop(BOOKKEEPING[record.type])
        elif record.type in KNOWN_TYPES:
            self._titles.add(record)
            self._session.keep()
        else:
            self._unknown(shapes.counted_name(record.type, "without a type"), record.timestamp, whole)

    def _results(self, parts: Parts, record: TranscriptLine) -> None:
        """The outputs of tools, after the calls that they belong to, with what the client notes of them besides."""
        self._finish()
        time = line_time(record.timestamp)
        is_one = len(parts.results) == 1
        given = outcome.members(record.toolUseResult) if is_one else {}
        agent = self._surroundings.subagent(outcome.text(given, "agentId")) if "agentId" in given else ""
        for result in parts.results:
            said = content.output(result, self._surroundings.put_aside, time)
            said.session_id = agent
            if is_one:
                outcome.complete(said, record.toolUseResult, given, record.mcpMeta)
            self._ready.append(said)
        self._saw(time)

    def _saw(self, time: str) -> None:
        """Take note of a time in the conversation."""
        if time > self._latest:
            self._latest = time
        if time and (time < self._first or not self._first):
            self._first = time

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
        self._finish()
        self._ready.append(Message("record", line_time(time), hidden="unknown", record=media.without_data(whole, [])))

    def _copy(self, uuid: str) -> None:
        """Leave a line to the session that it was copied from."""
        self._nearest[uuid] = ""
        if self._session.fork:
            self._session.fork.at = uuid
        self._session.drop("in the forked session")

    def _leave_out(self, record: TranscriptLine, reason: str) -> None:
        self._pass(record)
        self._session.drop(reason)

    def _pass(self, record: TranscriptLine) -> None:
        """What comes after a line that gives no message comes after the message before it."""
        if record.uuid:
            self._nearest[record.uuid] = self._before(record)

    def _say(self, record: TranscriptLine, role: Role, text: str, hidden: Hidden) -> Message:
        """Give a message that is whole."""
        self._finish()
        message = self._message(record, role, hidden)
        message.text = text
        self._ready.append(message)
        return message

    def _message(self, record: TranscriptLine, role: Role, hidden: Hidden) -> Message:
        """A message of the record's, in its place in the tree."""
        before, uuid = self._before(record), record.uuid
        message = Message(role, line_time(record.timestamp), uuid, "" if before == self._last else before)
        message.hidden = hidden
        self._last = uuid
        if uuid:
            self._nearest[uuid] = uuid
        return message

    def _note(self, record: TranscriptLine) -> None:
        """Put the facts that a record of any type tells into the session."""
        session = self._session
        if record.cwd:
            session.was_in(record.cwd)
        if record.version:
            session.client = record.version
        if session.git is None and record.gitBranch and record.gitBranch != "HEAD":
            session.git = Git(branch=record.gitBranch)

    def _before(self, record: TranscriptLine) -> str:
        """The id of the message that the record comes after."""
        parent = record.parentUuid or record.logicalParentUuid
        return self._nearest.get(parent, "") if parent else ""

    def _hidden(self, record: TranscriptLine) -> Hidden:
        """Early clients wrote what subagents said into the session's own file."""
        return "system" if record.isSidechain and not self._surroundings.is_of_subagent else ""

    def _finish(self) -> None:
        """Give the answer that was growing."""
        if self._answers.answer is not None:
            self._ready.append(self._answers.answer)
            self._answers.finish()


def _why_left_out(kind: str) -> str:
    """The reason for which an attachment of the type `kind` is no part of a session."""
    return NO_CONTEXT.get(kind) or TOOLING.get(kind) or "injected context"


_HANDLERS: dict[str, Callable[[Reading, TranscriptLine, Whole], None]] = {
    "assistant": Reading._assistant,
    "user": Reading._user,
    "system": Reading._system,
    "attachment": Reading._attachment,
    "pr-link": Reading._pull_request,
}
