"""Codex: rollouts below CODEX_HOME, one or more files for each thread, some of them compressed."""

from __future__ import annotations

import os
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path

from session_sync.home import paths
from session_sync.transcripts.session import Message, Session, ToolOutput
from session_sync.transcripts.sources.codex import titles
from session_sync.transcripts.sources.codex.store import files as codex_files
from session_sync.transcripts.sources.codex.thread import Thread
from session_sync.transcripts.sources.search import Search
from session_sync.transcripts.sources.source import Transcript

SOURCE = "codex"
_NONE: tuple[str, ...] = ()


def roots() -> list[Path]:
    """CODEX_HOME, else ~/.codex."""
    chosen = os.environ.get("CODEX_HOME")
    return [paths.expanded(chosen) if chosen else Path.home() / ".codex"]


def find(root: Path, search: Search) -> Iterable[Transcript]:
    """The threads below `root`: a CODEX_HOME, a folder that holds `.codex`, a folder of rollouts, or one reader."""
    home, threads = codex_files.threads(root, search)
    names = titles.renamed(home)
    for thread, files in threads.items():
        first = files[0]
        fingerprint, modified, more = f"{first.size}-{first.modified}", first.modified, _NONE
        if len(files) > 1:
            fingerprint = "+".join(f"{one.size}-{one.modified}" for one in files)
            modified = max(one.modified for one in files)
            more = tuple(one.path for one in files[1:])
        if thread in names:
            fingerprint += f"+{zlib.crc32(names[thread].encode('utf-8', 'replace')):08x}"
        yield Transcript(SOURCE, thread, first.path, fingerprint, modified, more)


def read(transcript: Transcript, session: Session) -> Iterator[Message | ToolOutput]:
    """The messages of a thread; what was taken back is hidden as "reverted".

    Raises OSError when none of its files can be read.
    """
    home = codex_files.home_of(Path(transcript.path))
    session.title = titles.title_of(home, transcript.session_id)
    return Thread(transcript.session_id, [transcript.path, *transcript.more], home).read(session)
