"""Little room on a disk, for tests that need no disk of their own."""

from __future__ import annotations

import os
import resource
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def little_room(most: int) -> Iterator[None]:
    """No file may get larger than `most` bytes: for this process EFBIG, and git dies of SIGXFSZ."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@contextmanager
def another_disk(folder: Path) -> Iterator[Path]:
    """An empty folder on another file system than `folder`; on the same where this machine has no second one."""
    disks = [Path(each) for each in ("/dev/shm", tempfile.gettempdir(), Path.cwd()) if os.path.isdir(each)]  # noqa: S108 - the usual second disk
    others = [each for each in disks if each.stat().st_dev != folder.stat().st_dev and os.access(each, os.W_OK)]
    with tempfile.TemporaryDirectory(dir=(others or [folder.parent])[0]) as made:
        yield Path(made)


@contextmanager
def on_another_disk(folder: Path) -> Iterator[None]:
    """Have `folder` on another file system, with a link in its place."""
    with another_disk(folder) as disk:
        elsewhere = disk / folder.name
        shutil.move(folder, elsewhere)
        folder.symlink_to(elsewhere)
        yield
        folder.unlink()
        shutil.move(elsewhere, folder)
