"""Takes what a policy blocks out of a session: everything that is written of it goes through here.

Texts are scanned many at a time, and only those in which something is found are redacted one by one.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
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


class _Place(NamedTuple):
    """Where a text stands: attributes of a part of a session; it may be their JSON, or several joined."""

    owner: Any
    names: tuple[str, ...]
    is_json: bool = False


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
            self._add(_Place(owner, names), text)

    def add_json(self, owner: Any, name: str) -> None:
        """Take the attribute `name` of `owner`, which may be any JSON."""
        value = getattr(owner, name)
        if value is not None:
            self._add(_Place(owner, (name,), is_json=True), msgspec.json.encode(value).decode())

    def _add(self, place: _Place, text: str) -> None:
        self.places.append(place)
        self.texts.append(text)
        self.size += len(text)


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
        session.models = [self.text(model) for model in session.models]

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
            if place.is_json:
                setattr(place.owner, place.names[0], _decoded(self.text(batch.texts[number])))
            else:
                for name in place.names:
                    setattr(place.owner, name, self.text(getattr(place.owner, name)))

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
    """Take the texts of a message."""
    batch.add(message, "model", "id", "parent_id")
    batch.add(message, "text")
    batch.add(message, "thinking")
    batch.add_json(message, "record")
    attachments = message.attachments
    for call in message.tool_calls:
        batch.add(call, "id", "name", "session_id")
        batch.add_json(call, "input")
        batch.add(call, "output")
        attachments = [*attachments, *call.attachments]
    for attachment in attachments:
        batch.add(attachment, "name", "media_type")


def _add_facts(batch: _Batch, session: Session) -> None:
    """Take the texts of a session's facts."""
    for name in ("title", "cwd", "project", "client", "source_session_id"):
        batch.add(session, name)
    if session.git:
        batch.add(session.git, "remote")
        batch.add(session.git, "branch", "commit")
    for link in (session.parent, session.fork):
        if link:
            batch.add(link, "session_id", "at")
    for raw in session.raw:
        batch.add(raw, "path")
    for problem in session.problems:
        batch.add(problem, "reason", "file")
    batch.add_json(session.lines, "dropped")
    batch.add_json(session.lines, "unknown")


def _decoded(text: str) -> Any:
    """The JSON in `text`; the text itself if the redaction left no JSON."""
    try:
        return msgspec.json.decode(text)
    except msgspec.DecodeError:
        return text
