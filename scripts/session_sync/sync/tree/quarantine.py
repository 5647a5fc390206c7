r"""Moves files out of a shared tree whose *name* is a Windows path, such as `C:\Users\ada\notes.md`.

Windows tools leave them on other systems, also with the backslashes eaten by a shell, or with the characters that
Cygwin and MSYS write for those that Windows has no names with. No other machine could check them out; nothing is
deleted: a file is in its new place, whole, before it leaves the old one.
"""

from __future__ import annotations

import hashlib
import itertools
import os
import re
import shutil
import stat
import time
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, NamedTuple

from session_sync.home import files, paths
from session_sync.logs import shared_tree
from session_sync.text.lines import printable

_DRIVE = re.compile("[A-Za-z][:\uf03a]")
_BACKSLASH = re.compile("\\\\(?!x[0-9a-f]{2})|\uf05c")  # systemd writes \\x2d for a hyphen in a name
_OURS = {".claude", shared_tree.PROJECTS, shared_tree.CLIENTS, shared_tree.LOGS, shared_tree.WIKI}
_CHUNK = 1 << 20


class Quarantined(NamedTuple):
    """Where files went: (printable tree-relative path, new place), and which stayed: (printable path, why)."""

    moved: list[tuple[str, Path]]
    stayed: list[tuple[str, str]]


def is_garbled(path: bytes) -> bool:
    """Whether the tree-relative `path`, as git tells it, has a part that is or was a Windows path."""
    *folders, name = path.decode("utf-8", "surrogateescape").split("/")
    return any(_is_windows(part) or _DRIVE.fullmatch(part) for part in folders) or _is_windows(name)


def _is_windows(part: str) -> bool:
    """Whether one part of a path is more than a drive's name; "a: notes" is what people write."""
    if _BACKSLASH.search(part):
        return True
    return bool(_DRIVE.match(part)) and part[2:3] not in ("", " ")


def move(root: Path, garbled: list[bytes]) -> Quarantined:
    """Move the untracked files at the tree-relative paths `garbled` of the tree at `root` out of it.

    They keep their paths below a new folder of the quarantine; folders that this leaves empty go. A file that
    vanished meanwhile is passed over.
    """
    done, top = Quarantined([], []), _new_folder(root)
    for path in garbled:
        name = os.fsdecode(path)
        try:
            source, place = _inside(root, name), top / name
            _move_one(source, place)
        except OSError as error:
            if os.path.lexists(root / name):
                done.stayed.append((printable(name), error.strerror or "it cannot be moved"))
            continue
        done.moved.append((printable(name), place))
        _remove_empty(root, source.parent)
    return done


def keep(root: Path, name: str, source: Path) -> tuple[str, Path]:
    """Move the file at `source`, which was at `name` in the tree at `root`, to the quarantine.

    Returns its printable name and its new place. Raises OSError.
    """
    place = _new_folder(root) / name
    _move_one(source, place)
    return printable(name), place


def _new_folder(root: Path) -> Path:
    """A folder of the quarantine for this tree and time that is not there yet; it is made with its first file."""
    whole = os.path.abspath(root)
    tree = f"{os.path.basename(whole)}-{hashlib.sha256(os.fsencode(whole)).hexdigest()[:8]}"
    moment = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
    names = itertools.chain([moment], (f"{moment}-{number}" for number in itertools.count(2)))
    return next(each for name in names if not os.path.lexists(each := paths.quarantine() / tree / name))


def _inside(root: Path, name: str) -> Path:
    """The place of `name` in the tree; OSError when it is elsewhere, by its name or by a link on the way."""
    place = root / name
    if os.path.realpath(place.parent) != os.path.join(os.path.realpath(root), *name.split("/")[:-1]):
        raise OSError(0, "it is behind a link, or outside the tree")
    return place


def _move_one(source: Path, place: Path) -> None:
    """Move a file or a link, never over another one; OSError when that is not possible, and `source` stays."""
    mode = source.lstat().st_mode
    if not stat.S_ISREG(mode) and not stat.S_ISLNK(mode):
        raise OSError(0, "it is not a file")
    files.make_private_dir(place.parent)
    if stat.S_ISLNK(mode):
        os.symlink(os.readlink(source), place)
    else:
        try:
            os.link(source, place, follow_symlinks=False)
        except OSError:  # another file system, or one without hard links
            _copy(source, place)
    try:
        source.unlink(missing_ok=True)
    except OSError:
        place.unlink()  # or there would be one more with each sync
        raise


def _copy(source: Path, place: Path) -> None:
    """Copy `source` to `place`; OSError unless all its bytes are there and it did not change meanwhile."""
    temporary = place.parent / f".{os.urandom(8).hex()}.tmp"
    try:
        with files.open_regular(source, follow=False) as given, temporary.open("x+b") as made:
            before = os.fstat(given.fileno())
            shutil.copyfileobj(given, made, _CHUNK)
            made.flush()
            os.fsync(made.fileno())
            if not _same(given, made) or _state(os.stat(source, follow_symlinks=False)) != _state(before):
                raise OSError(0, "it changed while it was copied")
        os.utime(temporary, ns=(before.st_atime_ns, before.st_mtime_ns))
        if not files.claim(temporary, place):
            raise OSError(0, "its new place is taken")
        with place.open("rb+") as placed:
            os.fsync(placed.fileno())  # its name as well: that was given after its bytes
    finally:
        temporary.unlink(missing_ok=True)


def _same(one: BinaryIO, other: BinaryIO) -> bool:
    """Whether both open files hold the same bytes."""
    one.seek(0)
    other.seek(0)
    while data := one.read(_CHUNK):
        if other.read(_CHUNK) != data:
            return False
    return other.read(1) == b""


def _state(found: os.stat_result) -> tuple[int, ...]:
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns


def _remove_empty(root: Path, folder: Path) -> None:
    """Remove `folder` and those around it as far as they are empty; not the root, nor a folder of every shared tree."""
    with suppress(OSError):  # not empty
        while folder != root and not (folder.parent == root and folder.name in _OURS):
            folder.rmdir()
            folder = folder.parent
