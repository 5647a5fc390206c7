"""A git working tree of the user's, seen from a round: what is changed in it, its commits, its branch and its remote.

The branch moves by compare and swap, the index by one rename (tree_index.py): a commit that somebody else makes at the
same time is never lost, and a kill leaves nothing to clean up. Hooks do not run, and nothing is ever forced.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from functools import cached_property, partial
from pathlib import Path
from typing import NamedTuple

from session_sync import git
from session_sync.errors import UserError
from session_sync.importer import Importer
from session_sync.network import Line
from session_sync.tree_index import TreeIndex

PROPOSAL = "refs/session-sync/proposal"  # a commit that no branch has yet, safe from git's garbage collection
_CONFIG = (
    r"^(branch\..*\.(remote|merge)|remote\..*\.url|commit\.gpgsign|push\.gpgsign|core\.sparsecheckout|core\.sshcommand|"
    r"user\.(name|email)|filter\.lfs\.(process|clean))$"
)
GONE = "0" * 40  # git's way to say "no object", whatever the length of its ids


class Entry(NamedTuple):
    """What a tree or an index holds at a path; no mode means nothing."""

    mode: str
    oid: str

    @property
    def is_file(self) -> bool:
        return self.mode.startswith("100")


NOTHING = Entry("", GONE)
Changes = dict[bytes, tuple[Entry, Entry]]  # path -> what was there and what is there now


class Upstream(NamedTuple):
    """The branch that ours follows: the remote's name there and the branch's full name on it."""

    remote: str
    ref: str

    @property
    def shown(self) -> str:
        return f"{self.remote}/{self.ref.removeprefix('refs/heads/')}"


class Commit(NamedTuple):
    """A commit by its id, its author's name and the first line of its message."""

    commit: str
    author: str
    subject: str


class Tree:
    """The working tree at `root`; `progress` is called while git works. Raises GitError when there is none."""

    def __init__(self, root: Path, progress: Callable[[], None] = lambda: None) -> None:
        self.root = root
        self.progress = progress
        self.git_dir = Path(git.run(["rev-parse", "--absolute-git-dir"], tree=root).decode().rstrip("\n"))
        self.index = TreeIndex(self.git_dir)
        self.warnings: list[str] = []
        self.line = Line(partial(git.run, tree=root, settings=self._ssh()), progress)

    def run(
        self, *arguments: str, data: bytes = b"", index: Path | None = None, expected: Collection[int] = (0,)
    ) -> bytes:
        """A git command in the tree, with `index` in the place of the user's."""
        self.progress()
        return git.run(arguments, tree=self.root, data=data, index=index, expected=expected)

    @cached_property
    def config(self) -> dict[str, str]:
        """What git's configuration says of branches, remotes and the user."""
        answer = self.run("config", "-z", "--get-regexp", _CONFIG, expected=(0, 1)).decode(errors="replace")
        pairs = (one.partition("\n") for one in answer.split("\0")[:-1])
        return {key: value for key, _, value in pairs}

    @property
    def is_sparse(self) -> bool:
        return self._is_on("core.sparsecheckout")

    def upstream(self, branch: str) -> Upstream | None:
        """The branch that `branch` follows, else the one of the same name on `origin` or the only remote.

        None without any remote. Raises UserError when it follows a branch of this very repository.
        """
        remote = self.config.get(f"branch.{branch}.remote", "")
        ref = self.config.get(f"branch.{branch}.merge", "")
        if remote == ".":
            raise UserError(f"{branch} follows a local branch; set one of a remote: git branch --set-upstream-to")
        if remote and ref and not remote.startswith("-"):
            return Upstream(remote, ref)
        names = sorted({key.split(".", 1)[1].removesuffix(".url") for key in self.config if key.endswith(".url")})
        chosen = "origin" if "origin" in names else names[0] if len(names) == 1 else ""
        if not chosen and names:
            raise UserError(f"{branch} follows no branch of a remote; set one: git branch --set-upstream-to")
        return Upstream(chosen, f"refs/heads/{branch}") if chosen else None

    def resolve(self, name: str) -> str:
        """The commit that `name` means, "" when there is none."""
        answer = self.run("rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}", expected=(0, 1))
        return answer.decode().strip()

    def is_ancestor(self, older: str, newer: str) -> bool:
        """Whether commit `newer` has all of commit `older`."""
        return older == newer or not self.run("rev-list", "--max-count=1", older, f"^{newer}")

    def has(self, older: str, newer: str) -> bool:
        """Whether commit `older` is here and in `newer`."""
        return bool(self.resolve(older)) and self.is_ancestor(older, newer)

    def merge_base(self, one: str, other: str) -> str:
        """A newest commit that both have; "" when they share none."""
        return self.run("merge-base", one, other, expected=(0, 1)).decode().partition("\n")[0]

    def log(self, old: str, new: str, most: int) -> list[Commit]:
        """The commits in `new` that are not in `old` ("" for none), newest first, merges left out."""
        options = ("--no-merges", "--no-show-signature", f"--max-count={most}", "-z", "--format=%H%n%an%n%s")
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
        self.run("update-index", "--add", "--remove", "--replace", "-z", "--stdin", data=listed, index=index)

    def put(self, index: Path, entries: Iterable[tuple[bytes, Entry]]) -> None:
        """Have `index` hold `entries`, whatever the working tree holds."""
        lines = b"".join(f"{entry.mode or 0} {entry.oid}\t".encode() + path + b"\0" for path, entry in entries)
        self.run("update-index", "--replace", "-z", "--index-info", data=lines, index=index)

    def entries(self, head: str, paths: Iterable[str]) -> dict[bytes, Entry]:
        """What commit `head` holds at `paths`."""
        wanted = _literally(paths)
        if not head or not wanted:
            return {}
        found = {}
        for line in self.run("ls-tree", "-r", "-z", "--full-tree", head, "--", *wanted).split(b"\0")[:-1]:
            meta, _, path = line.partition(b"\t")
            mode, _, oid = meta.decode().split()
            found[path] = Entry(mode, oid)
        return found

    def blob(self, oid: str) -> bytes:
        """The content of a blob."""
        return self.run("cat-file", "blob", oid)

    def store(self, data: bytes, path: str = "") -> str:
        """Keep `data` as a blob and return its id; with a `path` as git would commit it there, line ends and all."""
        return (
            self.run("hash-object", "-w", "--stdin", *([f"--path={path}"] if path else []), data=data).decode().strip()
        )

    def graft(self, head: str, entries: dict[bytes, Entry]) -> str:
        """The tree of commit `head` with `entries` in it: no index of all its files is needed for that."""
        with git.stream(["fast-import", "--quiet", "--done", "--force"], git_dir=self.git_dir) as stream:
            changed = [(entry.mode, entry.oid, path) for path, entry in entries.items()]
            Importer(stream).commit(PROPOSAL, ("session-sync", ""), "", [head] if head else [], changed)
            stream.write(b"done\n")
        return self.run("rev-parse", f"{PROPOSAL}^{{tree}}").decode().strip()

    def commit(self, tree: str, parents: Iterable[str], message: str, who: tuple[str, str]) -> str:
        """Make a commit, signed when the user signs commits; no branch has it yet."""
        names = {f"{role}.{key}": value for role in ("user", "author", "committer")
                 for key, value in zip(("name", "email"), who, strict=True)}  # fmt: skip
        command = ["commit-tree", tree, *(word for parent in parents for word in ("-p", parent)), "-F", "-"]
        settings = {**names, "i18n.commitEncoding": "utf-8"}
        text = message.encode()
        if self._is_on("commit.gpgsign"):
            try:
                return git.run([*command, "-S"], tree=self.root, data=text, settings=settings).decode().strip()
            except git.GitError as error:
                self.warnings.append(f"the commit is not signed: {error}")
        return git.run(command, tree=self.root, data=text, settings=settings).decode().strip()

    def advance(self, ref: str, new: str, old: str, why: str) -> bool:
        """Move `ref` from commit `old` ("" for none) to `new`; False when it is not at `old` any more."""
        self.progress()
        try:
            git.run(["update-ref", "-m", f"session-sync: {why}", ref, new, old or GONE], tree=self.root)
        except git.GitError as error:
            if "cannot lock ref" in error.detail or "but expected" in error.detail:
                return False
            raise
        return True

    def keep(self, commit: str) -> None:
        """Keep `commit` from git's garbage collection until a branch has it."""
        self.run("update-ref", PROPOSAL, commit)

    def fetch(self, upstream: Upstream) -> str:
        """Bring the upstream branch here; returns its commit, "" when the remote has no such branch."""
        seen = f"refs/session-sync/upstream/{upstream.ref.removeprefix('refs/heads/')}"
        common = ("--quiet", "--progress", "--no-tags", "--no-auto-maintenance", "--no-write-fetch-head")
        options = (*common, "--recurse-submodules=no", "--no-prune")
        try:
            self.line.talk("fetch", *options, "--", upstream.remote, f"+{upstream.ref}:{seen}")
        except git.GitError as error:
            if "couldn't find remote ref" in error.detail:
                return ""
            raise
        return self.resolve(seen)

    def remote_refs(self, upstream: Upstream, pattern: str) -> dict[str, str]:
        """The refs of the remote that match `pattern`, each with its commit."""
        answer = self.line.talk("ls-remote", "--quiet", "--", upstream.remote, pattern).decode(errors="replace")
        return {ref: commit for commit, _, ref in (line.partition("\t") for line in answer.splitlines())}

    def push(self, upstream: Upstream, commit: str, ref: str = "") -> str:
        """Offer `commit` to the upstream branch, or to `ref` there; what the remote said when it did not take it."""
        self._upload_large_files(upstream, commit)
        target = ref or upstream.ref
        return self.line.push(upstream.remote, (commit, target), signed=self._is_on("push.gpgsign")).get(target, "")

    def _upload_large_files(self, upstream: Upstream, commit: str) -> None:
        """What git LFS's own hook does before a push: a pointer without its file would be worth nothing."""
        if not any(key.startswith("filter.lfs.") for key in self.config) or not (self.git_dir / "lfs").is_dir():
            return
        seen = f"refs/session-sync/upstream/{upstream.ref.removeprefix('refs/heads/')}"
        line = f"{upstream.ref} {commit} {upstream.ref} {self.resolve(seen) or GONE}\n"
        url = self.config.get(f"remote.{upstream.remote}.url", upstream.remote)
        self.line.talk("lfs", "pre-push", upstream.remote, url, data=line.encode())

    def _ssh(self) -> dict[str, str]:
        command = self.config.get("core.sshcommand", "")
        return {"core.sshCommand": command} if command else {}

    def _is_on(self, key: str) -> bool:
        return key in self.config and self.config[key].lower() not in ("false", "no", "off", "0")


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


def _entry(mode: str, oid: str) -> Entry:
    return NOTHING if not mode.strip("0") else Entry(mode, oid)
