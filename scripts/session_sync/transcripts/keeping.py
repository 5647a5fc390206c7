"""Keeps in the archive what a session's source no longer has: no source that shrinks makes the archive shrink."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

from session_sync.transcripts.archive import earlier, growth, hidden_json, layout
from session_sync.transcripts.archive.body import Body
from session_sync.transcripts.archive.earlier import Earlier
from session_sync.transcripts.archive.hidden_json import SessionHead
from session_sync.transcripts.archive.index import ArchiveEntry
from session_sync.transcripts.archive.pictures import Pictures
from session_sync.transcripts.session import MOST_PLACES, Git, Message
from session_sync.transcripts.sources.source import Transcript

Clean = Callable[[Iterable[Message]], Iterator[Message]]


class Kept(NamedTuple):
    """What is to be written of a session, and how many of its messages its source has lost since the last time."""

    body: Body
    newly_gone: int = 0


class ReadAgain(NamedTuple):
    """A session as its source has it now: its messages, its pictures, and what redacts messages by its policy."""

    body: Body
    pictures: Pictures
    clean: Clean


class ArchivedSession:
    """A session as the archive has it, whose JSON is at `data`, while its source is read again."""

    def __init__(self, data: Path, head: SessionHead) -> None:
        self._data = data
        self._head = head

    @classmethod
    def of(cls, archive: Path, entry: ArchiveEntry | None) -> ArchivedSession | None:
        """What the archive has of the transcript of `entry`; None if that is nothing, or cannot be read."""
        if entry is None or not entry.path:
            return None
        markdown = archive / entry.path
        data = markdown.with_name(layout.json_name(markdown.stem))
        head = earlier.head_of(data)
        return cls(data, head) if head else None

    def place(self, head: SessionHead) -> None:
        """Add to `head`, of a source that no longer tells it, where the session was."""
        if not head.cwd:
            head.cwd = self._head.cwd
            head.git = head.git or self._head.git

    def kept(self, found: Transcript, head: SessionHead, now: ReadAgain, stack: ExitStack) -> Kept:
        """What the transcript `found` gives `now`, of which `head` tells, and what else was archived.

        Of a source that only grew, that is what was gone already; the rest is what the source still has.
        """
        has_grown = growth.only_grew(self._head.raw, head.raw, (found.path, *found.more))
        if has_grown and not self._head.gone:
            return Kept(now.body)
        with Earlier(now.clean(self._messages(has_grown))) as old:
            old.compare(now.body)
            head.gone = old.gone
            if head.gone or _size(head) < _size(self._head):
                _complete(head, self._head)
                if head.source_session_id == found.session_id:
                    head.source_session_id = self._head.source_session_id
            if not head.gone:
                return Kept(now.body)
            whole = stack.enter_context(now.body.like())
            for message in old.woven(now.body):
                if message.is_gone:
                    now.pictures.take_archived(message, self._data.parent)
                whole.add(message)
            return Kept(whole, old.newly_gone)

    def _messages(self, has_grown: bool) -> Iterator[Message]:
        return (one for one in hidden_json.readable_messages(self._data) if one.is_gone or not has_grown)


def _size(head: SessionHead) -> int:
    return sum(raw.size for raw in head.raw)


def _complete(head: SessionHead, old: SessionHead) -> None:
    """Add to `head` the facts of the `old` one that the source no longer tells."""
    for name in ("title", "client", "parent", "fork"):
        setattr(head, name, getattr(head, name) or getattr(old, name))
    _complete_git(head, old)
    head.started = min(filter(None, (head.started, old.started)), default="")
    head.ended = max(head.ended, old.ended)
    head.models += [one for one in old.models if one not in head.models]
    places = [one for one in (old.cwd, *old.cwds) if one and one not in (head.cwd, *head.cwds)]
    head.cwds = [*head.cwds, *places][:MOST_PLACES]
    for name in head.tokens.__struct_fields__:
        setattr(head.tokens, name, max(getattr(head.tokens, name), getattr(old.tokens, name)))


def _complete_git(head: SessionHead, old: SessionHead) -> None:
    if old.git:
        head.git = head.git or Git()
        for name in old.git.__struct_fields__:
            setattr(head.git, name, getattr(head.git, name) or getattr(old.git, name))
