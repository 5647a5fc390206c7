"""Keeps the narrative that `save` was given when no environment can be had: it may be all that tells of a session.

Standard library and Python 3.9 only.
"""

from __future__ import annotations

import sys

from session_sync.errors import UserError
from session_sync.home import drafts


def keep(arguments: list[str], reason: Exception) -> None:
    """Put the narrative on standard input into a draft, and raise UserError with `reason` and where it is.

    Returns when there is no such narrative.
    """
    if arguments[0] != "save" or sys.stdin is None or sys.stdin.isatty():
        return
    if any(word.partition("=")[0] == "--draft" for word in arguments):
        raise UserError(f"{reason}; the draft is kept") from reason
    text = sys.stdin.buffer.read()
    if not text.strip():
        return
    draft = drafts.keep(text)
    if draft:
        raise UserError(f"{reason}; not saved yet: run the same with --draft {draft}") from reason
    raise UserError(f"{reason}; not saved, and no draft of it can be written either") from reason
