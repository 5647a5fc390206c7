"""Says in one line what a tool did.

A tool that nobody knows is told by its name and what tells most of its input.
"""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from session_sync.text.markdown import html
from session_sync.transcripts.render.tools.actions import ACTIONS, EDITED, FILES, RUN, form
from session_sync.transcripts.render.tools.commands import COMMANDS, patch_in, script
from session_sync.transcripts.session import ToolCall

_TOLD = 100  # characters of an input that stand in its line
_PATHS = frozenset((*FILES, "path", "dir_path", "target_file", "directory"))
_TELLING = (*COMMANDS, *FILES, "pattern", "query", "url", "description", "path", "name", "prompt", "input")
_PATCHED = re.compile(r"^\*\*\* (?:Add|Update|Delete) File: (.+)", re.MULTILINE)
_MCP = re.compile(r"mcp__(.+?)__(.+)", re.DOTALL)
_NONE: dict[str, Any] = {}
_Value = tuple[str, tuple[str, ...]]  # a text, and the keys of the values that it shows whole
_NOTHING: _Value = "", ()


class Told(NamedTuple):
    """What the line of a call says, as HTML, and the keys of its input whose values stand in it whole."""

    line: str
    keys: tuple[str, ...] = ()


def told(call: ToolCall, cwd: str) -> Told:
    """What `call` did; files below `cwd` are told by where they are there."""
    action, given = ACTIONS.get(form(call.name)), _object(call.input)
    if action and not action.keys:
        return Told(action.verb)
    first, keys = _first(given, action.keys, cwd) if action else _NOTHING
    if not action or not first:
        return _unknown(call, cwd)
    verb = EDITED.verb if action is RUN and not keys and _is_patch(given) else action.verb
    line = f"{verb} <code>{html(first, _TOLD)}</code>"
    second, more_keys = _first(given, action.more, cwd) if action.more else _NOTHING
    if not second or second == ".":
        return Told(line, keys)
    return Told(f"{line} {action.joint} <code>{html(second, _TOLD)}</code>", keys + more_keys)


def _object(value: Any) -> dict[str, Any]:
    if isinstance(value, dict):
        return value
    return {"input": value} if isinstance(value, str) else _NONE


def _unknown(call: ToolCall, cwd: str) -> Told:
    name, (value, keys) = html(call.name, 60) or "tool", _first(_object(call.input), _TELLING, cwd)
    if found := _MCP.fullmatch(call.name):
        name = f"Used <code>{html(' · '.join(found.groups()), 100)}</code>"
    if not value:
        return Told(name)
    return Told(f"{name} · <code>{html(value, _TOLD)}</code>", keys)


def _first(given: dict[str, Any], keys: tuple[str, ...], cwd: str) -> _Value:
    """The first value under one of the `keys` that can be told, "" if none can, and where it stands if that is all."""
    for key in keys:
        if (value := given.get(key)) and (text := _text(key, value)):
            shown = _short(key, text, cwd)
            is_whole = shown is value and len(text) <= _TOLD and "\n" not in text
            return shown, (key,) if is_whole else ()
    return _NOTHING


def _is_patch(given: dict[str, Any]) -> bool:
    """Whether a command applies a patch."""
    return any(patch_in(script(given[key])) for key in COMMANDS if key in given)


def _text(key: str, value: Any) -> str:
    """A value as a text; "" when it cannot be told in a line."""
    if isinstance(value, str):
        return _patched(value) or value
    if key in COMMANDS:
        line = script(value)
        return _patched(line) or line
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if isinstance(value, dict):
        return _told_inside(key, value)
    if isinstance(value, list):
        return ", ".join(filter(None, (_item(one) for one in value[:20])))
    return ""


def _told_inside(key: str, value: dict[str, Any]) -> str:
    """What an object tells: the files of a change, what an action of a search looked for."""
    if key == "changes":
        return ", ".join(list(value)[:20])
    return next((one for name in ("query", "url", "pattern") if isinstance(one := value.get(name), str)), "")


def _item(value: Any) -> str:
    """One of several values: itself, or the question that it asks."""
    one = value.get("question") if isinstance(value, dict) else value
    return one if isinstance(one, str) else ""


def _patched(text: str) -> str:
    """The files that a patch in `text` is for."""
    patch = patch_in(text)
    return ", ".join(_PATCHED.findall(patch[:10_000])) if patch else ""


def _short(key: str, text: str, cwd: str) -> str:
    """`text` without `cwd`, where it is a path below it, or a command that first goes there."""
    if len(cwd) < 2 or not text.startswith(cwd, 3 if key in COMMANDS else 0):
        return text
    if key in COMMANDS:
        begin = f"cd {cwd} && "
        return text.removeprefix(begin) or text
    if key not in _PATHS:
        return text
    rest = text[len(cwd) :]
    return (rest[1:] or ".") if rest[:1] in ("/", "\\", "") else text
