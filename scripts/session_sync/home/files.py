"""Whole files or none: owner-only folders, atomic writes, creation that never overwrites.

Standard library and Python 3.9 only: the hooks import it.
"""

from __future__ import annotations

import errno
import io
import os
import stat
from pathlib import Path

PRIVATE_DIR = 0o700
PRIVATE_FILE = 0o600
_READ = os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0)
YOUNG = 2_000_000_000  # ns: a file changed this lately may change again without a change of its time


def open_regular(path: Path | bytes, follow: bool) -> io.BufferedReader:
    """The regular file at `path`, open for reading; OSError when it is none, or a link and not to `follow`."""
    if not follow and os.path.islink(path):
        raise OSError(errno.ELOOP, "a link", path)
    descriptor = os.open(path, _READ if follow else _READ | getattr(os, "O_NOFOLLOW", 0))
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(errno.EINVAL, "no regular file", path)
    return open(descriptor, "rb")


def make_private_dir(path: Path) -> Path:
    """Create `path` and its missing parents, each readable by the owner alone; returns `path`."""
    if not path.is_dir():
        if path.parent != path:
            make_private_dir(path.parent)
        path.mkdir(mode=PRIVATE_DIR, exist_ok=True)
    return path


def close_to_others(path: Path) -> None:
    """Take other users' rights from a folder of ours that was made by somebody less careful."""
    if os.name != "posix" or not path.is_dir():
        return
    found = path.stat()
    if found.st_uid == os.getuid() and found.st_mode & 0o077 and not found.st_mode & stat.S_ISVTX:
        path.chmod(found.st_mode & 0o700)


def write_atomic(path: Path, data: bytes, mode: int = PRIVATE_FILE, durable: bool = True) -> None:
    """Replace `path` by `data`, whole or not at all; `durable` waits for the disk."""
    temporary = _write_temporary(path, data, mode, durable)
    try:
        if os.name == "nt" and path.exists():
            path.chmod(PRIVATE_FILE)  # Windows replaces no read-only file
        os.replace(temporary, path)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise
    if durable:
        _sync_dir(path.parent)


def create_new(path: Path, data: bytes, mode: int = PRIVATE_FILE, durable: bool = True) -> bool:
    """Create `path` with `data`, whole and never over another file; False when the name is taken.

    `durable` waits for the disk.
    """
    temporary = _write_temporary(path, data, mode, durable)
    try:
        if not claim(temporary, path):
            return False
    finally:
        temporary.unlink(missing_ok=True)
    if durable:
        _sync_dir(path.parent)
    return True


def claim(temporary: Path, path: Path) -> bool:
    """Give the file `temporary` the name `path` as well, or instead; False when that is taken."""
    try:
        os.link(temporary, path)
    except FileExistsError:
        return False
    except OSError as error:  # no hard links here: exFAT, some network shares
        if error.errno not in (errno.EPERM, errno.ENOTSUP, errno.ENOSYS, errno.EACCES, errno.EINVAL):
            raise
        try:
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, PRIVATE_FILE))
        except FileExistsError:
            return False
        os.replace(temporary, path)
    return True


def _write_temporary(path: Path, data: bytes, mode: int, durable: bool) -> Path:
    """Write `data` beside `path` under a hidden name that no reader takes for a log."""
    temporary = path.parent / f".{os.urandom(8).hex()}.tmp"
    try:
        descriptor = os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_WRONLY | getattr(os, "O_BINARY", 0), mode)
    except OSError as error:
        error.filename = str(path)  # the name that somebody knows
        raise
    try:
        with open(descriptor, "wb") as stream:
            if os.name == "posix":
                os.fchmod(descriptor, mode)  # our umask is for what we keep, not for a user's own tree
            stream.write(data)
            stream.flush()
            if durable:
                os.fsync(stream.fileno())
    except BaseException as error:
        temporary.unlink(missing_ok=True)
        if isinstance(error, OSError):
            error.filename = str(path)
        raise
    return temporary


def _sync_dir(path: Path) -> None:
    """Make a rename durable where folders can be opened (not on Windows)."""
    if os.name != "posix":
        return
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
