"""How a file looks at one moment: what tells later whether somebody has written to it, wherever it is then."""

from __future__ import annotations

import hashlib
import os
import stat
import time
from pathlib import Path
from typing import NamedTuple

from session_sync.home import files


class Look(NamedTuple):
    """What tells whether a file was written to: also its content, when it is young or a link."""

    node: int
    size: int
    time: int
    mode: int
    content: bytes


def look(place: Path, may_read: bool = True) -> Look | None:
    """How the file or link at `place` looks; None when there is none. Raises OSError."""
    try:
        found = place.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    if stat.S_ISDIR(found.st_mode):
        return None
    content = b""
    if stat.S_ISLNK(found.st_mode):
        content = os.fsencode(os.readlink(place))
    elif may_read and stat.S_ISREG(found.st_mode) and time.time_ns() - found.st_mtime_ns < files.YOUNG:
        content = _digest(place)
    return Look(found.st_ino, found.st_size, found.st_mtime_ns, found.st_mode, content)


def is_as(place: Path, before: Look | None) -> bool:
    """Whether the file at `place` looks as `before`, wherever it was then. Raises OSError."""
    now = look(place, may_read=False)
    if now is None or before is None:
        return now is before
    if before.content and stat.S_ISREG(now.mode):
        now = now._replace(content=_digest(place))
    return now == before


def _digest(place: Path) -> bytes:
    with files.open_regular(place, follow=False) as stream:
        return hashlib.file_digest(stream, "sha256").digest()
