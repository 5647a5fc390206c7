"""Shows one use of a tool: a line that says what it did, and when opened, what went in and what came out.

A plan that is proposed stands in the open, like an answer.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from session_sync.text.markdown import code, details, link
from session_sync.transcripts.render.attachments import attached
from session_sync.transcripts.render.texts import is_blank, written
from session_sync.transcripts.render.tools.actions import form
from session_sync.transcripts.render.tools.inputs import shown_input
from session_sync.transcripts.render.tools.outputs import shown_answer, shown_output, shown_result
from session_sync.transcripts.render.tools.summary import told
from session_sync.transcripts.session import ToolCall

_PLANS = ("exitplanmode", "planexit")
_LISTS = ("todowrite", "updateplan", "writetodos")
_AGENTS = ("task", "agent")
_APPROVED = re.compile(r"^## Approved Plan( \(edited by user\))?:\n", re.MULTILINE)  # behind it the plan follows
# What clients tell the model when the person said no.
_REFUSED = re.compile(r"(?:The user doesn't want to|The user rejected|[^\n]{0,40}rejected by (?:the )?user)")


def tool_use(call: ToolCall, links: Callable[[str], str | None], cwd: str = "", time: str = "") -> str:
    """The Markdown of `call`; `time` stands in its line, `links` leads to the subagent's session."""
    if form(call.name) in _PLANS and (plan := _plan_of(call)):
        return _plan(call, plan, time)
    said = told(call, cwd)
    given = shown_input(call.input, said.keys)
    content = given.markdown
    if call.output:
        content += _output(call)
    if call.result is not None:
        content += shown_result(call.result)
    if call.attachments:
        content += attached(call.attachments)
    note = f" ({given.note})" if given.note else ""
    block = details(at(said.line + note + _failure(call), time), content)
    return block + _subagent(call.session_id, links) if call.session_id else block


def summary(call: ToolCall, cwd: str) -> str:
    """One line of HTML: what the tool did, whether it failed."""
    return told(call, cwd).line + _failure(call)


def at(line: str, time: str) -> str:
    """A line with the time that it is from."""
    return f"{line} · {time}" if time else line


def _output(call: ToolCall) -> str:
    """What the tool answered; nothing where it only says that it took a list."""
    name = form(call.name)
    if call.status != "error" and name in _LISTS:
        return ""
    return shown_answer(call.output) if name in _AGENTS and call.status != "error" else shown_output(call.output)


def _failure(call: ToolCall) -> str:
    if call.status != "error":
        return ""
    return " · refused" if _REFUSED.match(call.output) else " · failed"


def _plan_of(call: ToolCall) -> str:
    """The plan that a call proposes, which newer clients keep in a file and tell in the result; "" when it has none."""
    approved = _APPROVED.search(call.output)
    if approved and approved[1]:
        return call.output[approved.end() :]
    for given in (call.input, call.result):
        plan = given.get("plan") if isinstance(given, dict) else None
        if isinstance(plan, str) and not is_blank(plan):
            return plan
    return call.output[approved.end() :] if approved else ""


def _plan(call: ToolCall, plan: str, time: str) -> str:
    """A plan as a whole, and what came of it."""
    notes = {key: one for key, one in call.result.items() if key != "plan"} if isinstance(call.result, dict) else None
    answer = shown_output(call.output.removesuffix(plan)) + shown_result(notes)
    answer += attached(call.attachments) if call.attachments else ""
    name = "The plan was not accepted" if call.status == "error" else "Answer to the plan"
    return f"**{at('Plan', time)}**\n\n{written(plan)}" + (details(name, answer) if answer else "")


def _subagent(session_id: str, links: Callable[[str], str | None]) -> str:
    path = links(session_id)
    return f"↳ {link('The session of this subagent', path) if path else f'Subagent {code(session_id)}'}\n\n"
