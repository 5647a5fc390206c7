"""What lies in the client's folders: files, and links to files, which are followed with care."""

from __future__ import annotations

import errno
import io
import os
import stat
from collections.abc import Iterable
from pathlib import Path

from session_sync.home import files
from session_sync.transcripts.sources.search import Search

LINES = ".jsonl"
Entries = list[os.DirEntry[str]]


def facts(entry: os.DirEntry[str]) -> tuple[int, int] | None:
    """Size and time of a regular file; None for anything else."""
    try:
        if not entry.is_file(follow_symlinks=False):
            return None
        found = entry.stat(follow_symlinks=False)
    except OSError:
        return None
    return found.st_size, found.st_mtime_ns


def listed(entries: Iterable[os.DirEntry[str]]) -> list[tuple[str, int, int]]:
    """Name, size and time of the regular files among `entries`."""
    return [(entry.name, *found) for entry in entries if (found := facts(entry))]


def is_folder(entry: os.DirEntry[str], follow: bool) -> bool:
    """Whether `entry` is a folder, or a link to one and links are to be followed."""
    try:
        return entry.is_dir(follow_symlinks=follow)
    except OSError:
        return False


def followed(path: str, search: Search) -> os.stat_result | None:
    """What is known of the file to which the link at `path` leads; None, and told, if it is not to be followed."""
    try:
        found = os.stat(path)
    except OSError:
        search.tell(path, "a link that leads nowhere")
        return None
    if not stat.S_ISREG(found.st_mode):
        search.tell(path, "a link that leads to no regular file")
    elif not _is_ours(found):
        search.tell(path, "a link that leads to another user's file")
    else:
        return found
    return None


def opened(path: Path) -> io.BufferedReader:
    """The regular file at `path`, open for reading; a link is followed to a file of the same user, or OSError."""
    if not path.is_symlink():
        return files.open_regular(path, follow=False)
    stream = files.open_regular(path, follow=True)
    if not _is_ours(os.fstat(stream.fileno())):
        stream.close()
        raise OSError(errno.EPERM, "a link to another user's file", str(path))
    return stream


def _is_ours(found: os.stat_result) -> bool:
    return os.name != "posix" or found.st_uid == os.getuid()
