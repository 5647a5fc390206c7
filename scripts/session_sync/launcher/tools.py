"""Runs the tools that make an environment, and tells in one line why one failed.

Standard library and Python 3.9 only.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

from session_sync.errors import UserError
from session_sync.home import paths

PATIENCE = 600  # seconds for one command
OFFLINE = "cannot reach the package index; connect once and run again"
NO_VENV = "this Python has no venv; install it (Debian, Ubuntu: apt install python3-venv) and run again"
FULL = "the disk that holds the home is full; make room there and run again"
LITTLE = 1 << 20  # bytes that are free where a tool could not even say so
REASONS = {
    "DO NOT MATCH THE HASHES": "a download did not match the lock file and was refused; update the plugin",
    "ensurepip is not": NO_VENV,  # Debian's words
    "No module named venv": NO_VENV,
    "No module named ensurepip": NO_VENV,
    "No space left on device": FULL,
    "Disk quota exceeded": FULL,
    "failed to map segment": "no programs may run where the home is (noexec); set SESSION_SYNC_HOME to another place",
    "connection broken by": OFFLINE,
    "ConnectionError": OFFLINE,
    "error sending request": OFFLINE,  # uv's words
}


def run(environ: Mapping[str, str], *command: str | Path) -> str:
    """Run `command` with `environ`; logs and returns all that it says. Raises UserError with what went wrong."""
    with paths.environment_log().open("a+b") as log:
        start = log.seek(0, os.SEEK_END)
        try:
            code = subprocess.run(
                [str(word) for word in command],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=environ,
                cwd=_folder(),
                timeout=PATIENCE,
                check=False,
            ).returncode
        except subprocess.TimeoutExpired:
            raise UserError(f"{Path(command[0]).name} took longer than {PATIENCE} s; {_details()}") from None
        log.seek(start)
        said = log.read().decode(errors="replace")
    if code != 0:
        raise UserError(_reason(said))
    return said


def ask(environ: Mapping[str, str], patience: float, *command: str | Path) -> str:
    """What `command` prints, which may hold passwords and so is not logged; "" when it fails."""
    try:
        answer = subprocess.run(
            [str(word) for word in command],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            env=environ,
            cwd=_folder(),
            timeout=patience,
            check=False,
        )
    except (OSError, UnicodeError, subprocess.TimeoutExpired):
        return ""
    return answer.stdout if answer.returncode == 0 else ""


def _folder() -> Path | None:
    """Where tools run: where we are, as the user's settings may name places from there, unless that was removed."""
    try:
        os.getcwd()
    except FileNotFoundError:
        return paths.home()
    return None


def _reason(said: str) -> str:
    """What a failed command's output comes down to, in one line."""
    for sign, meaning in REASONS.items():
        if sign in said:
            return f"{meaning}; {_details()}"
    lines = [line for line in said.splitlines() if line.strip()]
    if not lines and shutil.disk_usage(paths.home()).free < LITTLE:
        return FULL
    lines = lines or ["it gave no reason"]
    errors = [line for line in lines if line.startswith("ERROR:")] or lines
    return f"cannot prepare the Python environment: {errors[-1]}; {_details()}"


def _details() -> str:
    return f"details are in {paths.environment_log()}"
