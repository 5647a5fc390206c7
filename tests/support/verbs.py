"""Start verbs from a process that has imported everything: a start costs a tenth of a new Python's.

Each verb still is a process of its own, with its arguments, environment, folder and pipes. `run` asks the server of
this process, which is started when it is first needed and ends with it. Elsewhere than on Linux, `run` starts a new
Python.
"""

from __future__ import annotations

import atexit
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import cache
from pathlib import Path
from types import MappingProxyType, ModuleType
from typing import Any

SERVER = Path(__file__).with_name("verb_server.py")
AT_START = ("PYTHON", "LC_", "LANG", "MALLOC_", "LD_")  # what Python reads when it starts, and never again
Constants = Mapping[tuple[ModuleType, str], float]
NONE: Constants = MappingProxyType({})
Ended = tuple[int, bytes, bytes]  # exit code, standard output, standard error


def run(
    command: Sequence[str],
    *,
    env: Mapping[str, str],
    cwd: Path | None = None,
    data: bytes = b"",
    timeout: float = 120,
    constants: Constants = NONE,
) -> Ended:
    """Run the script and arguments `command` with `data` on standard input; returns how it ended and what it said.

    `constants` of our modules have other values there, so that nobody needs to wait for what takes seconds.
    Raises subprocess.TimeoutExpired, and kills the script, when it or a child of its has not ended after `timeout` s.
    """
    named = [(module.__name__, name, value) for (module, name), value in constants.items()]
    if sys.platform != "linux" or _at_start(env) != _server()[1]:
        own = [str(SERVER), "run", json.dumps(named)] if named else []
        python = [sys.executable, *own, *command]
        done = subprocess.run(python, input=data, capture_output=True, timeout=timeout, check=False, env=env, cwd=cwd)
        return done.returncode, done.stdout, done.stderr
    request = [list(command), dict(env), str(cwd or Path.cwd()), _umask(), named]
    return _Verb(_server()[0], request).communicate(data, timeout)


def _umask() -> int:
    """The umask of this process, which can only be read by setting it."""
    found = os.umask(0o022)
    os.umask(found)
    return found


def _at_start(env: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in env.items() if name.startswith(AT_START)}


@cache
def _server() -> tuple[socket.socket, dict[str, str]]:
    """Our end of the server's socket, and what counted when it started."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with theirs:
        process = subprocess.Popen(
            [sys.executable, SERVER, str(theirs.fileno())],
            stdin=subprocess.PIPE,  # pipes, as the verbs will have, for Python remembers what its streams can do
            stdout=subprocess.PIPE,
            pass_fds=[theirs.fileno()],
            cwd="/",
        )
    atexit.register(_stop, ours, process)
    return ours, _at_start(os.environ)


def _stop(ours: socket.socket, process: subprocess.Popen[bytes]) -> None:
    """End the server, which ends once the verbs have."""
    ours.close()
    process.communicate()


class _Verb:
    """A verb that `server` has started, as `request` says."""

    def __init__(self, server: socket.socket, request: list[Any]) -> None:
        (stdin, self.stdin), (self.stdout, stdout), (self.stderr, stderr) = os.pipe(), os.pipe(), os.pipe()
        ours, theirs = socket.socketpair()
        socket.send_fds(server, [b"verb"], [theirs.fileno(), stdin, stdout, stderr])
        for each in (stdin, stdout, stderr):
            os.close(each)
        theirs.close()
        self.answers = ours.makefile("rw", encoding="utf-8")
        ours.close()
        print(json.dumps(request), file=self.answers, flush=True)
        self.command, self.pid = request[0], int(self.answers.readline())

    def communicate(self, data: bytes, timeout: float) -> Ended:
        """Feed and read the verb until nobody holds its pipes any more; returns how it ended."""
        deadline = time.monotonic() + timeout
        with ThreadPoolExecutor(3) as pool, self.answers:
            outputs = [pool.submit(_drain, each) for each in (self.stdout, self.stderr)]
            pool.submit(_fill, self.stdin, data)
            try:
                out, err = (each.result(deadline - time.monotonic()) for each in outputs)
            except TimeoutError:
                os.kill(self.pid, signal.SIGKILL)
                raise subprocess.TimeoutExpired(self.command, timeout) from None
            return os.waitstatus_to_exitcode(int(self.answers.readline())), out, err


def _drain(pipe: int) -> bytes:
    with open(pipe, "rb") as stream:
        return stream.read()


def _fill(pipe: int, data: bytes) -> None:
    with suppress(BrokenPipeError), open(pipe, "wb") as stream:
        stream.write(data)
