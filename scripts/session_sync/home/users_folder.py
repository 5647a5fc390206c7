"""The user's own folder, below which git, ssh and agents keep what is theirs.

Standard library and Python 3.9 only: the launcher and the hooks import it.
"""

from __future__ import annotations

import os
from pathlib import Path

from session_sync.home import paths


def provide() -> None:
    """Where the user has none, let it be the folder that the private home is in, or that home itself.

    A container may run under a uid that the system does not know. Raises UsageError without a SESSION_SYNC_HOME.
    """
    if os.path.isabs(os.environ.get("HOME", "")):
        return
    os.environ.pop("HOME", None)
    try:
        Path.home()
    except RuntimeError:
        private = paths.home()
        os.environ["HOME"] = str(private.parent if private.name == paths.NAME else private)
