"""Builds an environment for the launcher: with uv where it is there, else with venv and pip; hash-checked.

Standard library and Python 3.9 only. The caller holds the lock of `paths.environments()`.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from session_sync.errors import UserError
from session_sync.home import files, paths
from session_sync.launcher import environments

OLDEST = (3, 11)
KEPT = 4  # environments: a live session may use the plugin's previous version, and the tests have their own
PATIENCE = 600  # seconds for one command
OPTIONAL = "google-re2"  # it has no wheel for musl; only rules of a user's own need it
PIP_OPTIONS = ("--require-hashes", "--only-binary", ":all:", "--no-deps", "--requirement")
SMOKE_TEST = """
import importlib, sys
from importlib import metadata, util
for module, owners in sorted(metadata.packages_distributions().items()):
    there = module.isidentifier() and util.find_spec(module)  # google-re2 names a module that it has elsewhere
    if there and not {"pip", "setuptools"} & set(owners):
        importlib.import_module(module)
print(sys.implementation.cache_tag)
"""
OFFLINE = "cannot reach the package index; connect once and run again"
NO_VENV = "this Python has no venv; install it (Debian, Ubuntu: apt install python3-venv) and run again"
REASONS = {
    "DO NOT MATCH THE HASHES": "a download did not match the lock file and was refused; update the plugin",
    "ensurepip is not": NO_VENV,  # Debian's words
    "No module named venv": NO_VENV,
    "No module named ensurepip": NO_VENV,
    "connection broken by": OFFLINE,
    "ConnectionError": OFFLINE,
    "error sending request": OFFLINE,  # uv's words
}


def environment_for(lock: Path) -> Path:
    """Build the environment with what `lock` pins; returns its folder. Raises UserError, OSError."""
    environments.say("preparing the Python environment, once; this takes about ten seconds")
    files.make_private_dir(paths.environment_log().parent)
    files.write_atomic(paths.environment_log(), b"", durable=False)
    content = lock.read_bytes()
    building = Path(tempfile.mkdtemp(prefix=".building-", dir=paths.environments()))
    try:
        _install(lock, building)
        tag = _run(environments.python_of(building), "-I", "-B", "-c", SMOKE_TEST).split()[-1]
        files.write_atomic(building / lock.name, content)
        place = paths.environments() / f"{hashlib.sha256(content).hexdigest()[:16]}-{tag}"
        _set_aside(place)  # there is one when the Python that it stood on went away
        building.rename(place)
    finally:
        _clean()
    return place


def _install(lock: Path, building: Path) -> None:
    """Make a virtual environment at `building` with what `lock` pins."""
    python, base, uv = environments.python_of(building), _base(), shutil.which("uv")
    if uv:
        try:
            _run(uv, "venv", "--no-project", "--python", base or ">=3.11,<3.15", building)
            _install_packages(lock, uv, "pip", "install", "--python", python)
            return
        except UserError:
            if base is None:
                raise
    if base is None:
        raise UserError("Python 3.11 or newer is missing; install it, or uv, and run again")
    _run(base, "-I", "-m", "venv", "--clear", building)
    _install_packages(lock, python, "-I", "-m", "pip", "install", "--no-input")


def _install_packages(lock: Path, *installer: str | Path) -> None:
    """Let `installer` install what `lock` pins, without OPTIONAL where this system has no package of it."""
    try:
        _run(*installer, *PIP_OPTIONS, lock)
    except UserError as error:
        if OPTIONAL not in str(error):
            raise
        lines = re.sub(rf"(?m)^{OPTIONAL}==.*(\n .*)*", "", lock.read_text(encoding="utf-8"))
        with tempfile.TemporaryDirectory() as folder:
            files.write_atomic(Path(folder, lock.name), lines.encode())
            _run(*installer, *PIP_OPTIONS, Path(folder, lock.name))


def _base() -> str | None:
    """A Python that is new enough: the running one, else one on PATH.

    Under its versioned name: plain `python3` may be another version tomorrow, and lack today's packages.
    """
    if sys.version_info >= OLDEST:
        versioned = Path(sys.base_prefix, "bin", "python{}.{}".format(*sys.version_info))
        return str(versioned) if os.access(versioned, os.X_OK) else sys.executable
    for minor in (14, 13, 12, 11):
        found = shutil.which(f"python3.{minor}")
        if found:  # perhaps a version manager's shim with nothing behind it
            command = [found, "-I", "-c", "import sys; print(sys.executable)"]
            answer = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=False)
            if answer.returncode == 0:
                return answer.stdout.strip()
    return None


def _run(*command: str | Path) -> str:
    """Run `command`; logs and returns all that it says. Raises UserError with what went wrong."""
    neutral = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    neutral["PIP_USER"] = "0"  # a user's pip.conf may say otherwise, which fails in a virtual environment
    with paths.environment_log().open("a+b") as log:
        start = log.seek(0, os.SEEK_END)
        try:
            code = subprocess.run(
                [str(word) for word in command],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=neutral,
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


def _reason(said: str) -> str:
    """What a failed command's output comes down to, in one line."""
    for sign, meaning in REASONS.items():
        if sign in said:
            return f"{meaning}; {_details()}"
    lines = [line for line in said.splitlines() if line.strip()] or ["it gave no reason"]
    errors = [line for line in lines if line.startswith("ERROR:")] or lines
    return f"cannot prepare the Python environment: {errors[-1]}; {_details()}"


def _details() -> str:
    return f"details are in {paths.environment_log()}"


def _set_aside(old: Path) -> None:
    """Make an environment and its bytecode disappear: by a rename, because a deletion can stop half-way."""
    if old.is_dir():
        old.rename(Path(tempfile.mkdtemp(prefix=".removing-", dir=old.parent)) / old.name)
    shutil.rmtree(paths.bytecode().joinpath(*old.parts[1:]), ignore_errors=True)


def _clean() -> None:
    """Remove all but the newest environments, and what killed builds and removals left."""
    for old in environments.finished()[KEPT:]:
        _set_aside(old)
    for left in paths.environments().glob(".*-*"):
        shutil.rmtree(left, ignore_errors=True)
