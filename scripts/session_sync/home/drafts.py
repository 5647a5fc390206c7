"""Narratives that cannot be saved yet: each may be all that tells of a session.

Standard library and Python 3.9 only: the launcher imports it.
"""

from __future__ import annotations

import os
import tempfile
import time
from pathlib import Path

from session_sync.home import files, paths


def keep(narrative: bytes) -> Path | None:
    """Keep `narrative` as a draft of the user's alone, in the home or where there is room for it.

    Returns its place for `save --draft`, None when it can be written nowhere.
    """
    name = f"unsaved-{time.strftime('%Y-%m-%d-%H%M%S')}-{os.urandom(3).hex()}.md"
    for folder in (paths.drafts, lambda: Path(tempfile.mkdtemp(prefix="session-sync-"))):
        try:
            draft = files.make_private_dir(folder()) / name
            files.write_atomic(draft, narrative)
        except OSError:  # the disk may be full, or another user's
            continue
        return draft
    return None
