"""The one place for calls that differ between POSIX and Windows.

Standard library and Python 3.9 only: the launcher and the hooks import it.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from contextlib import suppress
from pathlib import Path

TYPE_CHECKING = False  # importing typing costs a tenth of a hook
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import IO, NoReturn

WINDOWS = sys.platform == "win32"
_CHUNK = 1 << 20  # bytes to read at once

_given: list[int] = []  # the umask before we made it strict


def keep_private() -> None:
    """Files that this process and its children make from now on are for their owner alone."""
    _given.append(os.umask(0o077))


def users_umask() -> int:
    """The umask that the user has set, for files in the user's own trees and for the user's own commands."""
    handed = os.environ.get("SESSION_SYNC_UMASK", "")  # by the launcher, which made it strict itself
    try:
        return int(handed, 8) & 0o777
    except ValueError:
        return _given[0] if _given else 0o077


_told_to_end: list[int] = []  # the signals that came


def end_by_interrupt() -> None:
    """Have all that ends a process (a time-out, a terminal that closes) interrupt this one, so that it clears up.

    What it was started to ignore stays ignored.
    """
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) in (signal.SIG_DFL, signal.default_int_handler):
            signal.signal(number, _interrupt)


def is_told_to_end() -> bool:
    """Whether a signal has come that ends this process: for threads, which it does not interrupt."""
    return bool(_told_to_end)


def _interrupt(number: int, _frame: object) -> None:
    is_first = not _told_to_end
    _told_to_end.append(number)
    if is_first or number == signal.SIGINT:  # whoever ends us twice must not end the clearing up
        raise KeyboardInterrupt


def arriving(stream: IO[str] | None, silence: float, longest: float) -> Iterator[bytes]:
    """The bytes that come from `stream`, what is there at once together.

    It ends with the stream, when nothing came for `silence` seconds, or after `longest`. Nothing comes from a stream
    that is closed, or from a terminal, where nobody knows that something is expected.
    """
    try:
        if stream is None or stream.isatty():
            return
        descriptor = stream.fileno()
    except (OSError, ValueError):
        return
    wait = _reads_by_thread(descriptor) if WINDOWS else _reads(descriptor)
    deadline = time.monotonic() + longest
    while (left := deadline - time.monotonic()) > 0:
        chunk = wait(min(silence, left))
        if not chunk:
            return
        together = bytearray(chunk)
        while chunk and time.monotonic() < deadline:
            chunk = wait(0)
            together += chunk
        yield bytes(together)


def _reads(descriptor: int) -> Callable[[float], bytes]:
    """A function that gives what comes next, within the seconds given; b"" at the end and when nothing comes."""
    import select

    def read(seconds: float) -> bytes:
        if not select.select([descriptor], [], [], seconds)[0]:
            return b""
        try:
            return os.read(descriptor, _CHUNK)
        except OSError:  # not open for reading, or a terminal of another session
            return b""

    return read


def _reads_by_thread(descriptor: int) -> Callable[[float], bytes]:
    """The same for Windows, where nobody can ask whether a pipe holds something."""
    import queue
    import threading

    chunks: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    own = os.dup(descriptor)  # the thread may outlive what it reads, whose number another file gets then

    def read_all() -> None:
        chunk = b"-"
        while chunk:
            try:
                chunk = os.read(own, _CHUNK)
            except OSError:
                chunk = b""
            chunks.put(chunk)
        os.close(own)

    threading.Thread(target=read_all, daemon=True).start()
    is_over = False  # the end comes once, and may be asked for again

    def read(seconds: float) -> bytes:
        nonlocal is_over
        if is_over:
            return b""
        try:
            chunk = chunks.get(timeout=seconds)
        except queue.Empty:
            return b""
        is_over = not chunk
        return chunk

    return read


def replace_process(argv: list[str]) -> NoReturn:
    """Run `argv` in place of this process; on Windows as a child whose exit code is ours."""
    if WINDOWS:
        import subprocess

        raise SystemExit(subprocess.call(argv))
    os.execv(argv[0], argv)  # noqa: S606 - no shell wanted


def try_lock(descriptor: int) -> bool:
    """Lock an open file for this process alone; False when another one has it.

    The kernel frees the lock when the file is closed or its holder ends, however it ends.
    """
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        return False
    return True


def unlock(descriptor: int) -> None:
    """Free what `try_lock` locked, for all processes that inherited the file as well."""
    if sys.platform == "win32":
        import msvcrt

        msvcrt.locking(descriptor, msvcrt.LK_UNLCK, 1)
    else:
        import fcntl

        fcntl.flock(descriptor, fcntl.LOCK_UN)


def exchange(one: Path, other: Path) -> bool:
    """Swap what two names stand for in one instant; False where that is not possible at all. Raises OSError."""
    import ctypes
    import errno

    try:
        library = ctypes.CDLL(None, use_errno=True)
        if sys.platform == "darwin":
            failed = library.renamex_np(os.fsencode(one), os.fsencode(other), 2)  # RENAME_SWAP, rename(2)
        else:
            here = -100  # AT_FDCWD
            failed = library.renameat2(here, os.fsencode(one), here, os.fsencode(other), 2)  # RENAME_EXCHANGE
    except (AttributeError, OSError, TypeError):  # no such call; Windows names no library None
        return False
    if not failed:
        return True
    code = ctypes.get_errno()
    if code in (errno.ENOSYS, errno.EINVAL, errno.ENOTSUP, errno.EPERM):
        return False
    raise OSError(code, os.strerror(code), str(other))


def process_start(pid: int) -> str | None:
    """An opaque text that differs between two processes that had the same `pid`; None when there is none."""
    if sys.platform.startswith("linux"):
        try:
            # proc(5): the 22nd field, counted after the command in parentheses, which may hold spaces.
            fields = Path(f"/proc/{pid}/stat").read_text(errors="replace").rpartition(")")[2].split()
            return None if fields[0] in ("Z", "X") else fields[19]  # dead, and not waited for by its parent yet
        except (OSError, IndexError):
            return None
    return _windows_process_start(pid) if WINDOWS else _ps_process_start(pid)


def process_space() -> str:
    """An opaque text that is the same for processes whose pids can be compared: of one start of one system, and in
    Linux of one container; "" where only the start of a process tells.
    """
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        return f"{boot} {os.readlink('/proc/self/ns/pid')}"
    except OSError:
        return ""


def _ps_process_start(pid: int) -> str | None:
    import subprocess

    command = ["ps", "-o", "lstart=", "-p", str(pid)]
    answer = subprocess.run(command, capture_output=True, text=True, timeout=10, check=False)
    return answer.stdout.strip() or None


def _windows_process_start(pid: int) -> str | None:
    import subprocess

    query = f"(Get-Process -Id {int(pid)}).StartTime.ToFileTimeUtc()"
    command = ["powershell", "-NoProfile", "-NonInteractive", "-Command", query]
    answer = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    return answer.stdout.strip() or None


def kill(pid: int) -> None:
    """End process `pid` at once; a process that is gone already is no error."""
    try:
        os.kill(pid, signal.SIGTERM if WINDOWS else signal.SIGKILL)
    except ProcessLookupError:
        return


def end_group(pid: int, patience: float = 2.0) -> None:
    """End our child `pid`, which was started as the leader of a session of its own, and all that it started.

    It is asked first, and has `patience` seconds to clear up: a git that is killed leaves its locks behind.
    """
    if WINDOWS:
        kill(pid)
        return
    for number in (signal.SIGTERM, signal.SIGCONT):  # one that is stopped cannot even end
        _signal_group(pid, number)
    deadline = time.monotonic() + patience
    while not _has_ended(pid) and time.monotonic() < deadline:
        time.sleep(0.01)
    _signal_group(pid, signal.SIGKILL)  # not waited for yet, so that nobody else can have its number


def _signal_group(pid: int, number: int) -> None:
    with suppress(ProcessLookupError, PermissionError):  # macOS refuses when all have ended
        os.killpg(pid, number)


def _has_ended(pid: int) -> bool:
    """Whether our child `pid` has ended; it stays to be waited for."""
    try:
        return os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None
    except (AttributeError, ChildProcessError):  # macOS before Python 3.13; waited for already
        return False


def spawn_detached(argv: list[str], log: Path) -> None:
    """Start `argv` so that it outlives this process, its terminal and whoever kills its tree.

    A double fork on POSIX: a merely setsid child is still found by its parent's pid and killed with
    a hook that times out (seen on Claude Code 2.1.197 and 2.1.329). Output is appended to `log`; no
    pipe of the caller is inherited, because a client waits for those to close.
    """
    if WINDOWS:
        _spawn_windows(argv, log)
        return
    if os.fork() > 0:
        os.wait()
        return
    try:
        os.setsid()
        if os.fork() == 0:
            _redirect(log)
            os.execv(argv[0], argv)  # noqa: S606 - no shell wanted
    finally:
        os._exit(0)


def _redirect(log: Path) -> None:
    null = os.open(os.devnull, os.O_RDONLY)
    out = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    for descriptor, target in ((null, 0), (out, 1), (out, 2)):
        os.dup2(descriptor, target)
    os.closerange(3, os.sysconf("SC_OPEN_MAX"))


def _spawn_windows(argv: list[str], log: Path) -> None:
    import subprocess

    flags = getattr(subprocess, "DETACHED_PROCESS", 0) | getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0)
    with open(log, "ab") as out:
        subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=out, stderr=out, close_fds=True, creationflags=flags)
