"""Makes the Markdown of an archived session, piece by piece: its head, each message, its foot.

It knows nothing of the agents, and keeps nothing between the pieces, so that a session may have any size.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Protocol

from session_sync.text.lines import counted
from session_sync.text.markdown import code, details, ends, fence, left_out, plain, table
from session_sync.text.visible import one_line, visible
from session_sync.transcripts.render.facts import fact_rows, minute
from session_sync.transcripts.render.foreign import is_harmless, tame
from session_sync.transcripts.render.tools import attached, json_block, summary, tool_use
from session_sync.transcripts.session import Message, Problem, Session

LONGEST_TITLE = 100
_MOST = 50_000  # characters of a prompt, an answer or a thought that are shown
_MOST_LINES = 2_000
_WIDE = 100  # longer lines are hard to read in a block, where they do not wrap
_HAS_WORD = re.compile(r"[^\W_]")
_LEAD = re.compile(r"(?:[#>*+-]+\s+)+")
_TAG_OR_FENCE = re.compile(r"<[^<>]*>$|```|~~~")
# Signs of Markdown, lines that it makes lists, headings or code of, and lines that it joins.
_MARKED = re.compile(r"[\\`*~$\[<&]|(?<![^\W_])_|_(?![^\W_])|(?:\A|\n)(?:[ \t#>+=-]|\d+[.)])|\S[ \t]*\n[ \t]*\S")
_NAMES = {"user": "User", "assistant": "Assistant", "system": "System", "record": "Record"}


class Links(Protocol):
    """How to reach another session's Markdown from this one's."""

    def __call__(self, session_id: str) -> str | None:
        """A relative URL path, percent-encoded; None when there is none."""


def title(session: Session, first_prompt: str) -> str:
    """One line of at most LONGEST_TITLE characters: the session's title, else what its first prompt begins with."""
    if known := one_line(session.title, LONGEST_TITLE):
        return known
    for line in first_prompt[:_MOST].splitlines():
        line = _LEAD.sub("", line.strip(), count=1)
        if _HAS_WORD.search(line) and not _TAG_OR_FENCE.match(line):
            return one_line(line, LONGEST_TITLE)
    return one_line(f"{session.source} session {session.source_session_id}", LONGEST_TITLE)


def head(session: Session, links: Links) -> str:
    """The title and a table of facts."""
    return f"# {plain(title(session, ''))}\n\n{table(fact_rows(session, links))}"


def message(message: Message, links: Links) -> str:
    """A message, its tools after its text; "" when it is not in the reading view.

    A heading shows its role and time. What an agent does without a word has none: its tools show the time.
    """
    if message.hidden:
        return _taken_back(message) if message.hidden == "reverted" else ""
    time, parts = minute(message.time), []
    if message.parent_id:
        parts.append(f"*↳ A branch: what follows continues after message* {code(message.parent_id[:8])}\n\n")
    has_text = message.text and not message.text.isspace()
    if has_text or (message.role != "assistant" and (message.attachments or message.tool_calls)):
        parts.append(_heading(message, time))
        time = ""
    if message.thinking and not message.thinking.isspace():
        parts.append(details(f"{time} Thinking".lstrip(), _markdown(message.thinking)))
    if has_text:
        parts.append(_text(message))
    if message.attachments:
        parts.append(attached(message.attachments))
    for call in message.tool_calls:
        parts.append(tool_use(call, links, time))
    if message.record is not None:
        parts.append(details(f"{time} Record".lstrip(), json_block(message.record)))
    return "".join(parts)


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


def _heading(message: Message, time: str) -> str:
    """Prompts stand above answers."""
    if message.role == "user":
        return f"## User · {time}\n\n" if time else "## User\n\n"
    name = _name(message.model) if message.model else _NAMES.get(message.role, "Record")
    return f"### {name} · {time}\n\n" if time else f"### {name}\n\n"


@lru_cache(maxsize=64)
def _name(model: str) -> str:
    """Of the few models that answer all messages."""
    return plain(model, 60)


def _taken_back(message: Message) -> str:
    """A message that is no longer a part of the conversation, and of its tools only what they were."""
    name = f"Taken back: {_NAMES.get(message.role, 'Record')} {minute(message.time)}".rstrip()
    content = _text(message) if message.text and not message.text.isspace() else ""
    if message.tool_calls:
        tools = "".join(f"<li>{summary(call)}</li>\n" for call in message.tool_calls)
        content += f"<ul>\n{tools}</ul>\n\n"
    return details(name, content) if content else ""


def _text(message: Message) -> str:
    return _prompt(message.text) if message.role == "user" else _markdown(message.text)


def _prompt(text: str) -> str:
    """What a person wrote, as it was typed: a quote if that shows it so or lines are long, else a block."""
    text = visible(text).strip("\n")
    is_wide = len(text) > _WIDE and max(map(len, text.split("\n"))) > _WIDE
    if len(text) > _MOST or not is_harmless(text) or (not is_wide and _MARKED.search(text)):
        return fence(text, "text", _MOST, _MOST_LINES)
    return "".join(f"> {line}\n" if line else ">\n" for line in tame(text).rstrip().split("\n")) + "\n"


def _markdown(text: str) -> str:
    """What a model wrote: Markdown itself."""
    text = visible(text).rstrip().lstrip("\n")
    if len(text) <= _MOST:
        return f"{tame(text)}\n\n"
    start, end = ends(text, _MOST, _MOST_LINES)
    return f"{tame(start)}\n\n{left_out(text, start, end)}{tame(end)}\n\n"
