"""The process that has imported everything, and becomes a verb whenever `verbs.run` asks: see there."""

from __future__ import annotations

import gc
import importlib
import json
import os
import pkgutil
import runpy
import socket
import sys
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

SCRIPTS = Path(__file__).resolve().parents[2] / "scripts"


def _serve(channel: socket.socket) -> list[str]:
    """Answer requests until nobody can ask any more; returns in the processes that are verbs, with their command."""
    while fds := socket.recv_fds(channel, 16, 4)[1]:
        if os.fork() == 0:
            channel.close()
            return _become_verb(socket.socket(fileno=fds[0]), fds[1:])
        for each in fds:
            os.close(each)
        while _reap(os.WNOHANG):
            pass
    while _reap(0):
        pass
    os._exit(0)


def _reap(options: int) -> bool:
    """Whether there was an ended process to wait for: only then is its time counted as ours."""
    try:
        return os.waitpid(-1, options)[0] != 0
    except ChildProcessError:
        return False


def _become_verb(asking: socket.socket, pipes: Sequence[int]) -> list[str]:
    """Start the verb that is asked for, and tell how it ended; returns in the verb's process, with its command."""
    answers = asking.makefile("rw", encoding="utf-8")
    command, env, cwd, umask, constants = json.loads(answers.readline())
    pid = os.fork()
    if pid:
        for each in (0, 1, 2, *pipes):
            os.close(each)
        with suppress(BrokenPipeError):  # after a time-out nobody listens any more
            print(pid, file=answers, flush=True)
            print(os.waitpid(pid, 0)[1], file=answers, flush=True)
        os._exit(0)
    answers.close()
    asking.close()
    for number, pipe in enumerate(pipes):
        os.dup2(pipe, number)
        os.close(pipe)
    os.chdir(cwd)
    os.umask(umask)
    os.environ.clear()
    os.environ.update(env)
    time.tzset()
    _set(constants)
    return list(command)


def _set(constants: Sequence[tuple[str, str, float]]) -> None:
    for module, name, value in constants:
        setattr(importlib.import_module(module), name, value)


def _import_everything() -> None:
    """Import what any verb may need."""
    package = importlib.import_module("session_sync")
    for module in pkgutil.walk_packages(package.__path__, "session_sync."):
        importlib.import_module(module.name)
    gc.collect()
    gc.freeze()  # so that the verbs' collections leave these pages shared


def main(what: str, *rest: str) -> None:
    """Serve on a socket's descriptor, and in a verb's process run the verb; or run one verb with other constants."""
    sys.path[0] = str(SCRIPTS)
    if what == "run":
        _set(json.loads(rest[0]))
        sys.argv = list(rest[1:])
    else:
        _import_everything()
        sys.argv = _serve(socket.socket(fileno=int(what)))
    try:
        runpy.run_path(sys.argv[0], run_name="__main__")
    except SystemExit as ended:
        _end(ended.code)
        raise


def _end(code: object) -> None:
    """End this process at once if nothing is left to do: to take all modules down costs more than most verbs."""
    if isinstance(code, int) and threading.active_count() == 1:
        with suppress(OSError, ValueError):  # Python has words for that
            sys.stdout.flush()
            os._exit(code)


if __name__ == "__main__":
    main(*sys.argv[1:])
