"""Where the text of a transcript is: in files that are scanned as they are, or in what only its reader opens."""

from __future__ import annotations

import os
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from session_sync import __version__
from session_sync.scan.files.verdicts import FileState, stat_key
from session_sync.transcripts.agents import SOURCES
from session_sync.transcripts.session import Session
from session_sync.transcripts.session_texts import TextBatch, add_message
from session_sync.transcripts.sources.claude.store.companion import RESULTS, folder_beside, folder_of
from session_sync.transcripts.sources.pairing import paired
from session_sync.transcripts.sources.source import Transcript

_PLAIN = (".jsonl", ".json")
_STORES = frozenset({"opencode"})  # sources whose records are not in one file for each session
_BETWEEN = "\n\x01\n"  # no value reaches over a character that no rule has


class Part(NamedTuple):
    """A part of a transcript: the file at `path`, or all of it as its reader gives it.

    What a tool said and the client put `aside` may be anything, such as a picture.
    """

    transcript: Transcript
    path: str
    is_read: bool = False
    is_aside: bool = False

    def state(self) -> FileState:
        """What tells this part as it is now from what it was; raises OSError when there is none."""
        path = os.fsencode(self.path)
        if not self.is_read:
            return (path, *stat_key(os.stat(path)))
        told = f"{__version__} {self.transcript.fingerprint}".encode("utf-8", "surrogatepass")
        name = b"%b#%b" % (path, self.transcript.session_id.encode("utf-8", "surrogatepass"))
        return (name, zlib.crc32(told), self.transcript.modified, 0, 0)


def parts_of(transcript: Transcript) -> Iterator[Part]:
    """The parts of `transcript`; one that is put aside may be among those of several."""
    paths = [transcript.path, *transcript.more]
    if transcript.source in _STORES or not all(path.endswith(_PLAIN) for path in paths):
        yield Part(transcript, transcript.path, is_read=True)
        return
    yield from (Part(transcript, path) for path in paths)
    if transcript.source == "claude":
        main = Path(transcript.path)
        yield from (Part(transcript, path, is_aside=True) for path in _files(folder_of(main) or folder_beside(main)))


def spoken(transcript: Transcript) -> tuple[bytes, list[int]]:
    """All that is said in `transcript`, as UTF-8, and the line in which each message begins. Raises OSError."""
    session = Session(transcript.source, transcript.session_id)
    texts: list[str] = []
    lines: list[int] = []
    line = 1
    for message in paired(SOURCES[transcript.source].read(transcript, session)):
        batch = TextBatch()
        add_message(batch, message)
        text = "\n".join(dict.fromkeys(batch.texts)).replace("\0", " ") + _BETWEEN
        lines.append(line)
        line += text.count("\n")
        texts.append(text)
    return "".join(texts).encode("utf-8", "replace"), lines


def _files(companion: Path) -> list[str]:
    """The files in the folder of outputs that were put aside; links are not followed."""
    try:
        with os.scandir(companion / RESULTS) as entries:
            return sorted(one.path for one in entries if one.is_file(follow_symlinks=False))
    except OSError:
        return []
