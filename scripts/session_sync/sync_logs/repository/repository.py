"""A log repository seen from this machine: a bare git directory of our own and its remote.

Objects are written by `git fast-import` alone: the bytes that were scanned are the bytes that are stored, there is
no work tree, and a kill at any moment leaves every ref as it was. Files of other machines are fetched when they are
read (a partial clone), so a round costs the same however much others wrote.
"""

from __future__ import annotations

import re
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from session_sync.errors import UserError
from session_sync.git import objects, query
from session_sync.git.failure import GitError
from session_sync.git.fast_import import Importer, blob_id
from session_sync.git.network import Line
from session_sync.git.run import Git
from session_sync.home import files, paths
from session_sync.sync_logs.repository.remote import REMOTE, settings

MAIN = "refs/remotes/origin/main"
PROPOSAL = "refs/proposals/main"  # the merged view as we would have it, until the remote has it
ACKNOWLEDGED = "refs/acknowledged/"
ACKNOWLEDGED_MAIN = f"{ACKNOWLEDGED}main"  # the merged view as it was when the remote last acknowledged our branch
_OBJECT_ID = re.compile(r"[0-9a-f]{40,64}\n")
LEFT_BY_KILLED = (
    *("*.lock", "gc.pid", "refs/**/*.lock", "objects/*.lock", "objects/info/**/*.lock"),
    *("objects/pack/*.lock", "objects/pack/tmp_*", "objects/??/tmp_obj_*", "fast_import_crash_*"),
)
MOST_LOOSE = 6000
MOST_PACKS = 50


def branch(machine: str) -> str:
    """The machine's own branch, here."""
    return f"refs/heads/machines/{machine}"


def remote_branch(machine: str) -> str:
    """The machine's own branch on the remote, as last fetched."""
    return f"refs/remotes/origin/machines/{machine}"


def acknowledged(machine: str) -> str:
    """The commit of the machine's own branch that the remote last acknowledged."""
    return f"{ACKNOWLEDGED}machines/{machine}"


class Repository:
    """One log repository; `url` is its remote, `progress` is called while git works."""

    def __init__(self, name: str, url: str, progress: Callable[[], None] = lambda: None) -> None:
        self.name = name
        self.url = url
        self.git_dir = paths.repository(name)
        self.progress = progress
        self._git = Git(self.git_dir, progress=progress)
        self._with_remote = Git(self.git_dir, settings=settings(url), progress=progress)
        address = f"change it in {paths.config_file()}"
        self._line = Line(self._with_remote, url, address)
        # A server whose packs have bitmaps sends no file of a commit that we name as ours: name none.
        named = {**settings(url), "fetch.negotiationAlgorithm": "noop"}
        self._line_for_blobs = Line(Git(self.git_dir, settings=named, progress=progress), url, address)

    @property
    def retries(self) -> int:
        """How often something was tried again."""
        return self._line.retries + self._line_for_blobs.retries

    @property
    def url_hash(self) -> str:
        """Tells this remote from another without its password."""
        return blob_id(self.url.encode())

    def prepare(self) -> None:
        """Make the git directory when it is missing or damaged, and clear what a killed git left in it."""
        if self.git_dir.exists() and not self._is_sound():
            self.set_aside()
        if not self.git_dir.exists():
            query.check_version()
            with self._empty() as made:
                made.rename(self.git_dir)
            return
        for pattern in LEFT_BY_KILLED:
            for left in self.git_dir.glob(pattern):
                left.unlink(missing_ok=True)  # the round's lock is ours: no living git wants it

    def set_aside(self) -> Path:
        """Put a damaged git directory away, so that the store fills a new one; returns where it is kept."""
        away = self.git_dir.with_name(f"{self.git_dir.name}.damaged-{time.time_ns()}")
        self.git_dir.rename(away)
        return away

    def is_damaged(self) -> bool:
        """Whether git itself finds something missing or broken in our own objects.

        Where it finds that in an empty directory too, the fault lies elsewhere: git's settings, the disk, the machine.
        """
        if not self.git_dir.exists():
            return False  # there was no room to make it
        if not self._is_sound():
            return True
        if _passes(self._with_remote):
            return False
        try:
            with self._empty() as empty:
                return _passes(Git(empty, settings=settings(self.url), progress=self.progress))
        except (GitError, OSError):
            return False

    @contextmanager
    def _empty(self) -> Iterator[Path]:
        """An empty git directory beside ours, gone at the end where nobody has moved it."""
        files.make_private_dir(self.git_dir.parent)
        with tempfile.TemporaryDirectory(prefix=".new-", dir=self.git_dir.parent) as folder:
            path = Path(folder) / self.git_dir.name
            Git().run("init", "--quiet", "--bare", "--template=", "--", str(path))
            yield path

    def _is_sound(self) -> bool:
        """Whether what git needs to begin with is whole: a power cut may leave empty files.

        Raises UserError where that may not be read.
        """
        try:
            head, settings = ((self.git_dir / name).read_text() for name in ("HEAD", "config"))
            refs = [
                ref.read_text() for ref in self.git_dir.glob("refs/**/*") if ref.is_file() and ref.suffix != ".lock"
            ]
        except PermissionError as error:
            advice = f"give {self.git_dir} back to this account, or remove it: it is made again from the store"
            raise UserError(f"cannot read {error.filename}: {error.strerror}; {advice}") from None
        except (OSError, ValueError):
            return False
        return head.startswith("ref: ") and "[core]" in settings and all(_OBJECT_ID.fullmatch(ref) for ref in refs)

    @property
    def local(self) -> Git:
        """Git on the local objects alone: nothing is fetched."""
        return self._git

    def run(self, *arguments: str, data: bytes = b"") -> bytes:
        """A git command on the local objects."""
        return self._git.run(*arguments, data=data)

    def resolve(self, name: str) -> str:
        """The object that `name` (a ref, or `<commit>:<path>`) means; "" when there is none."""
        return self.ids([name])[0]

    def ids(self, names: list[str]) -> list[str]:
        """The objects that `names` mean, "" for each that means none that is here."""
        return [found.oid if found else "" for found in objects.kinds(self._git, names)]

    def machines(self) -> dict[str, str]:
        """The commit of each machine's branch on the remote, as last fetched."""
        found = {}
        pattern = remote_branch("").rstrip("/")
        for line in (
            self.run("for-each-ref", "--format=%(objectname) %(refname:lstrip=4)", pattern).decode().splitlines()
        ):
            commit, _, machine = line.partition(" ")
            if paths.UUID.fullmatch(machine):
                found[machine] = commit
        return found

    def tree(self, name: str) -> dict[bytes, str]:
        """The blobs below a tree by path; empty when `name` means none."""
        if not self.resolve(name):
            return {}
        found = {}
        for line in self.run("ls-tree", "-r", "-z", name).split(b"\0")[:-1]:
            meta, _, path = line.partition(b"\t")
            found[path] = meta.split()[2].decode()
        return found

    def blob_at(self, commit: str, path: str) -> str:
        """The id of the file `path` in `commit`, whether the file itself is here or not; "" when there is none."""
        line = self.run("ls-tree", "-z", commit, path)
        return line.split()[2].decode() if line else ""

    def is_ancestor(self, older: str, newer: str) -> bool:
        """Whether commit `newer` has all of commit `older`; git rev-list could not say where a clock was wrong."""
        return older == newer or self.merge_base(older, newer) == older

    def merge_base(self, one: str, other: str) -> str:
        """A newest commit that both have; "" when they share none."""
        try:
            return self.run("merge-base", one, other).decode().strip()
        except GitError:
            return ""

    def fetch(self) -> None:
        """Bring the remote's refs up to date: commits and trees, not files."""
        self._keep_acknowledged()
        self._fetch("--filter=blob:none", "--prune")
        if not self.run("for-each-ref", "--count=1", "refs/remotes/origin"):
            self._line.confirm_empty(REMOTE)

    def acknowledge(self, machine: str, view: str) -> None:
        """Take note that the remote has the machine's branch, and of its merged view `view` (a branch's name)."""
        main, head = self.ids([f"refs/remotes/origin/{view}", branch(machine)])
        known = [(acknowledged(machine), head), (ACKNOWLEDGED_MAIN, main)]
        self.run("update-ref", "--stdin", data="".join(f"update {ref} {oid}\n" for ref, oid in known if oid).encode())

    def fetch_blobs(self, blobs: list[str]) -> None:
        """Bring those of `blobs` that are not here yet, in one go."""
        missing = "".join(f"{blob}\n" for blob, found in zip(blobs, self.ids(blobs), strict=True) if not found)
        if not missing:
            return
        try:
            self._fetch("--filter=blob:none", "--stdin", data=missing.encode(), line=self._line_for_blobs)
        except GitError as error:
            if "unadvertised object" not in error.detail:
                raise
            self._fetch("--no-filter", "--refetch")  # the server sends no single files: take all

    def read_blobs(self, blobs: list[str]) -> Iterator[bytes]:
        """The contents of `blobs` in their order, fetched when they are not here yet."""
        self.fetch_blobs(blobs)
        with objects.reader(self._git) as read:
            yield from map(read, blobs)

    def remote_ids(self, *names: str) -> dict[str, str]:
        """What the remote itself says now of its refs `names`."""
        answer = self._line.talk("ls-remote", "--quiet", REMOTE, *names).decode()
        return {name: commit for commit, _, name in (line.partition("\t") for line in answer.splitlines())}

    def push(self, *refs: tuple[str, str]) -> dict[str, str]:
        """Offer (local ref, remote ref) pairs, never by force; what was not taken, with the remote's reason."""
        return self._line.push(REMOTE, *refs)

    def tidy(self) -> None:
        """Let git pack what has gathered: by git's own measure of gc.auto, but without starting git to ask."""
        objects = self.git_dir / "objects"
        loose = len(list(objects.glob("17/*"))) * 256  # ids are spread evenly over the folders
        if loose > MOST_LOOSE or len(list(objects.glob("pack/*.pack"))) > MOST_PACKS:
            self._with_remote.run("gc", "--quiet")

    def pause(self, attempt: int) -> None:
        """Wait before another try."""
        self._line.pause(attempt)

    def _keep_acknowledged(self) -> None:
        """Note what an earlier version knew from the fetched refs alone, before they are fetched again."""
        rows = self.run("for-each-ref", "--format=%(refname) %(objectname)").decode().splitlines()
        known = dict(row.split(" ") for row in rows)
        for ref, ours in known.items():
            machine = ref.removeprefix(branch(""))
            theirs = known.get(remote_branch(machine), "")
            if machine == ref or not theirs or acknowledged(machine) in known:
                continue
            if self.is_ancestor(theirs, ours):
                self.run("update-ref", acknowledged(machine), theirs)
                if MAIN in known:
                    self.run("update-ref", ACKNOWLEDGED_MAIN, known[MAIN])

    def _fetch(self, *options: str, data: bytes = b"", line: Line | None = None) -> None:
        common = ["fetch", "--quiet", "--progress", "--no-tags", "--no-auto-maintenance", "--no-write-fetch-head"]
        (line or self._line).talk(*common, *options, REMOTE, data=data)

    @contextmanager
    def importer(self) -> Iterator[Importer]:
        """A `git fast-import` that takes objects; nothing is changed unless the body and git end well."""
        # --force: the proposal of the merged view is ours alone and is made anew each time. It forces nothing remote.
        with self._git.stream("fast-import", "--quiet", "--done", "--force") as stream:
            yield Importer(stream)
            stream.write(b"done\n")


def _passes(git: Git) -> bool:
    """Whether git finds nothing wrong, or did not get to the end."""
    try:
        git.run("fsck", "--connectivity-only", "--no-dangling", "--no-progress")
    except GitError as error:
        return "not done after" in error.detail
    return True
