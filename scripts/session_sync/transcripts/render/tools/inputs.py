"""Shows what a tool was given: commands, changes, files and lists as what they are, everything else as JSON."""

from __future__ import annotations

from os.path import splitext
from typing import Any, NamedTuple

from session_sync.text.lines import counted
from session_sync.text.markdown import code, fence, language, plain
from session_sync.transcripts.render.json_block import json_block
from session_sync.transcripts.render.texts import line_count
from session_sync.transcripts.render.tools.actions import FILES
from session_sync.transcripts.render.tools.changes import CHANGES, Change, of_patch, taken_change
from session_sync.transcripts.render.tools.commands import COMMANDS, patch_in, script
from session_sync.transcripts.render.tools.lists import LISTS, taken_questions, taken_todos

_RUN = (*COMMANDS, "input", "patch", "patchText")
_PATHS = (*FILES, "path")
_ALL_FILES = frozenset(FILES)
_SHOWN = frozenset((*LISTS, *CHANGES, "content"))


class Input(NamedTuple):
    """An input as Markdown, and what its line should say besides: how much was changed or written."""

    markdown: str = ""
    note: str = ""


_NOTHING = Input()


def shown_input(value: Any, told: tuple[str, ...]) -> Input:
    """An input as it is shown, without what stands under the keys that its line has `told` whole."""
    if isinstance(value, str):
        return _patched(value) or Input(fence(value) if value and "input" not in told else "")
    if not isinstance(value, dict):
        return _NOTHING if value is None else Input(json_block(value))
    rest = dict(value)
    for key in told:
        if key not in COMMANDS:
            del rest[key]
    if not rest:
        return _NOTHING
    before = "" if _ALL_FILES.isdisjoint(rest) else _paths(rest)
    shown = _command(rest) or _content(rest, value)
    return Input(before + shown.markdown + _others(rest), shown.note) if before or rest else shown


def _paths(rest: dict[str, Any]) -> str:
    """The paths of files in `rest` as they are, taken out of there."""
    return "".join([f"File: {code(rest.pop(key), 1000)}\n\n" for key in FILES if isinstance(rest.get(key), str)])


def _patched(text: str) -> Input | None:
    """The patch that `text` is or applies."""
    patch = patch_in(text)
    return _changed(of_patch(patch)) if patch else None


def _changed(change: Change) -> Input:
    return Input(change.markdown, change.counts)


def _command(rest: dict[str, Any]) -> Input | None:
    """The command or patch in `rest` and what is said of it, taken out of there; None when there is none."""
    for key in _RUN:
        if key not in rest:
            continue
        line = script(rest[key])
        patched = _patched(line)
        if patched or (line and key in COMMANDS):
            del rest[key]
            said = rest.pop("description", "")
            purpose = f"Purpose: {plain(said)}\n\n" if said and isinstance(said, str) else ""
            return Input(purpose + patched.markdown, patched.note) if patched else Input(purpose + fence(line, "sh"))
    return None


def _content(rest: dict[str, Any], value: dict[str, Any]) -> Input:
    """The changes, the list, the questions or the content of a file in `rest`, taken out of there."""
    if _SHOWN.isdisjoint(rest):
        return _NOTHING
    if todos := taken_todos(rest):
        return Input(todos.markdown, todos.state)
    if questions := taken_questions(rest):
        return Input(questions)
    change = taken_change(rest)
    return _changed(change) if change.markdown else _file(rest, value)


def _file(rest: dict[str, Any], value: dict[str, Any]) -> Input:
    """The content of the file that `value` names, taken out of `rest`."""
    text, path = rest.get("content"), next((value[key] for key in _PATHS if isinstance(value.get(key), str)), "")
    if not isinstance(text, str) or not path:
        return _NOTHING
    del rest["content"]
    block = fence(text, language(splitext(path)[1][1:].lower()))
    return Input(block, counted(line_count(text), "line", ","))


def _others(rest: dict[str, Any]) -> str:
    """What else is in `rest`: texts of several lines as such, and then the JSON."""
    texts = [key for key, one in rest.items() if isinstance(one, str) and "\n" in one]
    shown = "".join([f"{code(key)}:\n\n{fence(rest.pop(key))}" for key in texts])
    return shown + json_block(rest) if rest else shown
