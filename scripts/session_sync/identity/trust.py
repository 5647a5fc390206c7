"""Whether a shared tree's identity.json is the user's own, and not one that somebody else committed.

It decides who commits, and which repository is synced as the vault. One that git does not know is the user's; of one
that is committed the first that this home sees counts, and no other that comes with a pull.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from session_sync.git.failure import GitError
from session_sync.git.run import Git
from session_sync.home import files, paths


def is_trusted(tree: Path, name: str) -> bool:
    """Whether the file `name` in the shared tree at `tree` may say who the user is."""
    seen = hashlib.sha256((tree / name).read_bytes()).hexdigest()
    known = paths.trusted_identity(tree)
    before = known.read_text(errors="replace") if known.is_file() else ""
    if seen == before:
        return True
    if before and _is_committed(tree, name):
        return False
    files.make_private_dir(known.parent)
    files.write_atomic(known, seen.encode())
    return True


def _is_committed(tree: Path, name: str) -> bool:
    try:
        return bool(Git(tree=tree).run("ls-files", "-z", "--", f":(top,literal){os.fspath(name)}"))
    except GitError:
        return True
