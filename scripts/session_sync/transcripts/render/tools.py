"""Shows one use of a tool: a line that says what it was, and when opened, what went in and what came out.

Commands, changes and files are shown as what they are, everything else as JSON.
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Callable, Iterable
from os.path import splitext
from typing import Any

import msgspec

from session_sync.text.lines import counted
from session_sync.text.markdown import code, details, fence, html, language, link, plain
from session_sync.text.visible import visible
from session_sync.transcripts.session import Attachment, ToolCall

_TOLD = 100  # characters of an input that stand in its summary
_NARROW = 100  # JSON up to this size stands on one line
_COMMANDS = ("command", "cmd", "script")
_RUN = (*_COMMANDS, "input", "patch")
_FILES = ("file_path", "filePath", "absolute_path", "notebook_path")
_TELLING = (*_COMMANDS, *_FILES, "pattern", "query", "url", "description", "path", "name", "prompt", "input")
_CHANGES = (("old_string", "new_string"), ("oldString", "newString"))
_PATCH = "*** Begin Patch"
_PATCHED = re.compile(r"^\*\*\* (?:Add|Update|Delete) File: (.+)", re.MULTILINE)
_CONTEXT = 3  # lines around a change that are shown


def tool_use(call: ToolCall, links: Callable[[str], str | None], time: str = "") -> str:
    """The Markdown of `call`; `time` stands in its summary, `links` leads to the subagent's session."""
    told = _telling(call.input)
    content = _blocks(call.input, told)
    if call.output:
        content += fence(call.output)
    if call.attachments:
        content += attached(call.attachments)
    block = details(_summary(call, told, time), content)
    return block + _subagent(call.session_id, links) if call.session_id else block


def summary(call: ToolCall, time: str = "") -> str:
    """One line of HTML: the tool's name, what tells most of its input, whether it failed."""
    return _summary(call, _telling(call.input), time)


def attached(given: Iterable[Attachment]) -> str:
    """A line that names pictures and files."""
    return f"Attached: {', '.join(code(_facts(one)) for one in given)}\n\n"


def json_block(value: Any) -> str:
    """Any JSON, indented when it is long."""
    try:
        data = msgspec.json.encode(value)
        return fence(msgspec.json.format(data, indent=2 if len(data) > _NARROW else 0).decode(), "json")
    except (UnicodeEncodeError, OverflowError, TypeError):
        return fence(json.dumps(value, indent=2, default=repr), "json")  # ASCII, so that anything goes
    except RecursionError:
        return "*nested too deeply to be shown; it is in the JSON*\n\n"


def _summary(call: ToolCall, told: str, time: str) -> str:
    name, told = html(call.name, 60) or "tool", html(told, _TOLD)
    before, after = f"{time} " if time else "", " · ✗ failed" if call.status == "error" else ""
    return f"{before}{name} · <code>{told}</code>{after}" if told else f"{before}{name}{after}"


def _facts(one: Attachment) -> str:
    size = counted(one.size, "byte", ",") if one.size else ""
    return ", ".join(fact for fact in (one.name or one.kind, one.media_type, size) if fact)


def _subagent(session_id: str, links: Callable[[str], str | None]) -> str:
    path = links(session_id)
    return f"↳ {link('The session of this subagent', path) if path else f'Subagent {code(session_id)}'}\n\n"


def _telling(value: Any) -> str:
    """What tells most of an input: its command, file, pattern, query, description; "" when there is nothing."""
    if isinstance(value, dict):
        value = _most_telling(value)
    if not isinstance(value, str):
        return ""
    return ", ".join(_PATCHED.findall(value[:10_000])) if value.startswith(_PATCH) else value


def _blocks(value: Any, told: str) -> str:
    """The Markdown of an input; "" when all of it stands in the summary, which says what is `told`."""
    if isinstance(value, str):
        return fence(value, "diff" if value.startswith(_PATCH) else "") if value else ""
    if not isinstance(value, dict):
        return "" if value is None else json_block(value)
    rest = dict(value)
    shown = _command(rest)
    if rest:
        shown += _change(rest) + _file(rest) + _texts(rest)
    return shown if _is_told(rest, told) else shown + json_block(rest)


def _script(value: Any) -> str:
    """A command, which may be a list of words, as a text for the shell; "" when it is none."""
    if isinstance(value, str):
        return value
    if not isinstance(value, list) or not all(isinstance(word, str) for word in value):
        return ""
    if len(value) == 3 and value[1] in ("-c", "-lc"):
        return str(value[2])
    return str(value[1]) if len(value) == 2 and value[1].startswith(_PATCH) else shlex.join(value)


def _most_telling(value: dict[str, Any]) -> str:
    for key in _TELLING:
        one = value.get(key)
        if one:
            text = _script(one) if key in _COMMANDS else one
            if text and isinstance(text, str):
                return text
    return ""


def _command(rest: dict[str, Any]) -> str:
    """The command or patch in `rest` and what is said of it, taken out of there."""
    for key in _RUN:
        if key not in rest:
            continue
        line = _script(rest[key])
        is_patch = line.startswith(_PATCH)
        if is_patch or (line and key in _COMMANDS):
            del rest[key]
            said = rest.pop("description", "")
            purpose = f"Purpose: {plain(said)}\n\n" if said and isinstance(said, str) else ""
            return purpose + fence(line, "diff" if is_patch else "sh")
    return ""


def _change(rest: dict[str, Any]) -> str:
    """The changes in `rest`, taken out of there."""
    edits = rest.get("edits")
    if isinstance(edits, list) and edits:
        changes = [_taken_pair(dict(edit)) if isinstance(edit, dict) else "" for edit in edits]
        if all(changes):
            del rest["edits"]
            return "".join(changes)
    return _taken_pair(rest)


def _taken_pair(edit: dict[str, Any]) -> str:
    """The difference between the old and the new text of an `edit`, both taken out of it; "" when it has none."""
    for before, after in _CHANGES:
        if before in edit and isinstance(edit[before], str) and isinstance(edit.get(after), str):
            return fence(_diff(edit.pop(before), edit.pop(after)), "diff")
    return ""


def _diff(old: str, new: str) -> str:
    """The lines that `new` has instead of those of `old`, with some around them."""
    before, after = _lines(old), _lines(new)
    begin = _common(before, after)
    end = _common(before[begin:][::-1], after[begin:][::-1])
    above, below = before[:begin][-_CONTEXT:], before[len(before) - end :][:_CONTEXT]
    lines = [f" {line}" for line in above]
    lines += [f"-{line}" for line in before[begin : len(before) - end]]
    lines += [f"+{line}" for line in after[begin : len(after) - end]]
    lines += [f" {line}" for line in below]
    return "\n".join(lines)


def _common(one: list[str], other: list[str]) -> int:
    """How many lines both begin with."""
    number = 0
    for a, b in zip(one, other, strict=False):
        if a != b:
            break
        number += 1
    return number


def _lines(text: str) -> list[str]:
    return visible(text).removesuffix("\n").split("\n") if text else []


def _file(rest: dict[str, Any]) -> str:
    """The content of a file in `rest` that is written, taken out of there."""
    if not isinstance(rest.get("content"), str):
        return ""
    path = next((rest[key] for key in (*_FILES, "path") if isinstance(rest.get(key), str)), "")
    return fence(rest.pop("content"), language(splitext(path)[1][1:].lower()))


def _texts(rest: dict[str, Any]) -> str:
    """The texts of several lines in `rest`, taken out of there."""
    keys = [key for key, one in rest.items() if isinstance(one, str) and "\n" in one]
    return "".join([f"{code(key)}:\n\n{fence(rest.pop(key))}" for key in keys]) if keys else ""


def _is_told(rest: dict[str, Any], told: str) -> bool:
    """Whether nothing is left in `rest` but what the summary says."""
    if len(rest) != 1:
        return not rest
    (only,) = rest.values()
    return isinstance(only, str) and only in ("", told) and len(only) <= _TOLD and "\n" not in only
