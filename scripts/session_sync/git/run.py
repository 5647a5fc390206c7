"""The only module that starts git: one environment, one set of time-outs, errors in our words."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import IO

from session_sync import system
from session_sync.errors import UserError
from session_sync.git import environment
from session_sync.git.conversation import Answer, converse
from session_sync.git.failure import GitError
from session_sync.git.trace import Trace, recorded

LOCAL_LIMIT = 300.0  # seconds that a command on local files may take
SILENCE_LIMIT = 30.0  # seconds without a byte from the remote: git and its servers send signs of life far more often
QUIET_LIMIT = 300.0  # seconds that a remote may send signs of life and nothing else
# Commands that may run a program of the user's, to filter, to merge or to sign: which one, only a trace tells.
_STARTING = {"checkout-index", "commit-tree", "hash-object", "log", "merge-tree", "read-tree", "update-index"}


@dataclass(frozen=True)
class Git:
    """Git at one place: a bare `git_dir` of ours, or a folder `tree` of the user's, where the user's umask holds.

    With both, `tree` is a working tree of the repository at `git_dir`, whichever it has of its own.

    `settings` are configuration values for its commands, handed over in the environment so that none shows in a process
    list; `variables` go into it as they are. `progress` is called before each command, and all the while one works.
    """

    git_dir: Path | None = None
    tree: Path | None = None
    settings: Mapping[str, str] = field(default_factory=dict)
    variables: Mapping[str, str] = field(default_factory=dict)
    progress: Callable[[], None] = lambda: None

    def run(
        self,
        *arguments: str,
        data: bytes = b"",
        index: Path | None = None,
        expected: Collection[int] = (0,),
        keep_lock: bool = True,
        limit: float | None = None,
    ) -> bytes:
        """Run a command with `data` on its standard input and return its standard output.

        `index` is used in the place of the tree's. `keep_lock` lets the command hold the round's lock should we be
        killed, for what writes here; `limit` is in seconds, LOCAL_LIMIT by default. Raises GitError for an exit code
        that is not `expected`, UserError without git.
        """
        return self.ask(*arguments, data=data, index=index, expected=expected, keep_lock=keep_lock, limit=limit).out

    def ask(
        self,
        *arguments: str,
        data: bytes = b"",
        index: Path | None = None,
        expected: Collection[int] = (0,),
        keep_lock: bool = True,
        limit: float | None = None,
    ) -> Answer:
        """The same, with what git wrote on its standard error."""
        self.progress()
        with (
            recorded(not _STARTING.isdisjoint(arguments)) as trace,
            self.started(*arguments, index=index, keep_lock=keep_lock, variables=trace.variables) as process,
        ):
            answer = converse(process, data, _Patience(arguments[0], limit or LOCAL_LIMIT, trace, self.progress).look)
        return _checked(arguments[0], process.returncode, answer, expected)

    def talk(self, *arguments: str, data: bytes = b"", keep_lock: bool = True) -> bytes:
        """The same with a remote, for as long as it gives signs of life."""
        with (
            recorded(True) as trace,
            self.started(*arguments, keep_lock=keep_lock, variables=trace.variables) as process,
        ):
            answer = converse(process, data, _Attention(trace, self.progress).look)
        return _checked(arguments[0], process.returncode, answer, (0,)).out

    @contextmanager
    def stream(self, *arguments: str) -> Iterator[IO[bytes]]:
        """Run a command with its standard input open for writing; raises GitError when it ends badly."""
        with self.started(*arguments) as process:
            assert process.stdin is not None  # noqa: S101 - opened as a pipe below
            with suppress(BrokenPipeError):  # git ended early and says why below
                yield process.stdin
            answer = converse(process, b"", _Patience(arguments[0], LOCAL_LIMIT, Trace(None), self.progress).look)
        _checked(arguments[0], process.returncode, answer, (0,))

    @contextmanager
    def started(
        self,
        *arguments: str,
        index: Path | None = None,
        keep_lock: bool = True,
        variables: Mapping[str, str] = MappingProxyType({}),
    ) -> Iterator[subprocess.Popen[bytes]]:
        """A running command, ended with all its children when the body is left by an exception.

        close_fds=False: the descriptor of the round's lock, the only inheritable one, goes along, so that the lock
        stays taken while a child of a killed round still writes.
        """
        place = ["-C", str(self.tree)] if self.tree else []
        place += [f"--git-dir={self.git_dir}"] if self.git_dir else []
        place += [f"--work-tree={self.tree}"] if self.git_dir and self.tree else []
        given = {**environment.of_git(self.settings), **self.variables, **variables}
        if index:
            given["GIT_INDEX_FILE"] = str(index)
        try:
            process = subprocess.Popen(
                ["git", *place, *arguments],  # noqa: S607 - the user's own git
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env=given,
                start_new_session=True,
                umask=system.users_umask() if self.tree else -1,
                close_fds=system.WINDOWS or not keep_lock,
            )
        except FileNotFoundError:
            raise UserError("git is not installed; install git 2.31 or later") from None
        try:
            yield process
        except BaseException:
            system.end_group(process.pid)
            raise
        finally:
            process.wait()
            for pipe in (process.stdin, process.stdout, process.stderr):
                if pipe:
                    with suppress(BrokenPipeError):  # what git did not read any more
                        pipe.close()


def _checked(command: str, code: int, answer: Answer, expected: Collection[int]) -> Answer:
    if code not in expected:
        raise GitError(command, (answer.err + b"\n" + answer.out).decode(errors="replace"))
    return answer


class _Patience:
    """Gives a command on local files up when it has not ended after `limit` seconds, and shows `progress` meanwhile."""

    def __init__(self, command: str, limit: float, trace: Trace, progress: Callable[[], None]) -> None:
        self._command, self._limit, self._trace, self._progress = command, limit, trace, progress
        self._deadline = time.monotonic() + limit

    def look(self, _heard: int) -> None:
        self._progress()
        _end_when_told(self._command)
        if time.monotonic() > self._deadline:
            raise GitError(self._command, f"fatal: {_waiting(self._trace) or 'not done'} after {self._limit:.0f} s")


class _Attention:
    """Gives a command on the network up when nothing comes, and shows `progress` meanwhile."""

    def __init__(self, trace: Trace, progress: Callable[[], None]) -> None:
        self._trace, self._progress = trace, progress
        self._heard = self._size = 0
        self._word = self._sign = time.monotonic()

    def look(self, heard: int) -> None:
        self._progress()
        _end_when_told("over the network")
        now, size = time.monotonic(), self._trace.size
        if heard != self._heard:
            self._word = self._sign = now
        elif size != self._size:
            self._sign = now
        self._heard, self._size = heard, size
        if now - self._sign > SILENCE_LIMIT:
            raise self._given_up(SILENCE_LIMIT, "")
        if now - self._word > QUIET_LIMIT:
            raise self._given_up(QUIET_LIMIT, " but that it is there")

    def _given_up(self, limit: float, but: str) -> GitError:
        """Why the command was ended; a program of the user's own that waits is no matter of the remote."""
        program = _waiting(self._trace)
        why = f"{program} after {limit:.0f} s" if program else f"the remote said nothing for {limit:.0f} s{but}"
        return GitError("over the network", f"fatal: {why}")


def _end_when_told(command: str) -> None:
    """End the command with us, also where it runs in a thread, which no signal interrupts."""
    if system.is_told_to_end():
        raise GitError(command, "fatal: interrupted")


def _waiting(trace: Trace) -> str:
    program = trace.waits_for()
    return f"{program}, which git waits for, has not ended" if program else ""
