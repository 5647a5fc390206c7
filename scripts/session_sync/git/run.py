"""The only module that runs git: one environment, one set of time-outs, errors in our words."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import threading
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from session_sync import system
from session_sync.errors import UserError, masked

LOCAL_LIMIT = 300.0  # seconds that a command on local files may take
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

CONTENTION = re.compile(
    r"cannot lock ref|failed to update ref|kex_exchange_identification|Connection reset|early EOF|"
    r"remote end hung up|Connection closed by|RPC failed|HTTP (429|5\d\d)|error: (429|5\d\d)|incorrect old value|"
    r"fetch first|non-fast-forward|stale info"
)
REFUSED = re.compile(
    r"Permission denied|Authentication failed|could not read (Username|Password)|terminal prompts disabled|"
    r"Repository not found|error: 40[13]|Host key verification failed|hook declined|protected branch|"
    r"transport '\w+' not allowed|repository '.*' not found|does not support|mismatched algorithms"
)
UNREACHABLE = re.compile(
    r"Could not resolve host|Connection refused|[Tt]imed out|Network is unreachable|No route to host|"
    r"Failed to connect|Couldn't connect|does not appear to be a git repository|too slow|said nothing for|"
    r"unable to access|Could not read from remote repository|No such file or directory"
)


class GitError(UserError):
    """A git command failed; `detail` is what it said, with credentials masked."""

    def __init__(self, command: str, detail: str) -> None:
        self.detail = masked(detail)
        said = [line for line in self.detail.splitlines() if line.strip()]
        worth = [line for line in said if line.startswith(("fatal:", "error:", "ssh:"))] or said[-1:]
        if worth and "Could not read from remote repository" in worth[0]:
            worth = said  # ssh said why just before
        super().__init__(f"git {command} failed: {worth[0].strip() if worth else 'it said nothing; is the disk full?'}")

    @property
    def contended(self) -> bool:
        """Somebody else was quicker, or the server was busy: worth another try."""
        return is_contention(self.detail)

    @property
    def refused(self) -> bool:
        """The remote answered no: only the user can mend that."""
        return bool(REFUSED.search(self.detail))

    @property
    def unreachable(self) -> bool:
        """The remote cannot be reached now."""
        return not self.refused and bool(UNREACHABLE.search(self.detail))


def is_contention(said: str) -> bool:
    """Whether what git said means that somebody else was quicker, or the server busy."""
    return not REFUSED.search(said) and bool(CONTENTION.search(said))


def run(
    arguments: Sequence[str],
    *,
    git_dir: Path | None = None,
    tree: Path | None = None,
    index: Path | None = None,
    settings: Mapping[str, str] | None = None,
    data: bytes = b"",
    network: bool = False,
    keep_lock: bool = True,
    expected: Collection[int] = (0,),
    progress: Callable[[], None] = lambda: None,
    said: list[bytes] | None = None,
) -> bytes:
    """Run git and return its standard output; `said` takes its standard error.

    It works on a bare `git_dir` of ours, or in a work tree of the user's, with the user's umask and with `index` in the
    place of its index. `settings` are configuration values for this command, handed over in the environment so that
    none shows in a process list. A `network` command may take as long as it makes progress. `keep_lock` lets it hold
    the round's lock should we be killed, for what writes here. Raises GitError for an exit code that is not `expected`.
    """
    where = [f"--git-dir={git_dir}"] if git_dir else ["-C", str(tree)] if tree else []
    umask = system.users_umask() if tree else -1
    with _started([*where, *arguments], settings or {}, keep_lock, index, umask) as process:
        if network:
            out, err = _talk(process, data, progress)
        else:
            try:
                out, err = process.communicate(data, timeout=LOCAL_LIMIT)
            except subprocess.TimeoutExpired:
                raise GitError(arguments[0], f"fatal: not done after {LOCAL_LIMIT:.0f} s") from None
    if process.returncode not in expected:
        raise GitError(arguments[0], (err + b"\n" + out).decode(errors="replace"))
    if said is not None:
        said.append(err)
    return out


@contextmanager
def stream(arguments: Sequence[str], *, git_dir: Path) -> Iterator[IO[bytes]]:
    """Run git with its standard input open for writing; raises GitError when it ends badly."""
    with _started([f"--git-dir={git_dir}", *arguments], {}, True) as process:
        assert process.stdin is not None  # noqa: S101 - opened as a pipe below
        with suppress(BrokenPipeError):  # git ended early and says why below
            yield process.stdin
        _, err = process.communicate(timeout=LOCAL_LIMIT)
    if process.returncode != 0:
        raise GitError(arguments[0], err.decode(errors="replace"))


@contextmanager
def blobs(tree: Path) -> Iterator[Callable[[str], bytes]]:
    """A function that gives the content of a blob of the repository around `tree`, however many there are."""
    with _started(["-C", str(tree), "cat-file", "--batch"], {}, False) as process:
        asked, answers = process.stdin, process.stdout
        assert asked and answers  # noqa: S101, PT018 - opened as pipes below

        def read(oid: str) -> bytes:
            asked.write(f"{oid}\n".encode())
            asked.flush()
            words = answers.readline().split()
            if len(words) != 3:
                raise GitError("cat-file", f"fatal: {oid} is missing")
            return answers.read(int(words[2]) + 1)[:-1]

        yield read
        asked.close()


def config_value(key: str, directory: Path | None = None) -> str:
    """The git setting `key` as seen from `directory`, by default from no repository at all; "" when unset.

    What a repository says of its user must not decide anything: it may be somebody else's.
    """
    where = [] if directory else [f"--git-dir={os.devnull}"]
    return _ask([*where, "config", "--get", key], directory)


def common_dir(directory: Path) -> Path | None:
    """The git directory that all worktrees of the repository around `directory` share, or None."""
    common = _ask(["rev-parse", "--path-format=absolute", "--git-common-dir"], directory)
    return Path(common) if common else None


def toplevel(directory: Path) -> Path | None:
    """The main work tree of the repository around `directory` (a linked worktree counts to it), or None."""
    common = common_dir(directory)
    return common.parent if common and common.name == ".git" else common


def worktree(directory: Path) -> Path | None:
    """The work tree around `directory`, linked or not, or None."""
    top = _ask(["rev-parse", "--show-toplevel"], directory)
    return Path(top) if top else None


def trusted_worktree(directory: Path) -> Path | None:
    """The work tree around `directory`, or None. Raises UserError when there is one that git does not work in."""
    top = worktree(directory)
    if top is None:
        try:
            run(["-C", str(directory), "rev-parse"])
        except GitError as error:
            if "dubious ownership" not in error.detail:
                return None
            advice = f"git config --global --add safe.directory {directory}"
            raise UserError(f"{directory} belongs to another user; if you trust them: {advice}") from None
    return top


def remotes(directory: Path) -> list[str]:
    """The URLs of all remotes of the repository around `directory`."""
    return [
        line.partition(" ")[2] for line in _ask(["config", "--get-regexp", r"^remote\..*\.url$"], directory).split("\n")
    ]


def _ask(arguments: Sequence[str], directory: Path | None) -> str:
    """One line of git's answer about the user's own repository, or "" for none."""
    where = ["-C", str(directory)] if directory else []
    try:
        return os.fsdecode(run([*where, *arguments])).strip()
    except UserError:  # also when there is no git
        return ""


def check_version(least: tuple[int, int] = (2, 31)) -> None:
    """Raise UserError when git is older than `least`; settings in the environment came with 2.31."""
    found = re.search(r"(\d+)\.(\d+)", run(["version"]).decode())
    if found and (int(found[1]), int(found[2])) < least:
        raise UserError(f"git {found[0]} is too old; install git {least[0]}.{least[1]} or later")


@contextmanager
def _started(
    arguments: Sequence[str],
    settings: Mapping[str, str],
    keep_lock: bool,
    index: Path | None = None,
    umask: int = -1,
) -> Iterator[subprocess.Popen[bytes]]:
    """A running git, killed with all its children when the body is left by an exception.

    close_fds=False: the descriptor of the round's lock, the only inheritable one, goes along, so that the lock
    stays taken while a child of a killed round still writes.
    """
    environment = _environment(settings)
    if index:
        environment["GIT_INDEX_FILE"] = str(index)
    try:
        process = subprocess.Popen(
            ["git", *arguments],  # noqa: S607 - the user's own git
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment,
            start_new_session=True,
            umask=umask,
            close_fds=system.WINDOWS or not keep_lock,
        )
    except FileNotFoundError:
        raise UserError("git is not installed; install git 2.31 or later") from None
    try:
        yield process
    except BaseException:
        system.kill_group(process.pid)
        raise
    finally:
        process.wait()
        for pipe in (process.stdin, process.stdout, process.stderr):
            if pipe:
                with suppress(BrokenPipeError):  # what git did not read any more
                    pipe.close()


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


def _talk(process: subprocess.Popen[bytes], data: bytes, progress: Callable[[], None]) -> tuple[bytes, bytes]:
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
        if time.monotonic() - heard[0] > SILENCE_LIMIT:
            raise GitError("over the network", f"fatal: the remote said nothing for {SILENCE_LIMIT:.0f} s")
    process.wait()
    return b"".join(outputs[0]), b"".join(outputs[1])
