"""What a verb may end with; `cli.run` turns these into one line and the exit code."""

from __future__ import annotations

import errno
import os
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


_FIXES = (  # what mends an error of the system
    ((errno.EACCES, errno.EPERM), "give yourself the rights to it"),
    ((errno.EROFS,), "make its file system writable, or have SESSION_SYNC_HOME name another folder"),
    ((errno.ENOSPC, errno.EDQUOT), "free some disk space"),
    ((errno.ENOTDIR, errno.EEXIST), "move away the file that is where a folder has to be"),
    ((errno.EISDIR,), "move away the folder that is where a file has to be"),
    ((errno.EMFILE, errno.ENFILE), "close some programs, or raise the limit of open files (ulimit -n)"),
    ((errno.EIO,), "look after the disk"),
    ((errno.ENOENT,), "make what is missing"),
    ((errno.ENAMETOOLONG,), "give a shorter name"),
    ((errno.EBUSY, errno.ETXTBSY), "end what uses it"),
    ((errno.ELOOP,), "remove the link that leads back to itself"),
)
_USERINFO = re.compile(r"(?<=://)[^/\s]*@")


def masked(text: str) -> str:
    """`text` without the user and password of any URL in it."""
    return _USERINFO.sub("***@", text)


def told(error: OSError) -> str:
    """What the system refused, to which file, and what mends it."""
    what = error.strerror or (error.errno is None and str(error)) or type(error).__name__
    names = " and ".join(os.fsdecode(one) for one in (error.filename, error.filename2) if isinstance(one, (str, bytes)))
    fix = next((text for codes, text in _FIXES if error.errno in codes), "look after it")
    return f"{names}: {what}; {fix}" if names else f"{what}; {fix}"


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
