"""The launcher: runs a verb in the private Python environment that holds the locked dependencies.

Standard library and Python 3.9 only, with costly imports where they are used: it runs at every start.

An environment is a folder below `paths.environments()`. It is built aside and renamed when it is whole
(build.py), so one that has the right lock file can be used, whatever was killed meanwhile.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import NoReturn

from session_sync import cli, system
from session_sync.errors import DONE, USAGE
from session_sync.home import files, paths
from session_sync.launcher import environments

LOCK = paths.PLUGIN_ROOT / "requirements.lock"


def main(arguments: list[str]) -> int:
    """Run the verb that `arguments` begin with; returns the exit code."""
    verbs = sorted(script.stem.replace("_", "-") for script in paths.SCRIPTS.glob("*.py"))
    verb = arguments[0].replace("_", "-") if arguments else ""
    if verb not in verbs:
        return _usage(arguments, verbs)
    command = [str(paths.SCRIPTS / f"{verb.replace('-', '_')}.py"), *arguments[1:]]
    if not environments.holds(Path(sys.prefix), LOCK):
        return cli.run(lambda _: _restart(command))
    import runpy

    sys.argv = command
    runpy.run_path(command[0], run_name="__main__")
    return DONE


def provide(lock: Path) -> Path:
    """The Python of the environment for `lock`, built when there is none. Raises UserError, OSError."""
    environment = _find(lock)
    if environment is None:
        files.make_private_dir(paths.environments())
        with (paths.environments() / ".lock").open("ab") as guard:
            _wait_for(guard.fileno())
            environment = _find(lock) or _build(lock)
    return environments.python_of(environment)


def _usage(arguments: list[str], verbs: list[str]) -> int:
    known = f"the verbs are {', '.join(verbs)}"
    if arguments[:1] in (["-h"], ["--help"]):
        print(f"usage: session-sync VERB [OPTIONS]\n{known}; each has --help")
        return DONE
    environments.say(f"there is no verb {arguments[0]!r}; {known}" if arguments else f"name a verb; {known}")
    return USAGE


def _restart(command: list[str]) -> NoReturn:
    options = ["-E", "-X", f"pycache_prefix={paths.bytecode()}"]
    system.replace_process([str(provide(LOCK)), *options, *command])


def _find(lock: Path) -> Path | None:
    return next((each for each in environments.finished() if environments.holds(each, lock)), None)


def _wait_for(descriptor: int) -> None:
    if not system.try_lock(descriptor):
        environments.say("waiting for another start to finish")
        while not system.try_lock(descriptor):
            time.sleep(0.1)


def _build(lock: Path) -> Path:
    from session_sync.launcher import build

    return build.environment_for(lock)
