"""Run by the Python of an environment: whether that holds all that a lock file pins for this computer, and it works.

Prints, as JSON, the tag of that Python's compiled files and one file of each module, relative to the environment.
Needs Python 3.11 and the standard library alone; it imports nothing of ours.
"""

from __future__ import annotations

import importlib
import json
import os
import platform
import re
import sys
from collections import defaultdict
from collections.abc import Iterator
from importlib import metadata, util
from pathlib import Path

OPTIONAL = "google-re2"  # build.py leaves it out where there is no package of it
MARKERS = {  # what a lock file's conditions may ask; versions of two digits behind the dot compare as text
    "platform_machine": platform.machine(),
    "platform_python_implementation": platform.python_implementation(),
    "python_full_version": platform.python_version(),
    "sys_platform": sys.platform,
}


def required(lock: str) -> Iterator[str]:
    """The names of the packages that the text of a lock file pins for this computer."""
    for name, marker in re.findall(r"(?m)^([\w.-]+)==[^\s;]+(?:\s*;\s*([^\\\n]+?))?\s*(?:\\|--hash|$)", lock):
        if not marker or eval(marker, {"__builtins__": {}}, MARKERS):  # noqa: S307 - our own lock file's
            yield name


def check(lock: str) -> list[str]:
    """Import all that `lock` pins; returns a file of each module. Raises ImportError and whatever they raise."""
    modules = defaultdict(list)
    for module, owners in metadata.packages_distributions().items():
        for owner in owners:
            modules[_normal(owner)].append(module)
    return [found for name in required(lock) for found in _import(name, sorted(set(modules[_normal(name)])))]


def _import(name: str, modules: list[str]) -> Iterator[str]:
    try:
        package = metadata.distribution(name)
    except metadata.PackageNotFoundError:
        if name == OPTIONAL:
            return
        raise
    for file in package.files or ():
        if file.suffix != ".pyc" and not Path(str(file.locate())).exists():
            raise ImportError(f"{file} of {name} is missing")
    for module in modules:
        if module.isidentifier() and util.find_spec(module):  # google-re2 names a module that it has elsewhere
            origin = importlib.import_module(module).__file__
            if origin:
                yield os.path.relpath(origin, sys.prefix)


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


if __name__ == "__main__":
    found = check(Path(sys.argv[1]).read_text(encoding="utf-8"))
    print(json.dumps({"tag": sys.implementation.cache_tag, "modules": found}))
