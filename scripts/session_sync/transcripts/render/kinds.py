"""Shows the messages that are neither a prompt nor an answer of the model, each as what it is.

Each is given the time as it is to be told, "" where it is not known, and the Markdown of what the message brings along.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from session_sync.text.lines import counted
from session_sync.text.markdown import code, details, fence, html, plain, web_link
from session_sync.text.visible import visible
from session_sync.transcripts.render.answers import answered
from session_sync.transcripts.render.json_block import json_in
from session_sync.transcripts.render.texts import is_blank, line_count, typed, written
from session_sync.transcripts.session import Kind, Message

_SHORT = 80  # characters of a command or a notice that stand on one line
_MOST_ARGUMENTS = 3  # words after a command of the client; more of them are something that the person said
_MOST_OPEN = 1_200  # characters of what another agent said that are not folded
_MOST_OPEN_LINES = 15
_URL = re.compile(r"https?://[^\s<>\"'`|\\)\]]+")
_REQUEST = re.compile(r"/(?:pull|pulls|pull-requests|merge_requests)/(\d{1,9})(?![\w-])", re.ASCII)
Show = Callable[[Message, str, str], str]


def heading(signs: str, *parts: str) -> str:
    """A heading of the level `signs`; of the `parts`, which are Markdown, those that are known."""
    return f"{signs} {' · '.join(filter(None, parts))}\n\n"


def shown(message: Message, time: str, rest: str) -> str | None:
    """The Markdown of a message of a kind of its own; None of any other."""
    show = _SHOWN.get(message.kind)
    return show(message, time, rest) if show else None


def _command(message: Message, time: str, rest: str) -> str:
    text = message.text.strip()
    is_said = text.startswith("/") and text.count(" ") > _MOST_ARGUMENTS
    if is_said or len(text) > _SHORT or "\n" in text:
        return heading("##", "User", time) + typed(text) + rest
    return (_line("User ran", time, code(text)) if text else "") + rest


def _output(message: Message, _: str, rest: str) -> str:
    text = message.text.rstrip()
    return (_folded("Output", text, fence(text)) if text else "") + rest


def _words(message: Message, time: str, rest: str) -> str:
    return heading("##", "User", time, "answered") + answered(message.text) + rest


def _compaction(message: Message, time: str, rest: str) -> str:
    summary = _folded("Summary", message.text, written(message.text)) if not is_blank(message.text) else ""
    return f"---\n\n{_line('Conversation compacted', time)}{summary}{rest}"


def _agent(message: Message, time: str, rest: str) -> str:
    content = _unless_blank(message.thinking, lambda text: details("Thinking", written(text)))
    content += _unless_blank(message.text, lambda text: json_in(text.strip()) or written(text)) + rest
    if not content:
        return ""
    is_long = len(message.text) > _MOST_OPEN or line_count(message.text) > _MOST_OPEN_LINES
    if rest or is_long:
        content = _folded("Message" if not is_blank(message.text) else "Steps", message.text, content)
    return heading("###", plain(message.sender, 60) or "Another agent", time) + content


def _hook(message: Message, time: str, rest: str) -> str:
    return _aside(" · ".join(filter(None, ("Hook feedback", html(message.sender, 60)))), message, time) + rest


def _context(message: Message, time: str, rest: str) -> str:
    return _aside("Context from the editor", message, time) + rest


def _interruption(_: Message, time: str, rest: str) -> str:
    return f"*Interrupted by the user{_after(time)}*\n\n{rest}"


def _notice(message: Message, time: str, rest: str) -> str:
    text, name = message.text.strip(), message.sender or "Notice"
    if not text:
        return rest
    if len(text) > 2 * _SHORT or "\n" in text:
        return details(f"{html(name, 60)}: {html(text, _SHORT)}{_after(time)}", fence(text, "text")) + rest
    return f"*{plain(name, 60)}: {plain(text)}{_after(time)}*\n\n{rest}"


def _goal(message: Message, time: str, rest: str) -> str:
    return _line("Goal", time) + _unless_blank(message.text, typed) + rest


def _review(message: Message, time: str, rest: str) -> str:
    return _line("Review", time) + _unless_blank(message.text, written) + rest


def _link(message: Message, time: str, rest: str) -> str:
    text = visible(message.text)
    found = _URL.search(text)
    if not found:
        return (_line("Link", time, plain(text)) if not is_blank(text) else "") + rest
    url = found[0].rstrip(".,;:!?")
    request = _REQUEST.search(url)
    name = text[: found.start()].strip(" \n:(<-") or (f"Pull request #{request[1]}" if request else url)
    return f"↳ {web_link(name, url)}{_after(time)}\n\n{rest}"


_SHOWN: dict[Kind, Show] = {
    "command": _command,
    "output": _output,
    "words": _words,
    "compaction": _compaction,
    "agent": _agent,
    "hook": _hook,
    "interruption": _interruption,
    "context": _context,
    "notice": _notice,
    "goal": _goal,
    "review": _review,
    "link": _link,
}


def _line(name: str, time: str, content: str = "") -> str:
    """A line of its own that says what follows or happened."""
    return f"**{name}**{f' {content}' if content else ''}{_after(time)}\n\n"


def _after(time: str) -> str:
    return f" · {time}" if time else ""


def _folded(name: str, text: str, content: str) -> str:
    """A block that says how long the `text` is that its `content` shows."""
    return details(f"{name} ({counted(line_count(text), 'line', ',')})" if text else name, content)


def _aside(name: str, message: Message, time: str) -> str:
    """A folded text that is beside the conversation."""
    return "" if is_blank(message.text) else details(f"{name}{_after(time)}", fence(message.text.rstrip(), "text"))


def _unless_blank(text: str, show: Callable[[str], str]) -> str:
    return "" if is_blank(text) else show(text)
