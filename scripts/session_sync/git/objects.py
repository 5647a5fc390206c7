"""The one reader of git's objects, however many are wanted."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import NamedTuple

from session_sync.git.failure import GitError
from session_sync.git.run import Git


class Kind(NamedTuple):
    """What an object is ("blob", "tree", "commit", "tag") and its size in bytes."""

    oid: str
    kind: str
    size: int


@contextmanager
def reader(git: Git) -> Iterator[Callable[[str], bytes]]:
    """A function that gives the content of an object by its id, one `git cat-file` for all of them.

    The function raises GitError for an object that is not there.
    """
    with git.started("cat-file", "--batch", keep_lock=False) as process:
        asked, answers = process.stdin, process.stdout
        assert asked and answers  # noqa: S101, PT018 - opened as pipes

        def read(oid: str) -> bytes:
            asked.write(f"{oid}\n".encode())
            asked.flush()
            words = answers.readline().split()
            if len(words) != 3:
                raise GitError("cat-file", f"fatal: {oid} is missing")
            return answers.read(int(words[2]) + 1)[:-1]

        yield read
        asked.close()


def kinds(git: Git, names: Iterable[str]) -> list[Kind | None]:
    """What each of `names` means, None for one that means no object that is here."""
    listing = "".join(f"{name}\n" for name in names).encode()
    answer = git.run("cat-file", "--batch-check", data=listing, keep_lock=False) if listing else b""
    rows = (line.split(" ") for line in answer.decode(errors="replace").splitlines())
    return [Kind(row[0], row[1], int(row[2])) if len(row) == 3 and row[2].isdigit() else None for row in rows]


def has_id(data: bytes, blob: str) -> bool:
    """Whether git gives `data` the id `blob`, in a repository of SHA-1 or SHA-256."""
    kind = "sha1" if len(blob) == 40 else "sha256"
    return hashlib.new(kind, b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest() == blob
