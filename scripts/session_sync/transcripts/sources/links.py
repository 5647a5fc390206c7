"""Links among the files of a source: one is followed when it leads to a regular file of the same user."""

from __future__ import annotations

import io
import os
import stat
from pathlib import Path

from session_sync.home import files
from session_sync.transcripts.sources.search import Search


def leads_to_file(entry: os.DirEntry[str], search: Search) -> bool:
    """Whether there is a file at `entry` that may be read; a link that must not be followed is told."""
    try:
        if not entry.is_symlink():
            return entry.is_file(follow_symlinks=False)
        if reason := _refusal(entry.path):
            search.tell(entry.path, reason)
        return not reason
    except OSError as error:
        search.tell(entry.path, error.strerror or str(error))
        return False


def opened(path: Path) -> io.BufferedReader:
    """The regular file at `path`, or where a link there leads, open for reading. Raises OSError."""
    if os.path.islink(path):
        if reason := _refusal(path):
            raise OSError(f"{path} is {reason}")
        path = Path(os.path.realpath(path))
    return files.open_regular(path, follow=False)


def content(path: Path) -> bytes:
    """What is in the file that `opened` opens."""
    with opened(path) as stream:
        return stream.read()


def _refusal(path: str | Path) -> str:
    """Why the link at `path` is not followed; "" if it is."""
    try:
        found = os.stat(path)
    except OSError:
        return "a link that leads nowhere"
    if not stat.S_ISREG(found.st_mode):
        return "a link that leads to no regular file"
    if os.name != "nt" and found.st_uid != os.getuid():
        return "a link that leads to a file of another user"
    return ""
