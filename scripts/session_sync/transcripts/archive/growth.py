"""Tells whether the files of a session only grew since it was archived: then they still hold all that they held."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Sequence
from pathlib import Path

from session_sync.home import files
from session_sync.transcripts.session import Raw

_BLOCK = 1 << 20


def only_grew(before: Sequence[Raw], now: Sequence[Raw], paths: Iterable[str]) -> bool:
    """Whether each file of `before` is among those of `now`, perhaps with more behind its end.

    `paths` are those of the session's main files. What is written anew as a whole has not grown, whatever is in it.
    """
    known = {(one.sha256, one.size) for one in now}
    places = list(paths)
    return bool(before) and all((one.sha256, one.size) in known or _is_begun(one, now, places) for one in before)


def _is_begun(old: Raw, now: Sequence[Raw], places: Iterable[str]) -> bool:
    """Whether one of the files begins with all the bytes of the `old` one, and was read at least that far."""
    name = os.path.basename(old.path)
    was_read = any(one.size >= old.size and os.path.basename(one.path) == name for one in now)
    return was_read and any(_begins(Path(one), old) for one in places if os.path.basename(one) == name)


def _begins(path: Path, old: Raw) -> bool:
    digest, left = hashlib.sha256(), old.size
    try:
        with files.open_regular(path, follow=True) as stream:
            while left and (block := stream.read(min(left, _BLOCK))):
                digest.update(block)
                left -= len(block)
    except OSError:
        return False
    return not left and digest.hexdigest() == old.sha256
