"""Where texts stand in a session, and how each is replaced in its place.

What a tool was given is looked at as JSON, where names tell what values are, and string by string, as it is shown.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from typing import Any

import msgspec

from session_sync.transcripts.session import Message, Session

_ONE_LINE = 500  # characters: what is longer is never shown on one line
# Codes of terminals (ECMA-48, 5.4 and 5.6), which may stand in the middle of a value.
_CODES = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\))")
Clean = Callable[[str], str]


TextPlace = tuple[Callable[[Clean, Any, Any], None], Any, Any]  # `redact(clean, owner, key)` redacts a text there


class TextBatch:
    """Texts of a session that are scanned at once, with their places."""

    def __init__(self) -> None:
        self.places: list[TextPlace] = []
        self.texts: list[str] = []
        self.size = 0

    def add(self, owner: Any, *names: str) -> None:
        """Take the attributes `names` of `owner`, which are texts; short ones had better come together."""
        text = getattr(owner, names[0]) if len(names) == 1 else "\n".join([getattr(owner, name) for name in names])
        if text:
            self.add_text(text, _redact_attributes, owner, names)

    def add_value(self, owner: Any, name: str) -> None:
        """Take the attribute `name` of `owner`, which may be any JSON."""
        value = getattr(owner, name)
        if isinstance(value, str):
            self.add(owner, name)
        elif value is not None:
            self._add_items(value)
            self.add_text(msgspec.json.encode(value).decode(), _redact_json, owner, name)

    def add_text(self, text: str, redact: Callable[[Clean, Any, Any], None], owner: Any, key: Any = None) -> None:
        """Take `text`, which stands at `key` of `owner`."""
        self.places.append((redact, owner, key))
        self.texts.append(text)
        self.size += len(text)

    def _add_items(self, value: Any) -> None:
        """Take the strings in a list or an object, each by itself; words of a command together as well."""
        if not isinstance(value, (dict, list)):
            return
        for key, item in value.items() if isinstance(value, dict) else enumerate(value):
            if not isinstance(item, str):
                self._add_items(item)
                continue
            self.add_text(item, _redact_item, value, key)
            if "\n" in item and len(item) <= _ONE_LINE:
                self.add_text(" ".join(item.split()), _redact_line, value, key)
        if isinstance(value, list) and len(value) > 1 and all([isinstance(item, str) for item in value]):  # noqa: C419
            self.add_text(" ".join(value), _redact_words, value)


def add_message(batch: TextBatch, message: Message) -> None:
    """Take the texts of a message; codes of terminals are taken out first."""
    _uncode(message)
    batch.add(message, "model", "id", "parent_id", "sender")
    batch.add(message, "text")
    batch.add(message, "thinking")
    batch.add_value(message, "record")
    attachments = message.attachments
    for call in message.tool_calls:
        batch.add(call, "id", "name", "session_id")
        batch.add_value(call, "input")
        batch.add_value(call, "result")
        batch.add(call, "output")
        attachments = [*attachments, *call.attachments]
    for attachment in attachments:
        batch.add_text(_with_stems(attachment.name), _redact_path, attachment, "name")
        batch.add(attachment, "media_type", "url")
        batch.size += len(attachment.content)  # which is held as long as the texts are


def add_facts(batch: TextBatch, session: Session) -> None:
    """Take the texts of a session's facts."""
    for name in ("title", "cwd", "project", "client", "source_session_id"):
        batch.add(session, name)
    for names in (session.models, session.cwds):
        for number, name in enumerate(names):
            batch.add_text(name, _redact_item, names, number)
    if session.git:
        batch.add_text(_with_stems(session.git.remote), _redact_path, session.git, "remote")
        batch.add(session.git, "branch", "commit")
    for link in (session.parent, session.fork):
        if link:
            batch.add(link, "session_id", "at")
    for raw in session.raw:
        batch.add_text(_with_stems(raw.path), _redact_path, raw, "path")
    for problem in session.problems:
        batch.add(problem, "reason")
        batch.add_text(_with_stems(problem.file), _redact_path, problem, "file")
    for name in ("dropped", "unknown"):
        batch.add_text("\n".join(getattr(session.lines, name)), _redact_keys, session.lines, name)


def _uncode(message: Message) -> None:
    """Take the codes of terminals out of the texts of a message."""
    if "\x1b" in message.text:
        message.text = _CODES.sub("", message.text)
    if "\x1b" in message.thinking:
        message.thinking = _CODES.sub("", message.thinking)
    for call in message.tool_calls:
        if "\x1b" in call.output:
            call.output = _CODES.sub("", call.output)


def _with_stems(path: str) -> str:
    """`path`, and its parts without their suffixes, with which an address may be none."""
    return "\n".join([path, *(os.path.splitext(part)[0] for part in path.split("/"))])


def _redact_attributes(clean: Clean, owner: Any, names: tuple[str, ...]) -> None:
    for name in names:
        setattr(owner, name, clean(getattr(owner, name)))


def _redact_json(clean: Clean, owner: Any, name: str) -> None:
    text = clean(msgspec.json.encode(getattr(owner, name)).decode())
    try:
        setattr(owner, name, msgspec.json.decode(text))
    except msgspec.DecodeError:
        setattr(owner, name, text)


def _redact_item(clean: Clean, owner: Any, key: Any) -> None:
    owner[key] = clean(owner[key])


def _redact_line(clean: Clean, owner: Any, key: Any) -> None:
    line = " ".join(owner[key].split())
    redacted = clean(line)
    if redacted != line:
        owner[key] = redacted


def _redact_words(clean: Clean, words: list[str], _: Any) -> None:
    """Redact the words of a command; all become one when a value had several."""
    redacted = clean(" ".join(words))
    parts = redacted.split(" ")
    given = [len(word.split(" ")) for word in words]
    if redacted == " ".join(words):
        return
    if len(parts) != sum(given):
        words[:] = [redacted]
        return
    for number, count in enumerate(given):
        words[number] = " ".join(parts[:count])
        del parts[:count]


def _redact_path(clean: Clean, owner: Any, name: str) -> None:
    parts = [os.path.splitext(part) for part in getattr(owner, name).split("/")]
    setattr(owner, name, clean("/".join(clean(stem) + suffix for stem, suffix in parts)))


def _redact_keys(clean: Clean, owner: Any, name: str) -> None:
    counts: dict[str, int] = {}
    for key, count in getattr(owner, name).items():
        counts[clean(key)] = counts.get(clean(key), 0) + count
    setattr(owner, name, counts)
