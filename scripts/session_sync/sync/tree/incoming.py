"""The files that an update of a working tree brings, written by git beside the tree before any file in it is touched.

git writes them into an empty working tree of the same repository: attributes, filters, links and sparse checkouts are
as in the user's own, and a full disk or a filter that fails leaves that as it was.
"""

from __future__ import annotations

import errno
import os
import re
import shlex
import shutil
from contextlib import suppress
from pathlib import Path

import msgspec

from session_sync import system
from session_sync.git.failure import GitError
from session_sync.git.run import Git
from session_sync.home import files
from session_sync.sync.tree.tree import WorkTree

_LITTLE = 1 << 20  # bytes: a disk with less than that counts as full
HIDDEN = ".session-sync-incoming"
_FILTER_FAILED = re.compile("smudge filter .* failed", re.DOTALL)
_FILTERS = r"^filter\..*\.(smudge|process)$"


class Journal(msgspec.Struct):
    """An update from commit `old` of `branch` to `new` that is under way."""

    old: str
    new: str
    branch: str
    token: str = ""  # in the names of files that wait beside their places

    def spare(self, number: int) -> str:
        """The name of the file that waits beside the place of the change with this number."""
        return f".{self.token}{number:08x}.tmp"


class Incoming:
    """The folder where new files wait and old ones are kept until all is done.

    It is below the tree's git directory, or in the tree, hidden from git, when that is on another disk.
    """

    def __init__(self, tree: WorkTree) -> None:
        self._tree = tree
        ours = tree.git_dir / "session-sync"
        self._journal = ours / "update.json"
        self.folder = ours / "incoming" if _share_a_disk(ours, tree.root) else tree.root / HIDDEN
        self.new = self.folder / "new"  # a working tree
        self.old = self.folder / "old"  # files by the number of their change
        self._home = f"cd {shlex.quote(tree.root.absolute().as_posix())} && unset GIT_WORK_TREE && "

    def write(self, index: Path, old: str, new: str) -> None:
        """Have git write what differs from tree `old` in `new`, and `index`, which holds `old`, follow.

        Raises GitError and OSError; then nothing but `index` has changed.
        """
        filters = self._filters()
        # Where git does without a filter that failed, the file may look like the user's change later.
        required = {f"{key.rpartition('.')[0]}.required": "true" for key in filters}
        try:
            self._write(index, old, new, filters | required)
        except GitError as error:
            if not _FILTER_FAILED.search(error.detail):
                raise
            git = self._write(index, old, new, filters)
            if self._is_modified(git, new):
                raise error from None
        for place in self.files():
            if not place.is_symlink():
                _settle(place)

    def _write(self, index: Path, old: str, new: str, settings: dict[str, str]) -> Git:
        """Have git write the files with these settings; returns that git."""
        self.clear()
        for folder in (self.new, self.old):
            folder.mkdir(parents=True)
            for made in (self.folder, folder):
                self._tree.share(made)  # after a kill another user's round may finish it
        (self.folder / ".gitignore").write_text("*\n")
        git = Git(self._tree.git_dir, self.new, settings=settings, progress=self._tree.progress)
        try:
            git.run("read-tree", "-m", "-u", "--no-recurse-submodules", old, new, index=index)
        except GitError as error:
            raise GitError("read-tree", error.detail.replace(self._home, "")) from None
        return git

    def _is_modified(self, git: Git, commit: str) -> bool:
        """Whether git would take what it wrote for a change, as it does where one of two filters failed."""
        index = self.folder / "index"
        git.run("read-tree", commit, index=index)
        git.run("update-index", "-q", "--refresh", index=index, expected=(0, 1))
        return bool(git.run("diff-files", "--name-only", "--diff-filter=M", "--ignore-submodules", index=index))

    def place(self, path: bytes) -> Path:
        """Where the new file for the tree-relative `path` waits; git wrote none outside of a sparse checkout."""
        return Path(os.fsdecode(os.path.join(os.fsencode(self.new), path)))

    def numbers(self, journal: Journal) -> dict[bytes, int]:
        """The number of each path that the update changes, always the same: by it what waits is found after a kill."""
        return {path: number for number, path in enumerate(sorted(self._tree.changes(journal.old, journal.new)))}

    def note(self, journal: Journal) -> None:
        """Note on disk what is under way. Raises OSError."""
        files.write_atomic(self._journal, msgspec.json.encode(journal), self._tree.file_mode)

    def journal(self) -> Journal | None:
        """What is under way; None when there is nothing, or nothing that can be read."""
        try:
            return msgspec.json.decode(self._journal.read_bytes(), type=Journal)
        except FileNotFoundError:
            return None
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            self.end()
            return None

    def end(self) -> None:
        """Nothing is under way any more. Raises OSError."""
        self.clear()
        self._journal.unlink(missing_ok=True)

    def is_disk_full(self) -> bool:
        """Whether hardly anything can be written."""
        with suppress(OSError):
            return shutil.disk_usage(self.folder if self.folder.exists() else self._tree.git_dir).free < _LITTLE
        return False

    def files(self) -> list[Path]:
        """All files and links that are there."""
        found = []
        for folder, folders, names in os.walk(self.folder):
            places = [Path(folder, name) for name in [*folders, *names]]
            found += [place for place in places if place.is_symlink() or not place.is_dir()]
        return found

    def clear(self) -> None:
        """Remove the folder with all that is in it. Raises OSError."""
        if self.folder.exists():
            shutil.rmtree(self.folder)

    def _filters(self) -> dict[str, str]:
        """The user's filters, run in the user's own tree: their commands may name files in it."""
        answer = os.fsdecode(self._tree.run("config", "-z", "--get-regexp", _FILTERS, expected=(0, 1)))
        pairs = (one.partition("\n") for one in answer.split("\0")[:-1])
        return {key: self._home + command for key, _, command in pairs if command}


def _share_a_disk(ours: Path, root: Path) -> bool:
    """Whether a file can be moved from one folder to the other; a mount may be between folders of one file system."""
    ours.mkdir(exist_ok=True)
    name = f".{os.urandom(8).hex()}.tmp"
    probe, moved = ours / name, root / name
    try:
        probe.touch()
        os.rename(probe, moved)
    except PermissionError:  # whoever may not write there may have nothing to write
        return ours.stat().st_dev == root.stat().st_dev
    except OSError as error:
        if error.errno == errno.EXDEV:
            return False
        raise
    finally:
        for place in (probe, moved):
            place.unlink(missing_ok=True)
    return True


def _settle(place: Path) -> None:
    """Have the disk hold the file: after a power cut a torn one would look like the user's own change."""
    descriptor = os.open(place, os.O_RDWR if system.WINDOWS else os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
