"""Shows what a tool answered, and what the client notes of that."""

from __future__ import annotations

from typing import Any

from session_sync.text.markdown import fence
from session_sync.transcripts.render.json_block import json_block, json_in
from session_sync.transcripts.render.texts import written
from session_sync.transcripts.render.tools.changes import of_hunks

_REMINDER, _REMINDER_END = "<system-reminder>", "</system-reminder>"
_MOST_REMINDERS = 10
_ERROR, _ERROR_END = "<tool_use_error>", "</tool_use_error>"
_NOTES = {
    "userModified": "Changed by the user before it was applied",
    "user_modified": "Changed by the user before it was applied",
    "interrupted": "Interrupted",
}


def shown_output(text: str) -> str:
    """The Markdown of an output: JSON in lines, everything else as it is but for blank lines at its end."""
    text = _bare(text)
    return (json_in(text) or fence(text)) if text else ""


def shown_answer(text: str) -> str:
    """The Markdown of what another agent answered, which is Markdown itself unless it is data."""
    bare = _bare(text)
    return written(bare) if bare and bare[0] not in "{[<" else shown_output(bare)


def shown_result(result: Any) -> str:
    """What the client notes besides: what it means in words, the change that was made, the rest as JSON."""
    if not isinstance(result, dict):
        return "" if result is None or result == "" else json_block(result)
    rest = dict(result)
    notes = dict.fromkeys(said for key, said in _NOTES.items() if isinstance(rest.get(key), bool) and rest.pop(key))
    shown = "".join(f"*{said}*\n\n" for said in notes)
    change = of_hunks(rest.get("structuredPatch"))
    if change.markdown:
        del rest["structuredPatch"]
    left = {key: value for key, value in rest.items() if value not in (None, "", [], {}, False)}
    return shown + change.markdown + (json_block(left) if left else "")


def _bare(text: str) -> str:
    """`text` without what the client put around it for the model, and without blank lines at its end."""
    end = len(text.rstrip())
    for _ in range(_MOST_REMINDERS):
        begin = text.rfind(_REMINDER, 0, end) if text.endswith(_REMINDER_END, 0, end) else -1
        if begin < 0:
            break
        end = len(text[:begin].rstrip())
    text = text[:end]
    if text.startswith(_ERROR) and text.endswith(_ERROR_END):
        text = text[len(_ERROR) : -len(_ERROR_END)].strip()
    return text
