"""Commands for a shell, and the patches that some of them apply."""

from __future__ import annotations

import shlex
from typing import Any

COMMANDS = ("command", "cmd", "script")  # what a tool's input calls them
PATCH, _PATCH_END = "*** Begin Patch", "*** End Patch"
_BEGINS = (PATCH, "apply_patch")


def script(value: Any) -> str:
    """A command, which may be a list of words, as a text for the shell; "" when it is none."""
    if isinstance(value, str):
        return value
    if not isinstance(value, list) or not all(isinstance(word, str) for word in value):
        return ""
    if len(value) == 3 and value[1] in ("-c", "-lc"):
        return str(value[2])
    return str(value[1]) if len(value) == 2 and value[1].startswith(PATCH) else shlex.join(value)


def patch_in(line: str) -> str:
    """The patch that a command applies, or that `line` is; "" when it is another command."""
    if not line.startswith(_BEGINS):
        return ""
    if line.startswith(PATCH):
        return line
    begin, end = line.find(PATCH, 0, 200), line.rfind(_PATCH_END)
    return line[begin : end + len(_PATCH_END)] if 0 <= begin < end else ""
