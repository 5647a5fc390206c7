"""A git working tree of the user's, seen from a round: what is changed in it, its commits, its branch and its remote.

The branch moves by compare and swap, the index by one rename (index.py): a commit that somebody else makes at the
same time is never lost, and a kill leaves nothing to clean up. Hooks do not run, and nothing is ever forced.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

from session_sync.git import signing
from session_sync.git.failure import GitError
from session_sync.git.fast_import import Importer
from session_sync.git.run import Git
from session_sync.home import files
from session_sync.sync.tree import own_folder
from session_sync.sync.tree.index import TreeIndex

_PROPOSAL = "refs/session-sync/proposal"  # a commit that no branch has yet, safe from git's garbage collection
_CONFIG = (
    r"^(branch\..*\.(remote|merge)|remote\..*\.url|commit\.gpgsign|push\.gpgsign|core\.(sparsecheckout|sshcommand|ignorecase)|"
    r"core\.sharedrepository|user\.(name|email)|gpg\.(format|program|openpgp\.program)|extensions\.objectformat|"
    r"filter\.lfs\.(process|clean))$"
)
_SAFE = ("-c", "core.safecrlf=false")  # it would refuse a file for its line ends
GONE = "0" * 40  # git's way to say "no object", whatever the length of its ids


class TreeEntry(NamedTuple):
    """What a tree or an index holds at a path; no mode means nothing."""

    mode: str
    oid: str

    @property
    def is_file(self) -> bool:
        return self.mode.startswith("100")

    @property
    def is_link(self) -> bool:
        return self.mode == "120000"

    @property
    def is_submodule(self) -> bool:
        return self.mode == "160000"

    @property
    def is_content(self) -> bool:
        """Whether it is a file or a link."""
        return self.is_file or self.is_link


NO_ENTRY = TreeEntry("", GONE)
Changes = dict[bytes, tuple[TreeEntry, TreeEntry]]  # path -> what was there and what is there now


@dataclass(frozen=True)
class Commit:
    """A commit by its id, its author's name and the first line of its message."""

    commit: str
    author: str
    subject: str


class WorkTree:
    """The working tree at `root`; `progress` is called while git works. Raises GitError when there is none."""

    def __init__(self, root: Path, progress: Callable[[], None] = lambda: None) -> None:
        self.root = root
        self.progress = progress
        self.git = Git(tree=root, progress=progress)
        self.git_dir = Path(os.fsdecode(self.git.run("rev-parse", "--absolute-git-dir")).rstrip("\n"))
        self.index = TreeIndex(self.git_dir, root)
        self.warnings: list[str] = []
        self._can_sign = True

    def run(
        self, *arguments: str, data: bytes = b"", index: Path | None = None, expected: Collection[int] = (0,)
    ) -> bytes:
        """A git command in the tree, with `index` in the place of the user's."""
        return self.git.run(*arguments, data=data, index=index, expected=expected)

    @cached_property
    def config(self) -> dict[str, str]:
        """What git's configuration says of branches, remotes and the user."""
        answer = self.run("config", "-z", "--get-regexp", _CONFIG, expected=(0, 1)).decode(errors="replace")
        pairs = (one.partition("\n") for one in answer.split("\0")[:-1])
        return {key: value for key, _, value in pairs}

    @cached_property
    def common_dir(self) -> Path:
        """The git directory that all work trees of the repository share."""
        answer = self.run("rev-parse", "--path-format=absolute", "--git-common-dir")
        return Path(os.fsdecode(answer).removesuffix("\n"))

    @property
    def file_mode(self) -> int:
        """The rights of a file of ours in the git directory."""
        return own_folder.mode(self._shared)

    def share(self, place: Path) -> None:
        """Give a file or folder of ours there the rights that git would give it."""
        own_folder.share(place, self._shared)

    def lock_file(self) -> Path:
        """The file that rounds in this repository lock, in a folder that all who may work here can use."""
        own_folder.make(self.git_dir, self._shared)
        lock = own_folder.make(self.common_dir, self._shared) / "lock"
        if not lock.exists():
            files.create_new(lock, b"", self.file_mode, durable=False)
        return lock

    @property
    def _shared(self) -> str:
        return self.config.get("core.sharedrepository", "")

    @property
    def is_sparse(self) -> bool:
        return self.is_on("core.sparsecheckout")

    def resolve(self, name: str) -> str:
        """The commit that `name` means, "" when there is none."""
        answer = self.run("rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}", expected=(0, 1))
        return answer.decode().strip()

    def refs(self, prefix: str) -> dict[str, str]:
        """The refs at or below `prefix`, each with its object."""
        answer = os.fsdecode(self.run("for-each-ref", "--format=%(refname) %(objectname)", prefix))
        return dict(line.rsplit(" ", 1) for line in answer.splitlines())

    def is_ancestor(self, older: str, newer: str) -> bool:
        """Whether commit `newer` has all of commit `older`; git rev-list could not say where a clock was wrong."""
        return older == newer or self.merge_base(older, newer) == older

    def has(self, older: str, newer: str) -> bool:
        """Whether commit `older` is here and in `newer`."""
        return bool(self.resolve(older)) and self.is_ancestor(older, newer)

    def tree_of(self, commit: str) -> str:
        """The tree object of a commit."""
        return self.run("rev-parse", f"{commit}^{{tree}}").decode().strip()

    def objects(self, commit: str, known: str = "") -> set[str]:
        """The objects that `commit` has, with all before it, and `known` may not have."""
        answer = self.run("rev-list", "--objects", "--no-object-names", commit, *([f"^{known}"] if known else []))
        return set(answer.decode().split())

    def count(self, commit: str, known: str) -> int:
        """How many commits `commit` has that `known` has not."""
        return int(self.run("rev-list", "--count", commit, f"^{known}"))

    def merge_base(self, one: str, other: str) -> str:
        """The newest commit that both have; "" when they share none."""
        return next(iter(self.merge_bases(one, other)), "")

    def merge_bases(self, one: str, *others: str) -> list[str]:
        """The newest commits that are in `one` and in any of `others`."""
        return self.run("merge-base", "--all", one, *others, expected=(0, 1)).decode().split()

    def log(self, old: str, new: str, most: int) -> list[Commit]:
        """The commits in `new` that are not in `old` ("" for none), newest first, merges left out."""
        options = (
            "--no-merges",
            "--no-show-signature",
            "--encoding=UTF-8",
            f"--max-count={most}",
            "-z",
            "--format=%H%n%an%n%s",
        )
        answer = self.run("log", *options, new, *([f"^{old}"] if old else []), "--").decode(errors="replace")
        return [Commit(*one.split("\n", 2)) for one in answer.split("\0") if one]

    def changes(self, old: str, new: str, *paths: str) -> Changes:
        """What differs between the trees of two commits, below `paths` when there are any."""
        return _changes(self.run("diff-tree", "-r", "-z", "--no-renames", old, new, "--", *_literally(paths)))

    def staged(self, index: Path, head: str) -> Changes:
        """What `index` holds that commit `head` does not, or without a commit all of it."""
        base = head or self.run("hash-object", "-t", "tree", "--stdin").decode().strip()
        options = ("--cached", "--raw", "--abbrev=64", "--no-renames", "--ignore-submodules=none", "-z")
        return _changes(self.run("diff-index", *options, base, "--", index=index))

    def add(self, index: Path, paths: Iterable[bytes]) -> None:
        """Have `index` hold `paths` as they are in the working tree, gone ones removed."""
        listed = b"".join(path + b"\0" for path in paths)
        options = ("--add", "--remove", "--replace", "-z", "--stdin")
        self.run(*_SAFE, "update-index", *options, data=listed, index=index)

    def put(self, index: Path, entries: Iterable[tuple[bytes, TreeEntry]]) -> None:
        """Have `index` hold `entries`, whatever the working tree holds."""
        gone = f"0 {'0' * self._id_length}"
        lines = b"".join(
            (f"{entry.mode} {entry.oid}" if entry.mode else gone).encode() + b"\t" + path + b"\0"
            for path, entry in entries
        )
        self.run("update-index", "--replace", "-z", "--index-info", data=lines, index=index)

    def entries(self, head: str, paths: Iterable[str]) -> dict[bytes, TreeEntry]:
        """What commit `head` holds at `paths`."""
        wanted = _literally(paths)
        if not head or not wanted:
            return {}
        found = {}
        for line in self.run("ls-tree", "-r", "-z", "--full-tree", head, "--", *wanted).split(b"\0")[:-1]:
            meta, _, path = line.partition(b"\t")
            mode, _, oid = meta.decode().split()
            found[path] = TreeEntry(mode, oid)
        return found

    def blob(self, oid: str) -> bytes:
        """The content of a blob."""
        return self.run("cat-file", "blob", oid)

    def store(self, data: bytes, path: str = "") -> str:
        """Keep `data` as a blob and return its id; with a `path` as git would commit it there, line ends and all."""
        return (
            self.run("hash-object", "-w", "--stdin", *([f"--path={path}"] if path else []), data=data).decode().strip()
        )

    def graft(self, head: str, entries: dict[bytes, TreeEntry]) -> str:
        """The tree of commit `head` with `entries` in it: no index of all its files is needed for that."""
        with self.git.stream("fast-import", "--quiet", "--done", "--force") as stream:
            changed = [(entry.mode, entry.oid, path) for path, entry in entries.items()]
            Importer(stream).commit(_PROPOSAL, ("session-sync", ""), "", [head] if head else [], changed)
            stream.write(b"done\n")
        return self.tree_of(_PROPOSAL)

    def commit(
        self, tree: str, parents: Iterable[str], message: str, who: tuple[str, str], may_sign: bool = True
    ) -> str:
        """Make a commit, signed when the user signs commits; no branch has it yet."""
        names = {f"{role}.{key}": value for role in ("user", "author", "committer")
                 for key, value in zip(("name", "email"), who, strict=True)}  # fmt: skip
        command = ["commit-tree", tree, *(word for parent in parents for word in ("-p", parent)), "-F", "-"]
        given = {**names, **signing.settings(self.config), "i18n.commitEncoding": "utf-8"}
        git = Git(tree=self.root, settings=given, progress=self.progress)
        text = message.encode()
        if may_sign and self._can_sign and self.is_on("commit.gpgsign"):
            try:
                return git.run(*command, "-S", data=text, limit=signing.LIMIT).decode().strip()
            except GitError as error:
                self._can_sign = False  # the next commit would fail, or wait, like this one
                self.warnings.append(f"the commit is not signed: {error}")
        return git.run(*command, data=text).decode().strip()

    def keep(self, commit: str) -> None:
        """Keep `commit` from git's garbage collection until a branch has it."""
        self.run("update-ref", _PROPOSAL, commit)

    @property
    def _id_length(self) -> int:
        return 64 if self.config.get("extensions.objectformat") == "sha256" else 40

    def is_on(self, key: str) -> bool:
        """Whether git's configuration sets `key`."""
        return key in self.config and self.config[key].lower() not in ("false", "no", "off", "0")


def path_text(path: bytes) -> str:
    """A path as text that can be printed and put into JSON, whatever bytes are in it."""
    return path.decode(errors="backslashreplace")


def _literally(paths: Iterable[str]) -> list[str]:
    return [f":(top,literal){path}" for path in paths]


def _changes(answer: bytes) -> Changes:
    """The changes in git's raw diff format (git-diff(1), RAW OUTPUT FORMAT) with -z."""
    fields = answer.split(b"\0")[:-1]
    found: Changes = {}
    for meta, path in zip(fields[::2], fields[1::2], strict=True):
        old_mode, new_mode, old, new, _ = meta.decode().removeprefix(":").split()
        found[path] = (_entry(old_mode, old), _entry(new_mode, new))
    return found


def _entry(mode: str, oid: str) -> TreeEntry:
    return NO_ENTRY if not mode.strip("0") else TreeEntry(mode, oid)
