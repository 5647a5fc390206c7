"""What a reader of one agent's transcripts is to the rest: what it finds and what it reads."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple, Protocol

from session_sync.transcripts.session import Message, Session, ToolOutput
from session_sync.transcripts.sources.search import Search


class Transcript(NamedTuple):
    """A client's raw record of one session, as `find` sees it without reading it."""

    source: str
    session_id: str  # unique within the source
    path: str  # of its main file
    fingerprint: str  # differs whenever what `read` gives may differ; the same if the file was only moved
    modified: int  # ns since the epoch
    more: tuple[str, ...] = ()  # paths of further files that hold a part of it, in the order in which they are read
    is_excerpt: bool = False  # of a session that had a transcript of its own, which may be archived
    left_out: str = ""  # why it is no session of its own, such as "helper agent"; "" for those that are


class Source(Protocol):
    """A module of this package."""

    def roots(self) -> list[Path]:
        """The standard locations on this machine, whether they are there or not."""

    def find(self, root: Path, search: Search) -> Iterable[Transcript]:
        """The transcripts below `root` (the client's folder or a part of it, or one transcript's main file).

        Costs a scandir and a stat; what cannot be looked at, or holds something of which nothing is understood, is
        told to `search` and passed over. Raises OSError when `root` itself cannot be looked at.
        """

    def read(self, transcript: Transcript, session: Session) -> Iterator[Message | ToolOutput]:
        """The messages in the order of the file, and the outputs of tools after their calls; for any size of file.

        Fills in the facts of `session` meanwhile; `cwd` and `git` are there with the first message, all when the
        iterator has ended. Raises OSError when nothing can be read.
        """
