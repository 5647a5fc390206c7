"""What the messages of a session become while it is read: JSON and Markdown, each branch of it as a whole."""

from __future__ import annotations

import tempfile
from array import array
from bisect import bisect_left
from collections.abc import Iterator, Mapping

import msgspec

from session_sync.transcripts.render.page import Page
from session_sync.transcripts.session import Message

_IN_MEMORY = 8 << 20  # bytes of a text; more of it waits on the disk
_BLOCK = 1 << 20
_encode = msgspec.json.Encoder().encode


class Body:
    """Both texts of a session, taken message by message and given in the order in which branches are read."""

    def __init__(self, page: Page) -> None:
        self.count = 0
        self.prompts = 0
        self.first_prompt = ""
        self.is_shown = False  # whether anything is in the reading view
        self._page = page
        self._json = _Parts()
        self._markdown = _Parts()
        self._numbers: dict[str, int] = {}
        self._parents: dict[int, int] = {}

    def __enter__(self) -> Body:
        return self

    def __exit__(self, *_: object) -> None:
        self._json.close()
        self._markdown.close()

    def add(self, message: Message) -> None:
        """Take the next message, which is redacted."""
        if message.parent_id in self._numbers:
            self._parents[self.count] = self._numbers[message.parent_id]
        if message.id:
            self._numbers[message.id] = self.count
        markdown = self._page.message(message)
        self._json.add(b",\n" + _encode(message))
        self._markdown.add(markdown.encode("utf-8", "replace"))
        self.count += 1
        self.is_shown = self.is_shown or bool(markdown)
        if message.is_prompt:
            self.prompts += 1
            self.first_prompt = self.first_prompt or message.text

    def json(self) -> Iterator[bytes]:
        """The messages as JSON, one a line, a comma after each but the last."""
        blocks = self._blocks(self._json)
        if first := next(blocks, b""):
            yield first.removeprefix(b",\n")
            yield from blocks
            yield b"\n"

    def markdown(self) -> Iterator[bytes]:
        """The messages as Markdown."""
        return self._blocks(self._markdown)

    def _blocks(self, parts: _Parts) -> Iterator[bytes]:
        for run in in_reading_order(self.count, self._parents):
            yield from parts.run(run)


class _Parts:
    """A text in parts, of which any run can be had again."""

    def __init__(self) -> None:
        self._file = tempfile.SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115 - closed by `close`
        self._ends = array("Q", [0])  # bytes

    def add(self, part: bytes) -> None:
        """Take the next part; all are taken before the first run is given."""
        self._file.write(part)
        self._ends.append(self._ends[-1] + len(part))

    def run(self, numbers: range) -> Iterator[bytes]:
        """The parts with these numbers, in blocks."""
        at, end = self._ends[numbers.start], self._ends[numbers.stop]
        self._file.seek(at)
        while at < end and (block := self._file.read(min(_BLOCK, end - at))):
            at += len(block)
            yield block

    def close(self) -> None:
        """Forget everything."""
        self._file.close()


def in_reading_order(count: int, parents: Mapping[int, int]) -> list[range]:
    """The messages 0 to `count` as runs: each branch as a whole, after the one that it left, the deepest first.

    `parents` has for each message that does not follow the one before it the number of the earlier one it follows.
    """
    starts = sorted({0, *(child for child, parent in parents.items() if 0 <= parent < child)})
    run_of = {start: range(start, end) for start, end in zip(starts, [*starts[1:], count], strict=True)}
    children: dict[int, list[int]] = {}
    for child in starts[1:]:
        children.setdefault(parents[child], []).append(child)
    points = sorted(children)
    found: list[range] = []
    waiting = [0]
    while waiting:
        run = run_of[waiting.pop()]
        found.append(run)
        for point in points[bisect_left(points, run.start) : bisect_left(points, run.stop)]:
            waiting += reversed(children[point])  # the last one put here is the next one taken
    return [run for run in found if run]
