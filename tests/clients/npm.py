"""Clients from the npm registry that the machine is configured for, each in a folder of its own."""

from __future__ import annotations

import fcntl
import json
import os
import platform
import subprocess
from pathlib import Path

# Taken here, from the user who runs the tests: in a test the home is a sealed one, without npm's configuration.
ENVIRONMENT = dict(os.environ)
ARCHITECTURES = {"x86_64": "x64", "amd64": "x64", "aarch64": "arm64", "arm64": "arm64"}


def target() -> str:
    """This system in the way that the names of native packages end, such as linux-x64."""
    return f"{platform.system().lower()}-{ARCHITECTURES[platform.machine().lower()]}"


def install(folder: Path, name: str, version: str) -> Path:
    """The package below `folder`, installed when it is not there in `version`; no script of a package is run."""
    folder.mkdir(parents=True, exist_ok=True)
    package = folder / "node_modules" / name
    with (folder / ".lock").open("w") as guard:
        fcntl.flock(guard, fcntl.LOCK_EX)  # test processes run side by side
        if _version(package) != version:
            options = ["--ignore-scripts", "--no-audit", "--no-fund", "--prefix", str(folder)]
            command = ["npm", "install", *options, f"{name}@{version}"]
            done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False, env=ENVIRONMENT)
            assert _version(package) == version, f"npm gave no {name} {version}\n{done.stdout}{done.stderr}"
    return package


def newest(name: str) -> str:
    """The version of a package that the registry gives to whoever names none."""
    command = ["npm", "view", name, "version"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False, env=ENVIRONMENT)
    assert done.returncode == 0, f"npm knows no {name}\n{done.stderr}"
    return done.stdout.strip()


def _version(package: Path) -> str:
    try:
        return str(json.loads((package / "package.json").read_bytes())["version"])
    except FileNotFoundError:
        return ""
