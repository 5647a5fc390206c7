"""The launcher: runs a verb in the private Python environment that holds the locked dependencies.

Standard library and Python 3.9 only, with costly imports where they are used: it runs at every start.

An environment is a folder in `environments.folder()`. It is built aside and renamed when it is whole
(build.py), so one that has the right lock file can be used, whatever was killed meanwhile. Using one needs no
lock and writes nothing; one that turns out damaged is built again.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NoReturn

from session_sync import cli, system
from session_sync.errors import DONE, USAGE, UserError
from session_sync.home import files, paths, users_folder
from session_sync.launcher import environments

LOCK = paths.PLUGIN_ROOT / "requirements.lock"


def main(arguments: list[str]) -> int:
    """Run the verb that `arguments` begin with; returns the exit code."""
    verbs = sorted(script.stem.replace("_", "-") for script in paths.SCRIPTS.glob("*.py"))
    verb = arguments[0].replace("_", "-") if arguments else ""
    if verb not in verbs:
        return _usage(arguments, verbs)
    refused = cli.run(_settle)
    if refused:
        return refused
    if not environments.holds(Path(sys.prefix), LOCK):
        return cli.run(lambda _: _start(arguments))
    import runpy

    sys.argv = [str(paths.SCRIPTS / f"{verb.replace('-', '_')}.py"), *arguments[1:]]
    try:
        runpy.run_path(sys.argv[0], run_name="__main__")
    except EOFError:
        raise  # scripts/run sees to it
    except Exception as error:  # noqa: BLE001 - raised while the verb was imported, or by an import within it
        damage = error
        return cli.run(lambda _: _mend(damage, arguments))
    return DONE


def provide(lock: Path) -> Path:
    """The Python of the environment for `lock`, built when there is none. Raises UserError, OSError."""
    environment = environments.find(lock)
    if environment is None:
        with _building_alone():
            environment = environments.find(lock) or _build(lock)
    return environments.python_of(environment)


def _settle(_: object) -> int:
    """Give this process and its children a folder of the user's own where they were started without."""
    users_folder.provide()
    return DONE


def _usage(arguments: list[str], verbs: list[str]) -> int:
    known = f"the verbs are {', '.join(verbs)}"
    if arguments[:1] in (["-h"], ["--help"]):
        print(f"usage: session-sync VERB [OPTIONS]\n{known}; each has --help")
        return DONE
    environments.say(f"there is no verb {arguments[0]!r}; {known}" if arguments else f"name a verb; {known}")
    return USAGE


def _start(arguments: list[str]) -> NoReturn:
    """Begin again in the right environment."""
    try:
        python = provide(LOCK)
    except (UserError, OSError) as error:
        from session_sync.launcher import unsaved

        unsaved.keep(arguments, error)
        raise
    options = ["-E", "-X", f"pycache_prefix={paths.bytecode()}"]
    system.replace_process([str(python), *options, str(paths.LAUNCHER), *arguments])


def _mend(damage: Exception, arguments: list[str]) -> NoReturn:
    """Build this environment again if it is not whole, and begin again unless the verb had begun its work."""
    environment = Path(sys.prefix)
    before = environment.stat().st_ino
    with _building_alone():
        if environment.stat().st_ino == before:  # nobody else has mended it meanwhile
            _examine(environment, damage)
    if _had_begun(damage):
        raise UserError("the Python environment was damaged and is mended; run the same again")
    _start(arguments)


def _had_begun(damage: Exception) -> bool:
    import traceback

    return any(frame.f_code is cli.run.__code__ for frame, _ in traceback.walk_tb(damage.__traceback__))


def _examine(environment: Path, damage: Exception) -> None:
    """See to it that there is a whole environment. Raises UserError when `environment` is whole: the plugin is not."""
    from session_sync.launcher import build

    try:
        build.check(environment, LOCK)
    except UserError:
        if environment.parent == environments.folder():
            build.replace(environment, LOCK)
        elif environments.find(LOCK) == environment:  # another user's, and we have none of our own yet
            build.environment_for(LOCK)
    else:
        raise UserError(f"the plugin is not whole ({type(damage).__name__}: {damage}); install it again") from damage


@contextmanager
def _building_alone() -> Iterator[None]:
    folder = files.make_private_dir(environments.folder())
    with (folder / environments.LOCK).open("ab") as guard:
        with suppress(OSError):  # a share without locks: two builds at once cost time and nothing else
            _wait_for(guard.fileno())
        yield


def _wait_for(descriptor: int) -> None:
    if not system.try_lock(descriptor):
        environments.say("waiting for another start to finish")
        while not system.try_lock(descriptor):
            time.sleep(0.1)


def _build(lock: Path) -> Path:
    from session_sync.launcher import build

    return build.environment_for(lock)
