"""What an archive has of a session from before, and what of that its source no longer has.

Messages wait on the disk: of each there are a few numbers in memory, however long the session is.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

import msgspec

from session_sync.transcripts.archive import coverage, hidden_json
from session_sync.transcripts.archive.body import Body, Parts
from session_sync.transcripts.archive.hidden_json import Damaged, SessionHead
from session_sync.transcripts.session import Message

_MOST_ALIKE = 16  # messages of one id that are looked at
_SECOND = 19  # characters of a time up to its seconds
_Key = TypeVar("_Key", str, int, tuple[int, str])
_Numbers = dict[_Key, list[int]]  # of the messages that have the key
_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(Message).decode


def head_of(data: Path) -> SessionHead | None:
    """The facts in the JSON at `data`; None when it is not there, or cannot be read."""
    with suppress(OSError, Damaged):
        return hidden_json.read_head(data)
    return None


class Earlier:
    """Messages that were archived. Tell it which ones are read again, then it gives those that are not."""

    def __init__(self, messages: Iterable[Message]) -> None:
        self._parts = Parts()
        self._times: list[str] = []
        self._was_gone = bytearray()
        self._is_seen = bytearray()
        self._by_id: _Numbers[str] = {}
        self._by_time: _Numbers[tuple[int, str]] = {}
        self._by_content: _Numbers[int] = {}
        self._digests = array("Q")
        for message in messages:
            self._add(message)

    def __enter__(self) -> Earlier:
        return self

    def __exit__(self, *_: object) -> None:
        self._parts.close()

    def compare(self, body: Body) -> None:
        """Take note of the messages that `body` has again: of the same id or time first, then those without a time."""
        others = []
        for message in body.messages():
            content = coverage.digest(message)
            if not self._is_known(message, content):
                others.append((content, message.time))
        for content, time in others:
            if time:  # what was said once more, at another time, is another message
                self._see(self._by_time, (content, ""))
            else:
                self._see(self._by_content, content)

    @property
    def gone(self) -> int:
        """How many messages were not seen."""
        return self._is_seen.count(0)

    @property
    def newly_gone(self) -> int:
        """How many of those were not marked as gone before."""
        return sum(not seen and not gone for seen, gone in zip(self._is_seen, self._was_gone, strict=True))

    def woven(self, body: Body) -> Iterator[Message]:
        """The messages of `body`, and between them, by their times, those that were not seen, marked as gone."""
        left = sorted((self._times[number], number) for number, seen in enumerate(self._is_seen) if not seen)
        at = 0
        for message in body.messages():
            while at < len(left) and left[at][0] < message.time:
                yield self._marked(left[at][1])
                at += 1
            yield message
        for _, number in left[at:]:
            yield self._marked(number)

    def _add(self, message: Message) -> None:
        number = len(self._times)
        content = coverage.digest(message)
        self._parts.add(_encode(message))
        self._times.append(message.time or (self._times[-1] if self._times else ""))
        self._was_gone.append(message.is_gone)
        self._is_seen.append(coverage.says_nothing(message))
        self._digests.append(content)
        for identity in [message.id] if message.id else _calls(message):
            self._by_id.setdefault(identity, []).append(number)
        self._by_time.setdefault((content, message.time[:_SECOND]), []).append(number)
        self._by_content.setdefault(content, []).append(number)

    def _is_known(self, message: Message, content: int) -> bool:
        """Whether `message` was archived as one of its id or with its content at its time; these are seen then."""
        is_known = False
        for identity in (message.id, *_calls(message)):
            for number in self._by_id.get(identity, ())[-_MOST_ALIKE:]:
                if self._digests[number] == content or coverage.covers(message, self._message(number)):
                    self._is_seen[number] = is_known = True
        return is_known or self._see(self._by_time, (content, message.time[:_SECOND]))

    def _see(self, numbers: _Numbers[_Key], key: _Key) -> bool:
        """See a message with this key that is not seen yet; whether there is one."""
        left = numbers.get(key, [])
        while left:
            number = left.pop()
            if not self._is_seen[number]:
                self._is_seen[number] = True
                return True
        return False

    def _marked(self, number: int) -> Message:
        message = self._message(number)
        message.is_gone = True
        return message

    def _message(self, number: int) -> Message:
        return _decode(b"".join(self._parts.run(range(number, number + 1))))


def _calls(message: Message) -> list[str]:
    """The ids of the calls in a message: an output that came without its call has no other."""
    return [call.id for call in message.tool_calls]
