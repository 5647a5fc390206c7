"""The only module that starts git: one environment, one set of time-outs, errors in our words."""

from __future__ import annotations

import os
import shlex
import subprocess
import threading
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, NamedTuple

from session_sync import system
from session_sync.errors import UserError
from session_sync.git.failure import GitError

LOCAL_LIMIT = 300.0  # seconds that a command on local files may take
SIGN_OF_LIFE = 1.0  # seconds between two that a working command's caller gives
SILENCE_LIMIT = 120.0  # seconds that a command on the network may say nothing: git reports progress far more often

# What a user may set for git itself; GIT_DIR, GIT_INDEX_FILE and their like, which a hook hands down, must not pass.
KEPT = {
    f"GIT_{name}"
    for name in (
        *("ASKPASS", "CEILING_DIRECTORIES", "CONFIG_GLOBAL", "CONFIG_NOSYSTEM", "CONFIG_SYSTEM", "EXEC_PATH"),
        *("HTTP_LOW_SPEED_LIMIT", "HTTP_LOW_SPEED_TIME", "HTTP_PROXY_AUTHMETHOD", "PROXY_COMMAND"),
        *("SSH", "SSH_COMMAND", "SSH_VARIANT"),
        *("SSL_CAINFO", "SSL_CAPATH", "SSL_CERT", "SSL_KEY", "SSL_NO_VERIFY", "SSL_VERSION"),
    )
}
SSH_OPTIONS = "-o BatchMode=yes -o ConnectTimeout=10 -o ServerAliveInterval=15 -o ServerAliveCountMax=3"


class Answer(NamedTuple):
    """What git wrote on its standard output and its standard error."""

    out: bytes
    err: bytes


@dataclass(frozen=True)
class Git:
    """Git at one place: a bare `git_dir` of ours, or a folder `tree` of the user's, where the user's umask holds.

    With both, `tree` is a working tree of the repository at `git_dir`, whichever it has of its own.

    `settings` are configuration values for its commands, handed over in the environment so that none shows in a process
    list; `variables` go into it as they are. `progress` is called before each command and all the while that one works.
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
    ) -> bytes:
        """Run a command with `data` on its standard input and return its standard output.

        `index` is used in the place of the tree's. `keep_lock` lets the command hold the round's lock should we be
        killed, for what writes here. Raises GitError for an exit code that is not `expected`, UserError without git.
        """
        return self.ask(*arguments, data=data, index=index, expected=expected, keep_lock=keep_lock).out

    def ask(
        self,
        *arguments: str,
        data: bytes = b"",
        index: Path | None = None,
        expected: Collection[int] = (0,),
        keep_lock: bool = True,
    ) -> Answer:
        """The same, with what git wrote on its standard error."""
        self.progress()
        with self.started(*arguments, index=index, keep_lock=keep_lock) as process:
            answer = _wait(process, arguments[0], data, self.progress)
        return _checked(arguments[0], process.returncode, answer, expected)

    def talk(self, *arguments: str, data: bytes = b"", keep_lock: bool = True) -> bytes:
        """The same with a remote, for as long as git makes progress."""
        with self.started(*arguments, keep_lock=keep_lock) as process:
            answer = _talk(process, data, self.progress)
        return _checked(arguments[0], process.returncode, answer, (0,)).out

    @contextmanager
    def stream(self, *arguments: str) -> Iterator[IO[bytes]]:
        """Run a command with its standard input open for writing; raises GitError when it ends badly."""
        with self.started(*arguments) as process:
            assert process.stdin is not None  # noqa: S101 - opened as a pipe below
            with suppress(BrokenPipeError):  # git ended early and says why below
                yield process.stdin
            answer = Answer(*process.communicate(timeout=LOCAL_LIMIT))
        _checked(arguments[0], process.returncode, answer, (0,))

    @contextmanager
    def started(
        self, *arguments: str, index: Path | None = None, keep_lock: bool = True
    ) -> Iterator[subprocess.Popen[bytes]]:
        """A running command, ended with all its children when the body is left by an exception.

        close_fds=False: the descriptor of the round's lock, the only inheritable one, goes along, so that the lock
        stays taken while a child of a killed round still writes.
        """
        place = ["-C", str(self.tree)] if self.tree else []
        place += [f"--git-dir={self.git_dir}"] if self.git_dir else []
        place += [f"--work-tree={self.tree}"] if self.git_dir and self.tree else []
        environment = {**_environment(self.settings), **self.variables}
        if index:
            environment["GIT_INDEX_FILE"] = str(index)
        try:
            process = subprocess.Popen(
                ["git", *place, *arguments],  # noqa: S607 - the user's own git
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env=environment,
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


def _environment(settings: Mapping[str, str]) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_") or name in KEPT}
    program = shlex.quote(kept["GIT_SSH"]) if "GIT_SSH" in kept else settings.get("core.sshCommand", "ssh")
    ssh = kept.get("GIT_SSH_COMMAND", program)
    given = {
        "core.hooksPath": os.devnull,  # a user's global hooks are not for this repository
        "safe.bareRepository": "explicit",  # a tree may hold one, with settings that run programs
        "core.fsmonitor": "false",  # it may be any program
        "gc.auto": "0",  # rounds decide when, in the foreground
        "http.lowSpeedLimit": "1",
        "http.lowSpeedTime": "30",
        "protocol.ext.allow": "never",
        "protocol.file.allow": "always",
        "fetch.writeCommitGraph": "false",
        "gc.writeCommitGraph": "false",
        "push.pushOption": "",
        **settings,
    }
    pairs = {}
    for number, (key, value) in enumerate(given.items()):
        pairs[f"GIT_CONFIG_KEY_{number}"] = key
        pairs[f"GIT_CONFIG_VALUE_{number}"] = value
    return {
        **kept,
        **pairs,
        "GIT_CONFIG_COUNT": str(len(given)),
        "GIT_TERMINAL_PROMPT": "0",
        "GCM_INTERACTIVE": "never",
        "GIT_SSH_COMMAND": f"{ssh} {SSH_OPTIONS}",
        "SSH_ASKPASS_REQUIRE": "never",
        "GIT_OPTIONAL_LOCKS": "0",
        "LC_ALL": "C",
    }


def _wait(process: subprocess.Popen[bytes], command: str, data: bytes, progress: Callable[[], None]) -> Answer:
    """Feed and read `process` until it ends, for LOCAL_LIMIT at most."""
    deadline, given = time.monotonic() + LOCAL_LIMIT, data or None
    while True:
        try:
            return Answer(*process.communicate(given, timeout=min(SIGN_OF_LIFE, LOCAL_LIMIT)))
        except subprocess.TimeoutExpired:
            given = None  # it has been taken
        progress()
        if time.monotonic() > deadline:
            raise GitError(command, f"fatal: not done after {LOCAL_LIMIT:.0f} s")


def _talk(process: subprocess.Popen[bytes], data: bytes, progress: Callable[[], None]) -> Answer:
    """Feed and read `process` until it ends; it is given up when it says nothing for SILENCE_LIMIT."""
    heard = [time.monotonic()]
    outputs: tuple[list[bytes], list[bytes]] = ([], [])

    def read(pipe: IO[bytes], chunks: list[bytes]) -> None:
        while chunk := os.read(pipe.fileno(), 65536):
            chunks.append(chunk)
            heard[0] = time.monotonic()

    assert process.stdin and process.stdout and process.stderr  # noqa: S101, PT018 - opened as pipes
    pipes = zip((process.stdout, process.stderr), outputs, strict=True)
    readers = [threading.Thread(target=read, args=pair, daemon=True) for pair in pipes]
    for reader in readers:
        reader.start()
    with suppress(BrokenPipeError):  # git ended early and says why on its standard error
        process.stdin.write(data)
        process.stdin.close()
    while any(reader.is_alive() for reader in readers):
        readers[0].join(0.02)
        readers[1].join(0.02)
        progress()
        if system.is_told_to_end():
            raise GitError("over the network", "fatal: interrupted")  # in a thread, which no signal interrupts
        if time.monotonic() - heard[0] > SILENCE_LIMIT:
            raise GitError("over the network", f"fatal: the remote said nothing for {SILENCE_LIMIT:.0f} s")
    process.wait()
    return Answer(b"".join(outputs[0]), b"".join(outputs[1]))
