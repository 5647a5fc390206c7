"""The private Python environments: which there are, and which of them hold what a lock file pins.

Standard library and Python 3.9 only: the launcher imports it at every start.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from session_sync import system
from session_sync.home import paths

LOCK = ".lock"  # the file that builds are guarded by
MODULES = "modules"  # the file of an environment that names a file of each module in it


def find(lock: Path) -> Path | None:
    """The newest environment that holds what `lock` pins, whoever built it."""
    found = finished(folder()) + (finished(paths.environments()) if folder() != paths.environments() else [])
    return next((each for each in found if holds(each, lock)), None)


def finished(place: Path) -> list[Path]:
    """All whole environments in `place`, the newest first; those being built or removed have a hidden name."""
    found = [each for each in place.glob("[!.]*") if each.is_dir()]
    return sorted(found, key=lambda each: each.stat().st_mtime, reverse=True)


def folder() -> Path:
    """Where this user builds environments: in a folder in which nothing is another user's."""
    shared = paths.environments()
    if system.WINDOWS or not shared.exists():
        return shared
    user = os.getuid()
    ours = shared.stat().st_uid == user
    if ours and all(_is_of(user, each) for each in (shared / LOCK, *shared.glob("[!.]*"))):
        return shared
    return paths.own_environments(user)


def _is_of(user: int, path: Path) -> bool:
    try:
        return path.lstat().st_uid == user
    except FileNotFoundError:
        return True


def holds(environment: Path, lock: Path) -> bool:
    """Whether `environment` was built for `lock` and both its modules and the Python that it stands on are there."""
    try:
        if not was_built_for(environment, lock):
            return False
        settings = (environment / "pyvenv.cfg").read_text(encoding="utf-8").splitlines()
    except OSError:
        return False
    base = next((line.partition("=")[2].strip() for line in settings if line.startswith("home ")), "")
    there = os.path.isdir(base) and os.access(python_of(environment), os.X_OK)
    return there and all(os.path.exists(os.path.join(environment, module)) for module in _modules(environment))


def _modules(environment: Path) -> list[str]:
    try:
        return (environment / MODULES).read_text(encoding="utf-8").splitlines()
    except OSError:  # built by an earlier version
        return []


def was_built_for(environment: Path, lock: Path) -> bool:
    """Whether `environment` was whole once, with what `lock` pins."""
    try:
        return (environment / lock.name).read_bytes() == lock.read_bytes()
    except OSError:
        return False


def python_of(environment: Path) -> Path:
    return environment / ("Scripts/python.exe" if system.WINDOWS else "bin/python")


def say(text: str) -> None:
    """One line for people, on stderr: stdout belongs to the verb."""
    print(f"session-sync: {text}", file=sys.stderr, flush=True)
