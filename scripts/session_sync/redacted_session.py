"""Takes what a policy blocks out of a session: everything that is written of it goes through here.

Texts are scanned many at a time, and only those in which something is found are redacted one by one. What a tool was
given is looked at as JSON, where names tell what values are, and string by string, as it is shown.
"""

from __future__ import annotations

import os
import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from session_sync import policy as policies
from session_sync import redact
from session_sync.errors import UserError
from session_sync.session import Message, Session

if TYPE_CHECKING:
    from session_sync.policy import Policy
    from session_sync.scanner import Scanner

BATCH = 1 << 18  # characters that are scanned at once
_BETWEEN = "\n\x01\n"  # no value reaches over a character that no rule has
_WITHHELD = "[REDACTED]"
_ONE_LINE = 500  # characters: what is longer is never shown on one line
# Codes of terminals (ECMA-48, 5.4 and 5.6), which may stand in the middle of a value.
_CODES = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\))")
Clean = Callable[[str], str]


class _Place(NamedTuple):
    """Where a text stands: `redact(clean, owner, key)` has it redacted there."""

    redact: Callable[[Clean, Any, Any], None]
    owner: Any
    key: Any


class _Batch:
    """Texts that are scanned at once, with their places."""

    def __init__(self) -> None:
        self.places: list[_Place] = []
        self.texts: list[str] = []
        self.size = 0

    def add(self, owner: Any, *names: str) -> None:
        """Take the attributes `names` of `owner`, which are texts; short ones had better come together."""
        text = "\n".join([getattr(owner, name) for name in names])
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
        self.places.append(_Place(redact, owner, key))
        self.texts.append(text)
        self.size += len(text)

    def _add_items(self, value: Any) -> None:
        """Take the strings in a list or an object, each by itself; words of a command together as well."""
        if not isinstance(value, dict | list):
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


class Redactor:
    """Redacts by `policy` with what `scanner` finds."""

    def __init__(self, scanner: Scanner, policy: Policy) -> None:
        self._scanner = scanner
        self._policy = policy
        self._is_off = policy.level == policies.LEVELS[0]

    def messages(self, messages: Iterable[Message]) -> Iterator[Message]:
        """`messages`, redacted in place."""
        waiting: list[Message] = []
        batch = _Batch()
        for message in messages:
            waiting.append(message)
            _add_message(batch, message)
            if batch.size >= BATCH:
                self._redact(batch)
                yield from waiting
                waiting, batch = [], _Batch()
        self._redact(batch)
        yield from waiting

    def facts(self, session: Session) -> None:
        """Redact what is known of `session`, its messages aside, in place."""
        batch = _Batch()
        _add_facts(batch, session)
        self._redact(batch)

    def text(self, text: str) -> str:
        """`text` redacted."""
        if self._is_off:
            return text
        try:
            return redact.redact(text, self._scanner, self._policy)
        except (UserError, TimeoutError):
            return _WITHHELD  # fails closed

    def _redact(self, batch: _Batch) -> None:
        for number in self._touched(batch.texts):
            place = batch.places[number]
            place.redact(self.text, place.owner, place.key)

    def _touched(self, texts: list[str]) -> list[int]:
        """The numbers of the texts in which something may be found that has to go."""
        if self._is_off or not texts:
            return []
        starts, at = [], 0
        for text in texts:
            starts.append(at)
            at += len(text) + len(_BETWEEN)
        try:
            found = [one for one in self._scanner.scan(_BETWEEN.join(texts)) if self._policy.blocks(one)]
        except TimeoutError:
            return list(range(len(texts)))
        touched: set[int] = set()
        for one in found:
            touched.update(range(bisect_right(starts, one.start) - 1, bisect_right(starts, one.end - 1)))
        return sorted(touched)


def _add_message(batch: _Batch, message: Message) -> None:
    """Take the texts of a message; codes of terminals are taken out first."""
    batch.add(message, "model", "id", "parent_id")
    _uncode(message, "text", "thinking")
    batch.add(message, "text")
    batch.add(message, "thinking")
    batch.add_value(message, "record")
    attachments = message.attachments
    for call in message.tool_calls:
        batch.add(call, "id", "name", "session_id")
        batch.add_value(call, "input")
        _uncode(call, "output")
        batch.add(call, "output")
        attachments = [*attachments, *call.attachments]
    for attachment in attachments:
        batch.add_text(_with_stems(attachment.name), _redact_path, attachment, "name")
        batch.add(attachment, "media_type")


def _add_facts(batch: _Batch, session: Session) -> None:
    """Take the texts of a session's facts."""
    for name in ("title", "cwd", "project", "client", "source_session_id"):
        batch.add(session, name)
    for model in session.models:
        batch.add_text(model, _redact_item, session.models, session.models.index(model))
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


def _uncode(owner: Any, *names: str) -> None:
    for name in names:
        text = getattr(owner, name)
        if "\x1b" in text:
            setattr(owner, name, _CODES.sub("", text))


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
