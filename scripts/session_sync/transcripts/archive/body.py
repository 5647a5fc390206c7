"""What the messages of a session become while it is read: JSON and Markdown."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from session_sync.transcripts.archive.branches import ordered
from session_sync.transcripts.archive.parts import Parts
from session_sync.transcripts.render import page as render
from session_sync.transcripts.render.page import Links
from session_sync.transcripts.session import Message

_encode = msgspec.json.Encoder().encode


class Texts:
    """Both texts of a session, taken message by message and given in the order in which branches are read."""

    def __init__(self, links: Links) -> None:
        self.count = 0
        self.prompts = 0
        self.first_prompt = ""
        self.is_shown = False  # whether anything is in the reading view
        self._links = links
        self._json = Parts()
        self._markdown = Parts()
        self._numbers: dict[str, int] = {}
        self._parents: dict[int, int] = {}

    def __enter__(self) -> Texts:
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
        markdown = render.message(message, self._links)
        self._json.add(_encode(message) + b",\n")
        self._markdown.add(markdown.encode("utf-8", "replace"))
        self.count += 1
        self.is_shown = self.is_shown or bool(markdown)
        if message.role == "user" and not message.hidden:
            self.prompts += 1
            self.first_prompt = self.first_prompt or message.text

    def json(self) -> Iterator[bytes]:
        """The messages as JSON, a comma and a line end behind each but the last."""
        last = b""
        for block in self._blocks(self._json):
            yield last
            last = block
        yield last.removesuffix(b",\n") + b"\n" if last else b""

    def markdown(self) -> Iterator[bytes]:
        """The messages as Markdown."""
        return self._blocks(self._markdown)

    def _blocks(self, parts: Parts) -> Iterator[bytes]:
        for run in ordered(self.count, self._parents):
            yield from parts.run(run)
