"""What a verb may end with; `cli.run` turns these into one line and the exit code."""

from __future__ import annotations

import re

TYPE_CHECKING = False  # importing typing costs a tenth of a hook
if TYPE_CHECKING:
    from collections.abc import Iterable

DONE = 0
FAILED = 1
USAGE = 2
DEFERRED = 75  # EX_TEMPFAIL of sysexits.h; borg and borgmatic use it for "soft failure" too
INTERRUPTED = 130
STATUS = {DONE: "done", FAILED: "failed", USAGE: "failed", DEFERRED: "deferred"}  # what reports call the codes


_USERINFO = re.compile(r"(?<=://)[^/\s]*@")


def masked(text: str) -> str:
    """`text` without the user and password of any URL in it."""
    return _USERINFO.sub("***@", text)


def worst(codes: Iterable[int]) -> int:
    """The exit code for several outcomes: what failed wants the user, what is deferred does not."""
    found = set(codes)
    return next((bad for bad in (FAILED, USAGE, DEFERRED) if bad in found), DONE)


class SessionSyncError(Exception):
    """Ends the verb with `code`; the message is one line that says what is wrong and what to do."""

    code = FAILED


class UserError(SessionSyncError):
    """The work failed, and the user can do something about it."""


class UsageError(SessionSyncError):
    """The command line, the input or the configuration is wrong."""

    code = USAGE


class Deferred(SessionSyncError):
    """The work is kept locally and the next round does it."""

    code = DEFERRED
