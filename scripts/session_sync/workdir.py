"""The working directory, also one that is gone: a removed work tree, say, in which a session still runs.

Standard library and Python 3.9 only: the launcher imports it.
"""

from __future__ import annotations

import os

_removed: list[str] = []


def leave_removed() -> None:
    """Go to the root when the working directory is gone: git and Python need one that is there."""
    try:
        os.getcwd()
    except OSError:
        _removed.append(_name())
        os.chdir(os.sep)


def removed() -> str | None:
    """What the working directory was called that was gone when we began, "" if unknown; None when it was there."""
    return _removed[0] if _removed else None


def _name() -> str:
    called = os.environ.get("PWD", "")  # the shell's word for it, if it is not about another one
    if os.path.isabs(called) and not os.path.exists(called):
        return called
    try:
        return os.readlink("/proc/self/cwd").removesuffix(" (deleted)")
    except OSError:
        return ""
