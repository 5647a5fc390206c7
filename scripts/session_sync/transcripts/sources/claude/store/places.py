"""What lies in the client's folders: files, and links to files, which are followed with care."""

from __future__ import annotations

import os
from collections.abc import Iterable

from session_sync.transcripts.sources import links
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
    if reason := links.refusal(path):
        search.tell(path, reason)
        return None
    return os.stat(path)
