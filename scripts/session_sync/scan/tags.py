"""Stands for values without revealing them: hashes with a key of this home, without which nobody can test guesses."""

from __future__ import annotations

import functools
import hmac
import os
from pathlib import Path

from session_sync.errors import UserError
from session_sync.home import files, paths

_KEY_SIZE = 32  # bytes: as long as the hash
_TAG_SIZE = 32  # hex digits


def tag(value: str) -> str:
    """32 hex digits that stand for `value` in this home; raises UserError when the home's key is damaged."""
    key = _key(paths.redaction_key())
    return hmac.digest(key, value.encode("utf-8", "surrogatepass"), "sha256").hex()[:_TAG_SIZE]


@functools.cache
def _key(path: Path) -> bytes:
    """The key at `path`, created by whoever needs it first."""
    if not path.exists():
        files.make_private_dir(path.parent)
        files.create_new(path, os.urandom(_KEY_SIZE))
    key = path.read_bytes()
    if len(key) != _KEY_SIZE:
        raise UserError(
            f"{path} is damaged: it does not hold {_KEY_SIZE} bytes; restore it from a backup, or delete it,"
            " which gives every value a new hash in reports and makes those in .piiignore useless"
        )
    return key
