"""Links among the files of a source: one is followed when it leads to a file, or a folder, of the same user."""

from __future__ import annotations

import errno
import io
import os
import stat
from pathlib import Path

from session_sync.home import files
from session_sync.transcripts.sources.search import Search

_OF_ANOTHER = "a link that leads to what belongs to another user"


def leads_to_file(entry: os.DirEntry[str], search: Search) -> bool:
    """Whether there is a file at `entry` that may be read; a link that must not be followed is told."""
    try:
        if not entry.is_symlink():
            return entry.is_file(follow_symlinks=False)
        if reason := refusal(entry.path):
            search.tell(entry.path, reason)
        return not reason
    except OSError as error:
        search.tell(entry.path, error.strerror or str(error))
        return False


def opened(path: Path) -> io.BufferedReader:
    """The regular file at `path`, or where a link there leads, open for reading. Raises OSError."""
    if not os.path.islink(path):
        return files.open_regular(path, follow=False)
    stream = files.open_regular(path, follow=True)
    if not _is_own(os.fstat(stream.fileno())):
        stream.close()
        raise OSError(errno.EPERM, _OF_ANOTHER, str(path))
    return stream


def content(path: Path) -> bytes:
    """What is in the file that `opened` opens."""
    with opened(path) as stream:
        return stream.read()


def refusal(path: str | Path, folders: bool = False) -> str:
    """Why the link at `path` is not followed, to `folders` neither unless they are asked for; "" if it is."""
    try:
        found = os.stat(path)
    except OSError:
        return "a link that leads nowhere"
    if not _is_own(found):
        return _OF_ANOTHER
    if stat.S_ISREG(found.st_mode) or (folders and stat.S_ISDIR(found.st_mode)):
        return ""
    what = "neither a folder nor a regular file" if folders else "no regular file"
    return f"a link that leads to {what}"


def _is_own(found: os.stat_result) -> bool:
    return os.name != "posix" or found.st_uid == os.getuid()
