"""What the messages of a session become while it is read: JSON and Markdown, each branch of it as a whole."""

from __future__ import annotations

import tempfile
from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping

import msgspec
from msgspec.structs import replace

from session_sync.transcripts.archive import blocks
from session_sync.transcripts.render.page import GONE, Page
from session_sync.transcripts.render.title import MOST_CHARACTERS, MOST_PROMPTS
from session_sync.transcripts.session import Message

_IN_MEMORY = 8 << 20  # bytes of a text; more of it waits on the disk
_LITTLE = 1 << 20  # where there are several of them for a session
_LONG = 50_000  # characters of a message's Markdown that is cut where the session is divided
_BLOCK = 1 << 20
_HELD = 1 << 16  # bytes that are written at once: a write for each message takes longer than its JSON
_COMMA = b",\n"
_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(Message).decode


class Body:
    """Both texts of a session, taken message by message and given in the order in which branches are read."""

    def __init__(self, page: Page, in_memory: int = _IN_MEMORY) -> None:
        self.count = 0
        self.prompts = 0
        self.first_prompts: list[str] = []
        self.is_shown = False  # whether anything is in the reading view
        self._page = page
        self._json = Parts(in_memory)
        self._markdown = Parts(in_memory)
        self._pieces = array("Q", [0])  # the number of the first one of each message's Markdown
        self._numbers: dict[str, int] = {}
        self._parents: dict[int, int] = {}
        self._after_gone = False  # the last message that is shown is no longer in the source
        self._left: set[int] = set()  # those in `_parents`

    def __enter__(self) -> Body:
        return self

    def __exit__(self, *_: object) -> None:
        self._json.close()
        self._markdown.close()

    def add(self, message: Message) -> None:
        """Take the next message, which is redacted."""
        shown = message
        if message.parent_id in self._numbers:
            parent = self._numbers[message.parent_id]
            if not self._is_followed(parent):  # where branches grow side by side, it comes right after its parent
                shown = replace(message, parent_id="")
            self._parents[self.count] = parent
            self._left.add(parent)
        if message.id:
            self._numbers[message.id] = self.count
        markdown = self._shown(shown)
        self._json.add(_COMMA + _encode(message))
        self._add_markdown(markdown)
        self.count += 1
        self.is_shown = self.is_shown or bool(markdown)
        if message.is_prompt:
            self.prompts += 1
            if len(self.first_prompts) < MOST_PROMPTS:
                self.first_prompts.append(message.text[:MOST_CHARACTERS])

    def _is_followed(self, parent: int) -> bool:
        """Whether another message follows the one with the number `parent`, so that what comes now is a branch."""
        following = parent + 1
        return (following < self.count and following not in self._parents) or parent in self._left

    def messages(self) -> Iterator[Message]:
        """The messages, in the order in which they came."""
        for number in range(self.count):
            yield _decode(b"".join(self._json.run(range(number, number + 1)))[len(_COMMA) :])

    def like(self) -> Body:
        """An empty one of the same session."""
        return Body(Page(self._page.session, self._page.links), _LITTLE)

    def json(self) -> Iterator[bytes]:
        """The messages as JSON, one a line, a comma after each but the last."""
        parts = (block for run in self._runs() for block in self._json.run(run))
        if first := next(parts, b""):
            yield first.removeprefix(_COMMA)
            yield from parts
            yield b"\n"

    @property
    def markdown_size(self) -> int:
        """How many bytes all the Markdown has."""
        return self._markdown.size

    def markdown_pieces(self) -> Iterator[tuple[int, int]]:
        """The number and the size of each piece of Markdown, in their order: a message, or a part of a long one."""
        for run in self._runs():
            for number in self._pieces_of(run):
                yield number, self._markdown.size_of(number)

    def markdown(self, pieces: Iterable[range] | None = None) -> Iterator[bytes]:
        """The messages as Markdown: all of them, or these `pieces`."""
        for run in map(self._pieces_of, self._runs()) if pieces is None else pieces:
            yield from self._markdown.run(run)

    def _shown(self, message: Message) -> str:
        """The Markdown of a message; where a run of those begins that are no longer in the source, it says so."""
        markdown = self._page.message(message)
        if not markdown:
            return ""
        is_told = self._after_gone and self.count not in self._parents
        self._after_gone = message.is_gone
        return GONE + markdown if message.is_gone and not is_told else markdown

    def _add_markdown(self, markdown: str) -> None:
        pieces = list(blocks.of(markdown)) if len(markdown) > _LONG else (markdown,)
        for piece in pieces:
            self._markdown.add(piece.encode("utf-8", "replace"))
        self._pieces.append(self._pieces[-1] + len(pieces))

    def _pieces_of(self, messages: range) -> range:
        return range(self._pieces[messages.start], self._pieces[messages.stop])

    def _runs(self) -> list[range]:
        return in_reading_order(self.count, self._parents)


class Parts:
    """A text in parts, of which any run can be had again; a long one waits on the disk."""

    def __init__(self, in_memory: int = _LITTLE) -> None:
        self._file = tempfile.SpooledTemporaryFile(in_memory)  # noqa: SIM115 - closed by `close`
        self._ends = array("Q", [0])  # bytes
        self._held: list[bytes] = []
        self._written = 0

    def add(self, part: bytes) -> None:
        """Take the next part; all are taken before the first run is given."""
        self._held.append(part)
        end = self._ends[-1] + len(part)
        self._ends.append(end)
        if end - self._written > _HELD:
            self._write()

    @property
    def size(self) -> int:
        """How many bytes there are."""
        return self._ends[-1]

    def size_of(self, number: int) -> int:
        """How many bytes the part with this number has."""
        return self._ends[number + 1] - self._ends[number]

    def run(self, numbers: range) -> Iterator[bytes]:
        """The parts with these numbers, in blocks."""
        self._write()
        at, end = self._ends[numbers.start], self._ends[numbers.stop]
        self._file.seek(at)
        while at < end and (block := self._file.read(min(_BLOCK, end - at))):
            at += len(block)
            yield block

    def close(self) -> None:
        """Forget everything."""
        self._file.close()

    def _write(self) -> None:
        if self._held:
            self._file.write(b"".join(self._held))
            self._held, self._written = [], self._ends[-1]


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
