"""Shows one use of a tool: a line that tells what it was, and when that is opened, what went in and came out."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from session_sync.text.lines import counted
from session_sync.text.markdown import code, details, fence, html, link
from session_sync.transcripts.render.tools import TOLD, blocks, telling
from session_sync.transcripts.session import Attachment, ToolCall


def tool_use(call: ToolCall, links: Callable[[str], str | None], time: str = "") -> str:
    """The Markdown of `call`; `time` stands in its summary, `links` leads to the subagent's session."""
    told = telling(call.input)
    content = blocks(call.input, told)
    if call.output:
        content += fence(call.output)
    if call.attachments:
        content += attached(call.attachments)
    block = details(_summary(call, told, time), content)
    return block + _subagent(call.session_id, links) if call.session_id else block


def summary(call: ToolCall, time: str = "") -> str:
    """One line of HTML: the tool's name, what tells most of its input, whether it failed."""
    return _summary(call, telling(call.input), time)


def attached(given: Iterable[Attachment]) -> str:
    """A line that names pictures and files."""
    return f"Attached: {', '.join(code(_facts(one)) for one in given)}\n\n"


def _summary(call: ToolCall, told: str, time: str) -> str:
    name, told = html(call.name, 60) or "tool", html(told, TOLD)
    before, after = f"{time} " if time else "", " · ✗ failed" if call.status == "error" else ""
    return f"{before}{name} · <code>{told}</code>{after}" if told else f"{before}{name}{after}"


def _facts(one: Attachment) -> str:
    size = counted(one.size, "byte", ",") if one.size else ""
    return ", ".join(fact for fact in (one.name or one.kind, one.media_type, size) if fact)


def _subagent(session_id: str, links: Callable[[str], str | None]) -> str:
    path = links(session_id)
    return f"↳ {link('The session of this subagent', path) if path else f'Subagent {code(session_id)}'}\n\n"
