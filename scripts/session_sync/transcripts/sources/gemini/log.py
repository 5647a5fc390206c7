"""A session file of Gemini CLI as it is written: an append-only log of messages, changes of them, and rewinds.

The file is read twice: first to learn which version of each message is the last one, then to give them in order.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import msgspec

from session_sync.home import files
from session_sync.transcripts.session import Session
from session_sync.transcripts.sources import json_lines
from session_sync.transcripts.sources.shapes import Record, decode, name, plain, text

KNOWN = frozenset({"user", "gemini", "info", "error", "warning"})
FACTS = ("sessionId", "projectHash", "startTime", "lastUpdated", "summary", "directories")
_LONGEST_KEY = 128  # characters of an id that is compared whole
_IN_MEMORY = 4 << 20  # bytes of messages that have no clean line of their own; more of them wait on the disk


At = tuple[IO[bytes], int, int, int]  # what a Place is made of


class Place:
    """Where the last version of a message is, and whether a rewind took it back."""

    __slots__ = ("is_reverted", "length", "line", "offset", "stream")

    def __init__(self, stream: IO[bytes], offset: int, length: int, line: int) -> None:
        self.move(stream, offset, length, line)
        self.is_reverted = False

    def move(self, stream: IO[bytes], offset: int, length: int, line: int) -> None:
        """A later version is there."""
        self.stream, self.offset, self.length, self.line = stream, offset, length, line


class Log:
    """The log at `path`. Iterate over it once to get its records in order, each with whether it was taken back.

    `facts` are there from the beginning on. Every line is counted in `session`. Raises OSError.
    """

    def __init__(self, path: Path, session: Session) -> None:
        self.facts: Record = {}
        self._name = plain(path.name)
        self._session = session
        self._file = files.open_regular(path, follow=False)
        self._place = json_lines.Place()
        self._is_clean = False  # the line that was read last holds one record and nothing else
        self._copies: IO[bytes] = tempfile.SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115 - closed by __exit__
        self._places: list[Place] = []
        self._known: dict[str | int, Place] = {}
        self._live: dict[str | int, Place] = {}  # the conversation as the client has it, in its order

    def __enter__(self) -> Log:
        try:
            for number, record in json_lines.read(
                self._file, self._name, self._session, self._decode, Record, self._place
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

    def __iter__(self) -> Iterator[tuple[Record, bool]]:
        for place in self._places:
            place.stream.seek(place.offset)
            try:
                yield decode(place.stream.read(place.length)), place.is_reverted
            except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
                self._session.name_problem(place.line, "gone while it was read", self._name)

    def _decode(self, line: bytes) -> Record:
        self._is_clean = False
        record = decode(line)
        self._is_clean = not self._place.is_cut
        return record

    def _take_safely(self, number: int, record: Record) -> None:
        try:
            self._take(number, record)
        except RecursionError:
            self._session.drop("nested too deep")
            self._session.name_problem(number, "nested too deep", self._name)

    def _take(self, number: int, record: Record) -> None:
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

    def _take_message(self, number: int, record: Record) -> None:
        kind = text(record.get("type"))
        if self._put(record.get("id"), number, record):
            self._session.drop("an earlier version of a message")
        else:
            self._session.keep(unknown="" if kind in KNOWN else name(kind, "record"))

    def _put(self, identity: object, number: int, record: Record) -> bool:
        """Note where `record` is; whether it takes the place of an earlier version."""
        key = _key(identity, len(self._places))
        place = self._known.get(key)
        at: At = (self._file, self._place.offset, self._place.length, number)
        if not self._is_clean:
            at = self._copied(record, number)
        if place and not place.is_reverted:
            place.move(*at)
            self._live.setdefault(key, place)
            return True
        self._add(key, at)
        return False

    def _add(self, key: str | int, at: At) -> None:
        self._known[key] = self._live[key] = place = Place(*at)
        self._places.append(place)

    def _copied(self, record: Record, number: int) -> At:
        data = msgspec.json.encode(record)
        offset = self._copies.tell()
        self._copies.write(data)
        return self._copies, offset, len(data), number

    def _note(self, told: Record) -> None:
        self.facts.update((key, told[key]) for key in FACTS if key in told)

    def _rewind(self, identity: str) -> None:
        """Take back the message `identity` and all behind it; all of them if there is none, as the client does."""
        last = _key(identity, 0)
        while self._live:
            key, place = self._live.popitem()
            place.is_reverted = True
            if key == last:
                break

    def _change(self, number: int, change: Record) -> None:
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
            key = _key(record.get("id"), len(self._places))
            if place := self._known.get(key):
                place.is_reverted = False
                self._live[key] = place
            else:
                self._add(key, self._copied(record, number))


def _key(identity: object, otherwise: int) -> str | int:
    """What tells a message from others: its id, or a number if it has none."""
    key = text(identity)
    return (key if len(key) <= _LONGEST_KEY else hash(key)) or otherwise
