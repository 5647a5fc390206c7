"""Tiny git working trees, with what is in them: on disk, in the index and in commits."""

from __future__ import annotations

import os
import stat
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

Content = str | bytes | None  # None removes a file


class Seen(NamedTuple):
    """All that a user could lose in a tree: compare it before and after."""

    files: dict[str, tuple[int, bytes]]  # mode (without others' rights) and bytes; a link's are its target
    index: bytes
    head: str


class Repo:
    """The git working tree at `root`; made there when there is none."""

    def __init__(self, root: Path, *options: str) -> None:
        self.root = root
        if not root.exists():
            subprocess.run(["git", "init", "-q", "-b", "main", *options, "--", str(root)], check=True)

    def run(self, *arguments: str, data: bytes = b"", code: int = 0, **env: str) -> bytes:
        """What git prints; it must end with `code`."""
        command = ["git", "-C", str(self.root), *arguments]
        done = subprocess.run(command, check=False, capture_output=True, input=data, env={**os.environ, **env})
        assert done.returncode == code, done
        return done.stdout

    def git(self, *arguments: str, data: bytes = b"", code: int = 0, **env: str) -> str:
        """The same as text, without the white space around it."""
        return self.run(*arguments, data=data, code=code, **env).decode(errors="surrogateescape").strip()

    def write(self, path: str, content: Content, mode: int = 0o644) -> Path:
        """Have `content` in the file at the tree-relative `path`; None removes it, with folders that this empties."""
        place = self.root / path
        if content is None:
            place.unlink()
            empty = place.parent
            while empty != self.root and not any(empty.iterdir()):
                empty.rmdir()
                empty = empty.parent
            return place
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content.encode() if isinstance(content, str) else content)
        place.chmod(mode)
        return place

    def commit(self, changes: Mapping[str, Content] | None = None, message: str = "change") -> str:
        """Write `changes` and commit all that is changed in the tree; returns the commit."""
        for path, content in (changes or {}).items():
            self.write(path, content)
        self.git("add", "-A", "--sparse")
        self.git("commit", "-q", "--allow-empty", "-m", message)
        return self.head

    def clone(self, root: Path, *options: str) -> Repo:
        """A clone at `root`, with this one as its origin."""
        subprocess.run(["git", "clone", "-q", *options, "--", str(self.root), str(root)], check=True)
        return Repo(root)

    def publish(self, bare: Path) -> None:
        """Make a bare repository at `bare`, the origin from now on, and push to it."""
        subprocess.run(["git", "init", "-q", "--bare", "-b", "main", "--", str(bare)], check=True)
        self.git("remote", "add", "origin", str(bare))
        self.git("push", "-q", "-u", "origin", "main")

    @property
    def head(self) -> str:
        return self.git("rev-parse", "HEAD")

    @property
    def index(self) -> bytes:
        """The index: modes, ids, stages, and the flags of sparse checkouts and intent-to-add."""
        return self.run("ls-files", "-z", "--stage", "-t") + self.run("diff", "--cached", "--raw", "-z", "--no-renames")

    def status(self) -> list[str]:
        """What `git status` tells as changed, a line each; the index stays as it is."""
        options = ("--porcelain", "-z", "--untracked-files=all", "--no-renames")
        answer = self.run("status", *options, GIT_OPTIONAL_LOCKS="0")
        return sorted(answer.decode(errors="surrogateescape").split("\0")[:-1])

    def files(self, commit: str = "HEAD") -> dict[str, bytes]:
        """The files in a commit with their bytes."""
        names = self.run("ls-tree", "-r", "-z", "--name-only", "--full-tree", commit).split(b"\0")[:-1]
        return {os.fsdecode(name): self.run("cat-file", "blob", f"{commit}:{os.fsdecode(name)}") for name in names}

    def changed(self, commit: str = "HEAD") -> list[str]:
        """The paths that a commit changed from its first parent, or all of a first one."""
        options = ("-r", "-z", "--root", "--name-only", "--no-commit-id", "--no-renames", "-m", "--first-parent")
        return sorted(map(os.fsdecode, self.run("diff-tree", *options, commit).split(b"\0")[:-1]))

    def seen(self) -> Seen:
        """The tree as it is now."""
        found = {}
        for folder, folders, names in os.walk(self.root):
            links = [name for name in folders if os.path.islink(os.path.join(folder, name))]
            folders[:] = [name for name in folders if name != ".git"]
            for name in [*names, *links]:
                if name != ".git":
                    path = Path(folder, name)
                    found[str(path.relative_to(self.root))] = _file(path)
        head = Path(self.git("rev-parse", "--absolute-git-dir"), "HEAD").read_text()
        return Seen(found, self.index, head + self.git("for-each-ref", "refs/heads"))


def _file(path: Path) -> tuple[int, bytes]:
    mode = path.lstat().st_mode
    if stat.S_ISLNK(mode):
        return mode & ~0o077, os.fsencode(os.readlink(path))
    return mode & ~0o077, path.read_bytes() if stat.S_ISREG(mode) else b""


def begun(root: Path) -> Repo:
    """A tree with one commit of two files."""
    made = Repo(root)
    made.commit({"a": "1\n", "folder/b": "1\n"}, "first")
    return made
