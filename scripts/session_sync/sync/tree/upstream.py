"""The branch of a remote that a tree's branch follows: what goes there, and what comes from it."""

from __future__ import annotations

from typing import NamedTuple

from session_sync.errors import UserError
from session_sync.git import signing
from session_sync.git.failure import GitError
from session_sync.git.network import Line
from session_sync.git.run import Git
from session_sync.sync.tree import advice
from session_sync.sync.tree.remote_history import RemoteHistory
from session_sync.sync.tree.tree import GONE, WorkTree


class Branches(NamedTuple):
    """The branches of a remote by their short names, and its default one, "" when it has none."""

    names: list[str]
    default: str


class Upstream:
    """The branch `ref`, by its full name, on the remote that is called `remote` in the tree."""

    def __init__(self, tree: WorkTree, remote: str, ref: str) -> None:
        self.remote = remote
        self.ref = ref
        self._tree = tree
        self.history = RemoteHistory(tree, remote, ref)
        command = tree.config.get("core.sshcommand", "")
        settings = {**signing.settings(tree.config), **({"core.sshCommand": command} if command else {})}
        git = Git(tree=tree.root, settings=settings, progress=tree.progress)
        url = tree.config.get(f"remote.{remote}.url", "")
        self._line = Line(git, url, f"run: git remote set-url {remote} URL")

    @property
    def shown(self) -> str:
        """As git calls it: "origin/main"."""
        return f"{self.remote}/{self.ref.removeprefix('refs/heads/')}"

    @property
    def retries(self) -> int:
        """How often something was tried again."""
        return self._line.retries

    def fetch(self) -> str:
        """Bring the branch here; returns its commit, "" when the remote has no such branch."""
        self.history.catch_up()
        common = ("--quiet", "--progress", "--no-tags", "--no-auto-maintenance", "--no-write-fetch-head")
        options = (*common, "--recurse-submodules=no", "--no-prune")
        try:
            self._line.talk("fetch", *options, "--", self.remote, f"+{self.ref}:{self.history.fetched}")
        except GitError as error:
            if "couldn't find remote ref" in error.detail:
                self._line.confirm_empty(self.remote)
                return ""
            raise
        head = self._tree.resolve(self.history.fetched)
        self.history.note(head)
        return head

    def branches(self) -> Branches:
        """What branches the remote has now."""
        answer = self._line.talk("ls-remote", "--quiet", "--symref", "--", self.remote, "HEAD", "refs/heads/*")
        rows = [line.split("\t") for line in answer.decode(errors="replace").splitlines()]
        names = [ref.removeprefix("refs/heads/") for _, ref in rows if ref.startswith("refs/heads/")]
        head = next((value.removeprefix("ref: refs/heads/") for value, _ in rows if value.startswith("ref: ")), "")
        return Branches(names, head if head in names else names[0] if len(names) == 1 else "")

    def refs(self, pattern: str) -> dict[str, str]:
        """The refs of the remote that match `pattern`, each with its commit."""
        answer = self._line.talk("ls-remote", "--quiet", "--", self.remote, pattern).decode(errors="replace")
        return {ref: commit for commit, _, ref in (line.partition("\t") for line in answer.splitlines())}

    def push(self, commit: str, ref: str = "") -> str:
        """Offer `commit` to the branch, or to `ref` there; what the remote said when it did not take it."""
        self._upload_large_files(commit)
        target = ref or self.ref
        signed = self._tree.is_on("push.gpgsign")
        refused = self._line.push(self.remote, (commit, target), signed=signed).get(target, "")
        if not refused and target == self.ref:
            self.history.note(commit)
        return refused

    def remove(self, ref: str, commit: str) -> bool:
        """Remove `ref` from the remote if it is at `commit` there; whether that was done."""
        return self._line.remove(self.remote, ref, commit)

    def pause(self, attempt: int) -> None:
        """Wait before another try."""
        self._line.pause(attempt)

    def _upload_large_files(self, commit: str) -> None:
        """What git LFS's own hook does before a push: a pointer without its file would be worth nothing."""
        config = self._tree.config
        if not any(key.startswith("filter.lfs.") for key in config) or not (self._tree.git_dir / "lfs").is_dir():
            return
        line = f"{self.ref} {commit} {self.ref} {self._tree.resolve(self.history.fetched) or GONE}\n"
        url = config.get(f"remote.{self.remote}.url", self.remote)
        self._line.talk("lfs", "pre-push", self.remote, url, data=line.encode())


def of_branch(tree: WorkTree, branch: str) -> Upstream | None:
    """The branch that `branch` follows, else the one of the same name on `origin` or the only remote.

    None without any remote. Raises UserError when it follows a branch of this very repository, or one cannot choose.
    """
    remote, ref = (tree.config.get(f"branch.{branch}.{key}", "") for key in ("remote", "merge"))
    if remote == ".":
        command = advice.git(tree.root, "branch", "--unset-upstream", branch)
        raise UserError(f"{branch} follows a branch of this repository and none of a remote; end that: {command}")
    if remote and ref and not remote.startswith("-"):
        return Upstream(tree, remote, ref)
    names = sorted({key.split(".", 1)[1].removesuffix(".url") for key in tree.config if key.endswith(".url")})
    chosen = "origin" if "origin" in names else names[0] if len(names) == 1 else ""
    if not chosen and names:
        command = following(tree, branch, names[0], f"refs/heads/{branch}")
        raise UserError(
            f"{branch} follows no branch of a remote, and there are {', '.join(names)}; have it follow one: {command}"
        )
    return Upstream(tree, chosen, f"refs/heads/{branch}") if chosen else None


def following(tree: WorkTree, branch: str, remote: str, ref: str) -> str:
    """The command that has `branch` follow `ref` of `remote`, also where git keeps no remote-tracking branches."""
    wanted = {f"branch.{branch}.remote": remote, f"branch.{branch}.merge": ref}
    changed = {key: value for key, value in wanted.items() if tree.config.get(key) != value}
    return " && ".join(advice.git(tree.root, "config", key, value) for key, value in changed.items())
