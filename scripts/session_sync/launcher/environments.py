"""The private Python environments: which there are, and which of them hold what a lock file pins.

Standard library and Python 3.9 only: the launcher imports it at every start.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from session_sync import system
from session_sync.home import paths


def finished() -> list[Path]:
    """All whole environments, the newest first; those being built or removed have a hidden name."""
    found = [each for each in paths.environments().glob("[!.]*") if each.is_dir()]
    return sorted(found, key=lambda each: each.stat().st_mtime, reverse=True)


def holds(environment: Path, lock: Path) -> bool:
    """Whether `environment` was built for `lock` and the Python that it stands on is still there."""
    try:
        if (environment / lock.name).read_bytes() != lock.read_bytes():
            return False
        settings = (environment / "pyvenv.cfg").read_text(encoding="utf-8").splitlines()
    except OSError:
        return False
    base = next((line.partition("=")[2].strip() for line in settings if line.startswith("home ")), "")
    return Path(base).is_dir() and os.access(python_of(environment), os.X_OK)


def python_of(environment: Path) -> Path:
    return environment / ("Scripts/python.exe" if system.WINDOWS else "bin/python")


def say(text: str) -> None:
    """One line for people, on stderr: stdout belongs to the verb."""
    print(f"session-sync: {text}", file=sys.stderr, flush=True)
