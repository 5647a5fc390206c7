"""A user's own rules: a file of gitleaks or betterleaks, of which whatever cannot be used is told once."""

from __future__ import annotations

import functools
import os
import stat
import sys
from pathlib import Path

from session_sync.errors import UsageError
from session_sync.home import files, paths
from session_sync.scan.scanner import go_regex
from session_sync.scan.scanner.rule import Rule


def load(path: Path) -> list[Rule]:
    """The rules in the file at `path`: as many as can be used, for no scan is to stop for one of them.

    Raises UsageError when there is no such file.
    """
    from session_sync.scan.scanner.gitleaks import rules as gitleaks

    if not os.path.isfile(path):
        raise UsageError(f"{path}: there is no such file; put one there, or take `rules` out of config.yaml")
    try:
        if not go_regex.is_available():
            raise ValueError("rules in gitleaks' form need google-re2, which has no package for this system")
        reading = gitleaks.load(path)
    except ValueError as error:
        _print(f"{path} is not used, our own rules are: {error}")
        return []
    if summary := reading.summary():
        _tell_once(f"{path}: {summary}")
    return reading.rules


@functools.cache
def tell_of_slow_ones() -> None:
    """Say that the user's own rules were not used on the whole of a text; once is enough."""
    _print("rules of your own take too long; in some texts they were searched for in a part alone, ours in all")


def _tell_once(line: str) -> None:
    """Print `line` on stderr unless somebody has seen it."""
    told = paths.told_of_rules()
    if not told.is_file() or told.read_text(errors="replace") != line:
        _print(line)
        if _is_read():
            files.make_private_dir(told.parent)
            files.write_atomic(told, line.encode(errors="replace"), durable=False)


def _is_read() -> bool:
    """Whether stderr is more than a worker's log."""
    try:
        return not stat.S_ISREG(os.fstat(sys.stderr.fileno()).st_mode)
    except (AttributeError, OSError):  # there is none
        return False


def _print(line: str) -> None:
    import multiprocessing

    from session_sync.text.lines import printable

    if multiprocessing.parent_process() is None:
        print(printable(f"session-sync: [WARNING] {' '.join(line.split())}"), file=sys.stderr)
