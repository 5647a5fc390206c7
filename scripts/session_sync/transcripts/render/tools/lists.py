"""Shows the lists that agents keep and the questions that they ask: as lists."""

from __future__ import annotations

from typing import Any, NamedTuple

from session_sync.text.markdown import plain
from session_sync.transcripts.render.texts import written

_MOST = 200  # items that are shown
_ITEMS = ("todos", "plan", "items")
_QUESTIONS = "questions"
LISTS = (*_ITEMS, _QUESTIONS)  # what inputs call the lists that are shown
_NAMES = ("content", "step", "description", "subject", "text", "title")
_DONE = ("completed", "complete", "done")
_NOW = ("in_progress", "inprogress", "active")


class Todos(NamedTuple):
    """A to-do list as Markdown, and how much of it is done, in words."""

    markdown: str
    state: str


def taken_todos(rest: dict[str, Any]) -> Todos | None:
    """The to-do list in an input, taken out of it with what is said of it; None when it has none."""
    for key in _ITEMS:
        items = rest.get(key)
        if isinstance(items, list) and items and all(isinstance(item, dict) and _name(item) for item in items):
            del rest[key]
            said = rest.pop("explanation", "")
            return _todos(items, written(said) if isinstance(said, str) and said.strip() else "")
    return None


def taken_questions(rest: dict[str, Any]) -> str:
    """The questions in an input with what may be answered, taken out of it; "" when it has none."""
    given = rest.get(_QUESTIONS)
    if not isinstance(given, list) or not given or len(given) > _MOST:
        return ""
    if not all(isinstance(one, dict) and isinstance(one.get("question"), str) for one in given):
        return ""
    del rest[_QUESTIONS]
    return "".join(map(_question, given))


def _todos(items: list[dict[str, Any]], said: str) -> Todos:
    lines = [_todo(item) for item in items[:_MOST]]
    if len(items) > _MOST:
        lines.append(f"- *… {len(items) - _MOST:,} more …*\n")
    done = sum(_status(item) in _DONE for item in items)
    return Todos(f"{said}{''.join(lines)}\n", f"{done:,} of {len(items):,} done")


def _todo(item: dict[str, Any]) -> str:
    status, name = _status(item), plain(_name(item))
    return f"- [{'x' if status in _DONE else ' '}] {f'**{name}**' if status in _NOW else name}\n"


def _status(item: dict[str, Any]) -> str:
    return str(item.get("status", "")).lower().replace("-", "_")


def _name(item: dict[str, Any]) -> str:
    return next((item[key] for key in _NAMES if isinstance(item.get(key), str) and item[key].strip()), "")


def _question(one: dict[str, Any]) -> str:
    options = one.get("options")
    lines = [_option(option) for option in options[:_MOST]] if isinstance(options, list) else []
    return f"**{plain(one['question'], 1000) or '?'}**\n\n" + ("".join(lines) + "\n" if any(lines) else "")


def _option(option: Any) -> str:
    """What may be chosen, and what that means."""
    given = option if isinstance(option, dict) else {"label": option}
    label, said = given.get("label"), given.get("description")
    if not isinstance(label, str) or not label.strip():
        return ""
    return f"- **{plain(label)}**{f': {plain(said, 1000)}' if isinstance(said, str) and said else ''}\n"
