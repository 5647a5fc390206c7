"""Runs a team's own command under the round's lock, so that it and the rounds never work in git at the same time."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from session_sync import cli, system
from session_sync.errors import SessionSyncError, UsageError
from session_sync.home import lock

NOT_EXECUTABLE = 126  # as in the shell
NOT_FOUND = 127
KILLED = 128  # and the signal's number
SIGN_OF_LIFE = 1.0  # seconds between two
_PASSED_ON = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]


class NotStarted(SessionSyncError):
    """The command cannot be run; the message names it."""

    def __init__(self, message: str, code: int) -> None:
        self.code = code
        super().__init__(message)


def main(argv: list[str] | None = None) -> int:
    arguments = sys.argv[1:] if argv is None else argv
    end = arguments.index("--") if "--" in arguments else len(arguments)
    options, unknown = _parser().parse_known_args(arguments[:end])
    command = arguments[end + 1 :]
    if not command:
        raise UsageError("which command? write it after --: scripts/run locked -- COMMAND...")
    if unknown:
        raise UsageError(f"{' '.join(unknown)}: unknown before --; see session-sync locked --help")
    with lock.held(options.wait, keeps_children=True) as progress:
        return run(command, progress)


def run(command: list[str], progress: lock.Progress) -> int:
    """Run `command` to its end and return its exit code, as a shell tells it; the caller holds the lock.

    It has our input and outputs, and the user's environment and umask. It inherits the lock's descriptor: should we
    be killed, the lock stays taken until it ends. Raises NotStarted.
    """
    with _signals() as child:
        try:
            child.process = subprocess.Popen(
                command, env=_environment(), umask=system.users_umask(), close_fds=system.WINDOWS
            )
        except FileNotFoundError:
            raise NotStarted(f"there is no command {command[0]}; check its name and PATH", NOT_FOUND) from None
        except OSError as error:
            raise NotStarted(f"cannot run {command[0]}: {error.strerror}", NOT_EXECUTABLE) from None
        child.pass_on()
        code = _wait(child.process, progress)
    return code if code >= 0 else KILLED - code


def _wait(process: subprocess.Popen[bytes], progress: lock.Progress) -> int:
    """Wait for `process` however long it takes, and show that we live; returns its code."""
    while True:
        try:
            return process.wait(SIGN_OF_LIFE)
        except subprocess.TimeoutExpired:
            progress()


def _environment() -> dict[str, str]:
    """The user's environment, with the lock's holder for what would wait for it."""
    given = {name: value for name, value in os.environ.items() if name != "SESSION_SYNC_UMASK"}  # the launcher's
    return {**given, lock.WITHIN: lock.holder()}


class _Child:
    """The command once it runs, and the signals that it is to get."""

    def __init__(self) -> None:
        self.process: subprocess.Popen[bytes] | None = None
        self._waiting: list[int] = []

    def receive(self, number: int, _frame: FrameType | None) -> None:
        """A handler: the command ends as it sees fit, and we after it."""
        if number in _PASSED_ON:
            self._waiting.append(number)
            self.pass_on()

    def pass_on(self) -> None:
        """Send what came, as soon as there is somebody to send it to."""
        while self.process and self._waiting:
            self.process.send_signal(self._waiting.pop())


@contextmanager
def _signals() -> Iterator[_Child]:
    """Let signals end the command and not us; what the user has us ignore, the command ignores as well.

    An interrupt is not passed on: the terminal sends it to the command too.
    """
    child = _Child()
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, *_PASSED_ON)}
    changed = {number: handler for number, handler in handlers.items() if handler is not signal.SIG_IGN}
    try:
        for number in changed:
            signal.signal(number, child.receive)
        yield child
    finally:
        for number, handler in changed.items():
            signal.signal(number, handler)


def _parser() -> cli.Parser:
    parser = cli.Parser(
        prog="session-sync locked",
        usage="session-sync locked [--wait S] -- COMMAND...",
        description="Run COMMAND under the lock that all rounds share; the exit code is the command's own.",
        epilog="75: the lock was busy. 126, 127: the command cannot be run, or is not there. 128+n: signal n ended it.",
        allow_abbrev=False,
    )
    cli.add_wait(parser)
    return parser
