"""Takes the reminders to the model out of the outputs of tools, where the client puts them."""

from __future__ import annotations

import re

from session_sync.transcripts.sources.claude.texts.elements import element_at, element_before
from session_sync.transcripts.sources.claude.texts.marked import REMINDER

_BEGIN, _END = f"<{REMINDER}>", f"</{REMINDER}>"
_NEAR = 100  # characters in which they are looked for
_BOILERPLATE = re.compile(  # says nothing of the output that it stands in
    r"Whenever you read a file|The (?:TodoWrite|task) tools? ha(?:s|ve)n't been used"
    r"|(?:This is a reminder that )?[Yy]our todo list|Plan mode|You have exited plan mode|Auto[- ]mode"
    r"|As you answer the user's questions|The following (?:skills|deferred tools|MCP servers)"
    r"|The date has changed|Token usage:|The user opened the file|# (?:MCP|claudeMd)"
)


def without_reminders(output: str) -> str:
    """A tool's `output` without the reminders to the model that the client put around it.

    What they tell of the output itself stays, in brackets; a file that quotes them in its middle is left as it is.
    """
    if _END not in output[-_NEAR:] and _BEGIN not in output[:_NEAR]:
        return output
    end, told = len(output), list[str]()
    while (found := element_before(output, end)) and found.name == REMINDER:
        told.insert(0, found.body.strip())
        end = found.start
    start = 0
    while (found := element_at(output, _after_space(output, start, end), end)) and found.name == REMINDER:
        told.append(found.body.strip())
        start = found.end
    if not told:
        return output
    kept = [f"[{one}]" for one in told if one and not _BOILERPLATE.match(one)]
    text = output[start:end].rstrip()
    return "\n\n".join(filter(None, (text.lstrip("\n") if start else text, *kept)))


def _after_space(text: str, start: int, end: int) -> int:
    while start < end and text[start].isspace():
        start += 1
    return start
