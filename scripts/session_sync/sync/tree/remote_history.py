"""What a branch of a remote had when it was last seen from here, and what was taken out of it since.

A remote that was rewritten, to purge a secret or to take something back, must not get its old commits from a machine
that still has them. So the last commit that it had is kept as a ref, and one that it has no more as *withdrawn*: both
are written before anything is made of them, and a kill loses neither.
"""

from __future__ import annotations

import hashlib
from enum import Enum, auto
from typing import NamedTuple

from session_sync.sync.tree.tree import WorkTree

_RECORDS = "refs/session-sync"
_MOST_SEEN = 100  # earlier values of git's own remote-tracking branch
_MOVED = "-moved"  # after the key of a branch: what it had at another address


class Where(Enum):
    """What it is that has a commit no more."""

    UPSTREAM = auto()
    OTHER_BRANCH = auto()  # of the same remote
    NEW_ADDRESS = auto()  # of the remote, which had it at the old one


class Withdrawn(NamedTuple):
    """The newest commit here that the remote had and has no more, and what is there now."""

    commit: str
    now: str
    where: Where


class RemoteHistory:
    """The record of the branch `ref` on `remote`: one for each address, for another one may be another repository."""

    def __init__(self, tree: WorkTree, remote: str, ref: str) -> None:
        self._tree = tree
        self._remote = remote
        self._tracking = f"refs/remotes/{remote}/{ref.removeprefix('refs/heads/')}"
        self._address = _key(tree.config.get(f"remote.{remote}.url", ""))
        self.key = _key(f"{remote} {ref}")
        self._withdrawn = f"{_RECORDS}/withdrawn/{_key(remote)}"
        self.fetched = f"{_RECORDS}/upstream/{self.key}"  # what the last fetch brought
        self._acknowledged = f"{_RECORDS}/acknowledged/{self.key}"
        self.last = tree.resolve(f"{self._acknowledged}/{self._address}")  # what it had, "" when it was never seen

    def catch_up(self) -> None:
        """Take note of what git itself saw since: the user pulls and pushes too. To be done before each fetch."""
        if not self.last and self._tree.refs(self._acknowledged):
            return  # at another address: what git saw may be of that one
        last = self.last or self._tree.resolve(self.fetched)
        seen = self._tree.resolve(self._tracking)
        if seen in ("", last):
            newer = [last] if last else []
        else:
            values = self._tracked()
            newer = values[: values.index(last)] if last in values else [seen] if last else values
        for one in reversed(newer):
            self.note(one)

    def note(self, commit: str) -> None:
        """Take note that the branch is at `commit`, and of what that has no more."""
        if commit == self.last:
            return
        before = [(self.key, self.last)] if self.last else self._at_other_addresses()
        lost = [(key, one) for key, one in before if not self._tree.is_ancestor(one, commit)]
        self._write(lost, f"update {self._acknowledged}/{self._address} {commit}")
        self.last = commit

    def settle(self, commit: str) -> None:
        """Take note that all that is new in `commit`, which has withdrawn ones, was carried over."""
        self._write([(self.key, commit)])

    def bequeath(self, ref: str) -> None:
        """Have the branch `ref` of the remote, unless it was seen itself, take the place of this one that is gone."""
        heir = RemoteHistory(self._tree, self._remote, ref)
        if not heir.last:
            heir.note(self.last)

    def withdrawn(self, commit: str, remote_head: str) -> Withdrawn | None:
        """What in `commit` was taken out of the remote; what `remote_head` has is not: it is there again."""
        tips: dict[str, list[str]] = {}
        for ref, tip in self._tree.refs(self._withdrawn).items():
            tips.setdefault(ref.split("/")[-2], []).append(tip)
        for key in sorted(tips, key=lambda one: one != self.key):
            now = [remote_head] if key.removesuffix(_MOVED) == self.key else self._had(key.removesuffix(_MOVED))
            for base in self._tree.merge_bases(commit, *tips[key]):
                if not any(one and self._tree.is_ancestor(base, one) for one in (*now, remote_head)):
                    moved = Where.NEW_ADDRESS if key.endswith(_MOVED) else Where.OTHER_BRANCH
                    return Withdrawn(base, now[0], Where.UPSTREAM if key == self.key else moved)
        return None

    def _had(self, key: str) -> list[str]:
        """What the branch of that key had when it was last seen, at this address or else at others."""
        records = self._tree.refs(f"{_RECORDS}/acknowledged/{key}")
        here = [commit for ref, commit in records.items() if ref.endswith(self._address)]
        return here or list(records.values())

    def _at_other_addresses(self) -> list[tuple[str, str]]:
        return [(f"{self.key}{_MOVED}", commit) for commit in self._tree.refs(self._acknowledged).values()]

    def _tracked(self) -> list[str]:
        """The commits that git's own remote-tracking branch was at, newest first."""
        options = ("--walk-reflogs", f"--max-count={_MOST_SEEN}", "--format=%H", "--no-show-signature")
        values = self._tree.run("log", *options, self._tracking, "--").decode().split()
        first = f"{self._tracking}@{{{len(values)}}}"  # what was there before the first entry: a clone makes none
        values += self._tree.run("rev-parse", "--verify", "--quiet", first, expected=(0, 1, 128)).decode().split()
        return values or [self._tree.resolve(self._tracking)]

    def _write(self, lost: list[tuple[str, str]], *lines: str) -> None:
        """Record the commits that are `lost`, each under its key, and what `lines` tell git update-ref, all at once."""
        records = [f"update {self._withdrawn}/{key}/{one} {one}" for key, one in lost]
        self._tree.run("update-ref", "--stdin", data="".join(f"{line}\n" for line in (*records, *lines)).encode())


def _key(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]
