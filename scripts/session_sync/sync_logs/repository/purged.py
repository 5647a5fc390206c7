"""What was purged from a remote by a rewrite of its history: it stays here, and is not pushed again.

The record is a file of its own and no cache: it can be made again from nothing that is left.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

from session_sync.errors import UserError
from session_sync.git.fast_import import blob_id
from session_sync.home import files, paths
from session_sync.logs.store import Log


class Purged(NamedTuple):
    """A purged file: its blob, and its size in bytes, -1 where that is unknown."""

    blob: str
    size: int


class Purge:
    """The purged files of the log repository `name`, by their path below machines/<uuid>/."""

    def __init__(self, name: str) -> None:
        self._path = paths.purged_file(name)
        self._files = self._read()
        self._blobs = {one.blob for one in self._files.values()}

    def holds(self, log: Log) -> bool:
        """Whether pushing `log` would bring something purged back: the file, a copy, or one that grew from it."""
        if not self._files:
            return False
        known = self._files.get(log.key)
        if known and log.place:
            return True  # a transcript is written anew when its session goes on
        try:
            with files.open_regular(Path(log.path), follow=False) as stream:
                data = stream.read()
        except OSError:
            return known is not None
        return blob_id(data) in self._blobs or bool(
            known and known.size >= 0 and blob_id(data[: known.size]) == known.blob
        )

    def update(self, gone: Mapping[bytes, Purged], there: Mapping[bytes, str]) -> None:
        """Add what is `gone`; what is `there` again, byte for byte, is purged no more."""
        found = {**self._files, **gone}
        self._write({key: one for key, one in found.items() if there.get(key) != one.blob})

    def forget(self, logs: Iterable[Log]) -> None:
        """Let these logs be pushed again."""
        held = [log for log in logs if self.holds(log)]
        keys, blobs = {log.key for log in held}, {blob for log in held if (blob := _blob(log))}
        self._write({key: one for key, one in self._files.items() if key not in keys and one.blob not in blobs})

    def _read(self) -> dict[bytes, Purged]:
        try:
            content = json.loads(self._path.read_bytes())
            return {os.fsencode(key): Purged(str(blob), int(size)) for key, (blob, size) in content.items()}
        except FileNotFoundError:
            return {}
        except (OSError, ValueError, TypeError, AttributeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is damaged"
            text = f"cannot read {self._path}, which tells what was purged from the remote: {reason}"
            raise UserError(f"{text}; mend it, or remove it to push those files again") from None

    def _write(self, found: dict[bytes, Purged]) -> None:
        if found == self._files:
            return
        self._files, self._blobs = found, {one.blob for one in found.values()}
        files.make_private_dir(self._path.parent)
        text = json.dumps({os.fsdecode(key): one for key, one in found.items()}, indent=1)
        files.write_atomic(self._path, text.encode())


def _blob(log: Log) -> str:
    try:
        return blob_id(Path(log.path).read_bytes())
    except OSError:
        return ""
