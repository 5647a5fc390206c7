"""The agent's session that this process runs in, as the client's environment tells."""

from __future__ import annotations

import os

VARIABLES = ("CLAUDE_CODE_SESSION_ID", "CODEX_THREAD_ID", "CODEX_SESSION_ID", "GEMINI_SESSION_ID")


def identifier() -> str:
    """The client's own id of the session, "" outside of any."""
    return next((os.environ[name] for name in VARIABLES if os.environ.get(name)), "")
