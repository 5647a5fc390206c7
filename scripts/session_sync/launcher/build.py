"""Builds an environment for the launcher: with uv where it is there, else with venv and pip; hash-checked.

Standard library and Python 3.9 only. The caller holds the lock of `environments.folder()`.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from session_sync.errors import UserError
from session_sync.home import files, paths
from session_sync.launcher import environments, index_settings, pythons, tools
from session_sync.launcher.smoke_test import OPTIONAL

KEPT = 4  # environments: a live session may use the plugin's previous version, and the tests have their own
PIP_OPTIONS = ("--require-hashes", "--only-binary", ":all:", "--no-deps", "--requirement")
SMOKE_TEST = Path(__file__).with_name("smoke_test.py")
NO_PYTHON = "Python 3.11 or newer is missing; install it, or uv, and run again"


def environment_for(lock: Path) -> Path:
    """Build the environment with what `lock` pins; returns its folder. Raises UserError, OSError."""
    folder = environments.folder()
    damaged = any(environments.was_built_for(each, lock) for each in environments.finished(folder))
    what = "the Python environment was damaged; preparing it again" if damaged else "preparing the Python environment"
    environments.say(f"{what}, once; this takes about ten seconds")
    files.make_private_dir(paths.environment_log().parent)
    files.write_atomic(paths.environment_log(), b"", durable=False)
    content = lock.read_bytes()
    building = Path(tempfile.mkdtemp(prefix=".building-", dir=folder))
    try:
        found = _install(lock, building)
        files.write_atomic(building / environments.MODULES, "\n".join(found["modules"]).encode())
        files.write_atomic(building / lock.name, content)
        place = folder / f"{hashlib.sha256(content).hexdigest()[:16]}-{found['tag']}"
        _set_aside(place)  # there is one when the Python that it stood on went away
        building.rename(place)
    finally:
        _clean(folder)
    return place


def replace(damaged: Path, lock: Path) -> None:
    """Build the environment for `lock` again, and remove the `damaged` one that had another name for another Python."""
    built = environment_for(lock)
    if built != damaged:
        _set_aside(damaged)
        _clean(damaged.parent)


def check(environment: Path, lock: Path) -> Any:
    """Try all that `lock` pins in `environment`; returns what the smoke test found. Raises UserError."""
    python = environments.python_of(environment)
    said = tools.run(index_settings.plain(), python, "-I", "-B", SMOKE_TEST, lock)
    return json.loads(said.splitlines()[-1])


def _install(lock: Path, building: Path) -> Any:
    """Make a virtual environment at `building` with what `lock` pins; returns what the smoke test found in it."""
    uv = shutil.which("uv")
    base = pythons.base(pythons.PARTS if uv else pythons.PARTS + pythons.PARTS_FOR_PIP)
    if uv:
        try:
            _install_with_uv(uv, base or ">=3.11,<3.15", lock, building)
            return check(building, lock)
        except UserError:
            if base is None:
                raise
    if base is None:
        raise UserError(NO_PYTHON)
    _install_with_pip(base, lock, building)
    return check(building, lock)


def _install_with_uv(uv: str, base: str, lock: Path, building: Path) -> None:
    python = environments.python_of(building)
    tools.run(index_settings.with_uv_variables(), uv, "venv", "--no-config", "--no-project", "--python", base, building)
    environ = index_settings.for_uv(python)
    _install_packages(environ, lock, uv, "pip", "install", "--no-config", "--python", python)


def _install_with_pip(base: str, lock: Path, building: Path) -> None:
    python = environments.python_of(building)
    tools.run(index_settings.plain(), base, "-I", "-m", "venv", "--clear", building)
    _install_packages(index_settings.for_pip(python), lock, python, "-I", "-m", "pip", "install", "--no-input")


def _install_packages(environ: Mapping[str, str], lock: Path, *installer: str | Path) -> None:
    """Let `installer` install what `lock` pins, without OPTIONAL where this system has no package of it."""
    try:
        tools.run(environ, *installer, *PIP_OPTIONS, lock)
    except UserError as error:
        if OPTIONAL not in str(error):
            raise
        lines = re.sub(rf"(?m)^{OPTIONAL}==.*(\n .*)*", "", lock.read_text(encoding="utf-8"))
        with tempfile.TemporaryDirectory() as folder:
            files.write_atomic(Path(folder, lock.name), lines.encode())
            tools.run(environ, *installer, *PIP_OPTIONS, Path(folder, lock.name))


def _set_aside(old: Path) -> None:
    """Make an environment and its bytecode disappear: by a rename, because a deletion can stop half-way."""
    if old.is_dir():
        old.rename(Path(tempfile.mkdtemp(prefix=".removing-", dir=old.parent)) / old.name)
    shutil.rmtree(paths.bytecode().joinpath(*old.parts[1:]), ignore_errors=True)


def _clean(folder: Path) -> None:
    """Remove from `folder` all but the newest environments, and what killed builds and removals left."""
    for old in environments.finished(folder)[KEPT:]:
        _set_aside(old)
    for left in folder.glob(".*-*"):
        shutil.rmtree(left, ignore_errors=True)
