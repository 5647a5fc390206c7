"""A session file of Gemini CLI as it is written: an append-only log of messages, changes of them, and rewinds.

The file is read twice: first to learn which version of each message is the last one, then to give them in order.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, NamedTuple

import msgspec

from session_sync.transcripts.session import Session
from session_sync.transcripts.sources import json_lines, links
from session_sync.transcripts.sources.shapes import JsonObject, counted_name, decode_object, path_text, text

MESSAGE_TYPES = frozenset({"user", "gemini", "info", "error", "warning", "compression"})
FACTS = ("sessionId", "projectHash", "startTime", "lastUpdated", "summary", "directories")
_LONGEST_KEY = 128  # characters of an id that is compared whole
_IN_MEMORY = 4 << 20  # bytes of messages that have no clean line of their own; more of them wait on the disk


class _At(NamedTuple):
    """Where a version of a message is, in bytes of `stream`, and the line of the log that it came from."""

    stream: IO[bytes]
    offset: int
    length: int
    line: int


@dataclass(slots=True)
class _Logged:
    """A message: where its last version is, and whether a rewind took it back."""

    at: _At
    is_reverted: bool = False


class ChatLog:
    """The log at `path`. Iterate over it once to get its records in order, each with whether it was taken back.

    `facts` are there from the beginning on. Every line is counted in `session`. Raises OSError.
    """

    def __init__(self, path: Path, session: Session) -> None:
        self.facts: JsonObject = {}
        self._name = path_text(path.name)
        self._session = session
        self._file = links.opened(path)
        self._position = json_lines.Position()
        self._is_clean = False  # the line that was read last holds one record and nothing else
        self._copies: IO[bytes] = tempfile.SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115 - closed by __exit__
        self._messages: list[_Logged] = []
        self._known: dict[str | int, _Logged] = {}
        self._live: dict[str | int, _Logged] = {}  # the conversation as the client has it, in its order

    def __enter__(self) -> ChatLog:
        try:
            for number, record in json_lines.read(
                self._file, self._name, self._session, self._decode, JsonObject, self._position
            ):
                self._take_safely(number, record)
        except OSError:
            self.__exit__()
            raise
        self._live, self._known = {}, {}
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()
        self._copies.close()

    def __iter__(self) -> Iterator[tuple[JsonObject, bool]]:
        for message in self._messages:
            at = message.at
            at.stream.seek(at.offset)
            try:
                yield decode_object(at.stream.read(at.length)), message.is_reverted
            except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
                self._session.name_problem(at.line, "gone while it was read", self._name)

    def _decode(self, line: bytes) -> JsonObject:
        self._is_clean = False
        record = decode_object(line)
        self._is_clean = not self._position.is_cut
        return record

    def _take_safely(self, number: int, record: JsonObject) -> None:
        try:
            self._take(number, record)
        except RecursionError:
            self._session.drop("nested too deep")
            self._session.name_problem(number, "nested too deep", self._name)

    def _take(self, number: int, record: JsonObject) -> None:
        """Take the next record, as the client does when it resumes a session."""
        if isinstance(record.get("$rewindTo"), str):
            self._rewind(record["$rewindTo"])
            self._session.keep()
        elif "id" in record or "type" in record:
            self._take_message(number, record)
        elif isinstance(record.get("$set"), dict):
            self._change(number, record["$set"])
            self._session.keep()
        elif isinstance(record.get("sessionId"), str):
            self._note(record)
            self._session.keep()
        else:
            self._session.keep(unknown="record")
            self._put(None, number, record)

    def _take_message(self, number: int, record: JsonObject) -> None:
        kind = text(record.get("type"))
        if self._put(record.get("id"), number, record):
            self._session.drop("an earlier version of a message")
        else:
            self._session.keep(unknown="" if kind in MESSAGE_TYPES else counted_name(kind, "record"))

    def _put(self, identity: object, number: int, record: JsonObject) -> bool:
        """Note where `record` is; whether it takes the place of an earlier version."""
        key = _key(identity, len(self._messages))
        message = self._known.get(key)
        if self._is_clean:
            at = _At(self._file, self._position.offset, self._position.length, number)
        else:
            at = self._copied(record, number)
        if message and not message.is_reverted:
            message.at = at
            self._live.setdefault(key, message)
            return True
        self._add(key, at)
        return False

    def _add(self, key: str | int, at: _At) -> None:
        self._known[key] = self._live[key] = message = _Logged(at)
        self._messages.append(message)

    def _copied(self, record: JsonObject, number: int) -> _At:
        data = msgspec.json.encode(record)
        offset = self._copies.tell()
        self._copies.write(data)
        return _At(self._copies, offset, len(data), number)

    def _note(self, told: JsonObject) -> None:
        self.facts.update((key, told[key]) for key in FACTS if key in told)

    def _rewind(self, identity: str) -> None:
        """Take back the message `identity` and all behind it; all of them if there is none, as the client does."""
        last = _key(identity, 0)
        while self._live:
            key, message = self._live.popitem()
            message.is_reverted = True
            if key == last:
                break

    def _change(self, number: int, change: JsonObject) -> None:
        """Take a change of the facts. New `messages` are the client's history from now on.

        Of those that we know, our record is the better one: the client writes a history without times, tokens and
        outputs when it resumes a session. What is not among them was compressed; it was said and stays in its place.
        """
        messages = change.pop("messages", None)
        self._note(change)
        if not isinstance(messages, list):
            return
        self._live = {}
        for record in messages:
            if not isinstance(record, dict):
                self._session.name_problem(number, "a message of an unexpected shape", self._name)
                continue
            key = _key(record.get("id"), len(self._messages))
            if message := self._known.get(key):
                message.is_reverted = False
                self._live[key] = message
            else:
                self._add(key, self._copied(record, number))


def _key(identity: object, otherwise: int) -> str | int:
    """What tells a message from others: its id, or a number if it has none."""
    key = text(identity)
    return (key if len(key) <= _LONGEST_KEY else hash(key)) or otherwise
