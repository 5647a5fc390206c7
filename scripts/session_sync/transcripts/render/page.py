"""Makes the Markdown of an archived session, piece by piece: its head, each message, its foot.

It knows nothing of the agents.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Protocol

from session_sync.text.lines import counted
from session_sync.text.markdown import code, details, plain, table
from session_sync.transcripts.render.attachments import attached
from session_sync.transcripts.render.clock import Clock
from session_sync.transcripts.render.facts import fact_rows
from session_sync.transcripts.render.json_block import json_block
from session_sync.transcripts.render.kinds import heading, shown
from session_sync.transcripts.render.texts import is_blank, typed, written
from session_sync.transcripts.render.title import title
from session_sync.transcripts.render.tools.use import at, summary, tool_use
from session_sync.transcripts.session import Message, Problem, Session

GONE = "*No longer in the transcript; kept from an earlier export.*\n\n"  # before a run of such messages
_SPEAKING = frozenset(("command", "words", "agent"))  # kinds after which an answer has a heading again
_ASIDES = frozenset(("output", "hook", "context", "interruption", "notice"))  # kinds that tell no day
_NAMES = {"user": "User", "assistant": "Assistant", "system": "System", "record": "Record"}


class Links(Protocol):
    """How to reach another session's Markdown from this one's."""

    def __call__(self, session_id: str) -> str | None:
        """A relative URL path, percent-encoded; None when there is none."""


def head(session: Session, links: Links) -> str:
    """The title and a table of facts."""
    return f"# {plain(title(session, ()))}\n\n{table(fact_rows(session, links))}"


class Page:
    """The messages of a session as Markdown, one after another.

    It remembers the time, the model and the speaker that were told last, and tells only what is new; nothing else, so
    that a session may have any size. `session` may still be read: what is known of it is looked up when it is needed.
    """

    def __init__(self, session: Session, links: Links) -> None:
        self.session = session
        self.links = links
        self._clock = Clock()
        self._model = ""
        self._is_answering = False  # whether all since the last heading is the model's

    def message(self, message: Message) -> str:
        """A message, its tools after its text; "" when it is not in the reading view."""
        branch = self._branch(message.parent_id) if message.parent_id else ""
        if message.hidden:
            return self._taken_back(message) if message.hidden == "reverted" else ""
        if message.kind:
            return branch + self._of_kind(message)
        if message.role == "assistant":
            return branch + self._answer(message)
        return branch + self._turn(message)

    def _branch(self, parent_id: str) -> str:
        """The line that says where the conversation goes on; what comes before it there is not what was told last."""
        self._clock.forget()
        self._model, self._is_answering = "", False
        return f"*↳ A branch: what follows continues after message* {code(parent_id[:8])}\n\n"

    def _of_kind(self, message: Message) -> str:
        """A message of a kind of its own; of one that is not known, its text."""
        rest = self._rest(message)
        is_aside = message.kind in _ASIDES
        text = shown(message, (self._clock.glance if is_aside else self._clock.tell)(message.time), rest)
        if text is None:
            return self._turn(message)
        if not text:
            self._clock.forget()  # nobody saw it
        self._is_answering = self._is_answering and message.kind not in _SPEAKING
        return text

    def _turn(self, message: Message) -> str:
        """What is not of the model: a prompt stands above the answers."""
        text = "" if is_blank(message.text) else _text(message)
        content = _thinking(message, "") + text + self._rest(message)
        if not (text or message.attachments or message.tool_calls):
            return content  # a record, or what a model of the system thought
        self._is_answering = False
        signs = "##" if message.role == "user" else "###"
        return heading(signs, _NAMES.get(message.role, "Record"), self._clock.tell(message.time)) + content

    def _answer(self, message: Message) -> str:
        """What the model said and did: a heading where it begins, and where it speaks in another minute."""
        has_text = not is_blank(message.text)
        if not has_text and is_blank(message.thinking) and not _brings(message):
            return ""
        is_another = bool(message.model) and message.model != self._model
        is_later = has_text and not self._clock.is_at(message.time)
        before, time = "", ""
        if is_another or is_later or not self._is_answering:
            name = _name(message.model) if is_another else "Assistant"
            before = heading("###", name, self._clock.tell(message.time))
        else:
            day, time = self._clock.turn(message.time)
            before = f"**{day}**\n\n" if day else ""
        self._model, self._is_answering = message.model or self._model, True
        text = written(message.text) if has_text else ""
        return f"{before}{_thinking(message, time)}{text}{self._rest(message, time)}"

    def _rest(self, message: Message, time: str = "") -> str:
        """What a message brings along besides its text; the first of it shows the `time`."""
        if not _brings(message):
            return ""
        parts = [attached(message.attachments)] if message.attachments else []
        if not is_blank(message.thinking):
            time = ""
        for call in message.tool_calls:
            parts.append(tool_use(call, self.links, self.session.cwd, time))
            time = ""
        if message.record is not None:
            parts.append(details(at("Record", time), json_block(message.record)))
        return "".join(parts)

    def _taken_back(self, message: Message) -> str:
        """A message that is no longer a part of the conversation, and of its tools only what they were."""
        content = "" if is_blank(message.text) else _text(message)
        if message.tool_calls:
            tools = "".join(f"<li>{summary(call, self.session.cwd)}</li>\n" for call in message.tool_calls)
            content += f"<ul>\n{tools}</ul>\n\n"
        name = at(f"Taken back: {_NAMES.get(message.role, 'Record')}", self._clock.tell(message.time))
        return details(name, content) if content else ""


def foot(session: Session) -> str:
    """What of the source is not shown, and what was wrong with it; "" when there is nothing to say."""
    lines, problems = session.lines, session.problems
    counts = [*lines.dropped.items(), *((f"of unknown type: {kind}", number) for kind, number in lines.unknown.items())]
    if not counts and not problems:
        return ""
    rows = [(plain(reason), f"{number:,}") for reason, number in counts]
    content = table([("Not shown", "Lines"), *rows], "|---|---:|") if rows else ""
    if problems:
        content += "".join(map(_problem, problems)) + "\n"
    hidden = sum(number for _, number in counts)
    told = f", {counted(len(problems), 'problem')}" if problems else ""
    return details(f"{hidden:,} of {counted(lines.read, 'line', ',')} of the source not shown{told}", content)


def _problem(one: Problem) -> str:
    where = " ".join(
        part for part in (code(one.file) if one.file else "", f"line {one.line:,}" if one.line else "") if part
    )
    return f"- {where + ': ' if where else ''}{plain(one.reason)}\n"


@lru_cache(maxsize=64)
def _name(model: str) -> str:
    """Of the few models that answer all messages."""
    return plain(model, 60)


def _brings(message: Message) -> bool:
    """Whether there is anything in a message besides what was said and thought."""
    return bool(message.attachments or message.tool_calls) or message.record is not None


def _text(message: Message) -> str:
    return typed(message.text) if message.role == "user" else written(message.text)


def _thinking(message: Message, time: str) -> str:
    return "" if is_blank(message.thinking) else details(at("Thinking", time), written(message.thinking))
