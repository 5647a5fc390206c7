"""The files that a scan is asked for: those that are named, and those below the folders that are named."""

from __future__ import annotations

import os
import stat as modes
from dataclasses import dataclass, field

from session_sync.errors import UsageError
from session_sync.home import paths
from session_sync.scan.files.verdicts import FileState, stat_key

STANDARD = "-"  # standard input or output
_OPAQUE = b".git"  # its objects are compressed: nothing in them can be seen


@dataclass
class ScanTarget:
    """A file or folder to scan, which the user calls `name`, and what of it is to be scanned."""

    name: str
    root: bytes  # absolute
    is_folder: bool
    is_stream: bool = False  # a pipe or device that was named: read once, never remembered
    files: list[FileState] = field(default_factory=list)  # sorted
    folders: list[bytes] = field(default_factory=list)  # below the root
    skipped: list[tuple[bytes, str]] = field(default_factory=list)  # with the reason
    unreadable: list[tuple[bytes, str]] = field(default_factory=list)

    @property
    def folder(self) -> bytes:
        """The folder whose .piiignore counts."""
        return self.root if self.is_folder else os.path.dirname(self.root)

    def relative(self, path: bytes) -> str:
        """The path of a file of this target below `folder`, with `/`."""
        return os.fsdecode(os.path.relpath(path, self.folder)).replace(os.sep, "/")

    def shown(self, path: bytes) -> str:
        """The path of a file of this target as the user would write it."""
        below = os.fsdecode(path[len(self.root) :]).lstrip(os.sep)
        return os.path.join(self.name, below) if below else self.name


def resolve(name: str) -> ScanTarget:
    """What the argument `name` means; raises UsageError when there is no such file or folder."""
    if name == STANDARD:
        return ScanTarget(name, os.fsencode(os.path.join(os.getcwd(), name)), is_folder=False, is_stream=True)
    root = os.fsencode(os.path.abspath(paths.expanded(name)))
    try:
        stat = os.stat(root)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "not a path"
        raise UsageError(f"cannot scan {name}: {reason}; name files and folders, or - for standard input") from None
    target = ScanTarget(name, root, modes.S_ISDIR(stat.st_mode))
    if target.is_folder:
        _walk(target)
    elif modes.S_ISREG(stat.st_mode):
        target.files.append((root, *stat_key(stat)))
    else:
        target.is_stream = True
    return target


def _walk(target: ScanTarget) -> None:
    """Find all files below the target's folder, without following links."""
    folders, found = [target.root], target.files
    while folders:
        folder = folders.pop()
        try:
            with os.scandir(folder) as entries:
                for entry in entries:
                    if entry.is_file(follow_symlinks=False):
                        try:
                            found.append((entry.path, *stat_key(entry.stat(follow_symlinks=False))))
                        except FileNotFoundError:  # deleted meanwhile
                            continue
                    elif not entry.is_dir(follow_symlinks=False):
                        target.skipped.append((entry.path, "a link" if entry.is_symlink() else "not a regular file"))
                    elif entry.name == _OPAQUE:
                        target.skipped.append((entry.path, "the data of git"))
                    else:
                        target.folders.append(entry.path)
                        folders.append(entry.path)
        except OSError as error:
            target.unreadable.append((folder, error.strerror or type(error).__name__))
    found.sort()
    target.folders.sort()
    target.skipped.sort()
    target.unreadable.sort()
