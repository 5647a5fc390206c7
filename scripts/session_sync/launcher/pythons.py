"""Finds a Python that an environment can stand on.

Standard library and Python 3.9 only.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Iterator, Sequence

from session_sync.errors import UserError
from session_sync.launcher import tools

OLDEST = (3, 11)
NAMES = ("python3.14", "python3.13", "python3.12", "python3.11", "python3", "python")
PLACES = ("/usr/local/bin", "/usr/bin", "/opt/homebrew/bin")  # PATH may be a service's, with hardly anything on it
TIMEOUT = 10  # seconds to answer
PARTS = ("sqlite3", "zlib")  # that some systems have in packages of their own
PARTS_FOR_PIP = ("ensurepip", "ssl", "venv")
# The name with the version: plain `python3` may be another version tomorrow, and lack today's packages.
PROBE = """
import importlib, json, os, sys
named = os.path.join(sys.base_prefix, "bin", "python%d.%d" % sys.version_info[:2])
missing = []
for part in sys.argv[1:]:
    try:
        importlib.import_module(part)
    except ImportError:
        missing.append(part)
print(json.dumps([sys.version_info[:2], named if os.access(named, os.X_OK) else sys.executable, missing]))
"""


def base(parts: Sequence[str]) -> str | None:
    """The first Python that is new enough and has `parts`, the running one before those on PATH.

    None when there is none that is new enough. Raises UserError when all that are lack a part.
    """
    lacking = ""
    for python in _candidates():
        version, executable, missing = _probe(python, parts)
        if tuple(version) >= OLDEST:
            if not missing:
                return executable
            lacking = lacking or f"{executable} lacks {', '.join(missing)}"
    if lacking:
        remedy = "install that (Debian, Ubuntu: apt install python3-venv) or another Python 3.11 or newer"
        raise UserError(f"{lacking}; {remedy}, and run again")
    return None


def _candidates() -> Iterator[str]:
    yield sys.executable
    path = os.pathsep.join((os.environ.get("PATH", ""), *PLACES))
    for name in NAMES:
        found = shutil.which(name, path=path)
        if found:
            yield found


def _probe(python: str, parts: Sequence[str]) -> tuple[list[int], str, list[str]]:
    """The version, the path and the missing parts of `python`, which may be a shim with nothing behind it."""
    try:
        version, executable, missing = json.loads(tools.ask(os.environ, TIMEOUT, python, "-I", "-c", PROBE, *parts))
    except ValueError:
        return [], python, []
    return version, executable, missing
