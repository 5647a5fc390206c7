"""What a branch of a remote had when it was last seen from here, and what was taken out of it since.

A remote that was rewritten, to purge a secret or to take something back, must not get its old commits from a machine
that still has them. So the last commit that it had is kept as a ref, and one that it has no more as *withdrawn*: both
are written before anything is made of them, and a kill loses neither.
"""

from __future__ import annotations

import hashlib
from typing import NamedTuple

from session_sync.sync.tree.tree import WorkTree

_RECORDS = "refs/session-sync"
_MOST_SEEN = 100  # earlier values of git's own remote-tracking branch


class Withdrawn(NamedTuple):
    """The newest commit here that a branch of the remote had and has no more, and what the branch has now."""

    commit: str
    now: str
    is_upstreams: bool  # it is our upstream that was rewritten, and not another branch


class RemoteHistory:
    """The record of the branch `ref` on `remote`: one for each address, for another one is another repository."""

    def __init__(self, tree: WorkTree, remote: str, ref: str) -> None:
        self._tree = tree
        self._remote = remote
        self._tracking = f"refs/remotes/{remote}/{ref.removeprefix('refs/heads/')}"
        self._address = _key(tree.config.get(f"remote.{remote}.url", ""))
        self.key = _key(f"{remote} {ref}")
        self.fetched = f"{_RECORDS}/upstream/{self.key}"  # what the last fetch brought

    @property
    def last(self) -> str:
        """The commit that the branch had when it was last seen, "" when it never was."""
        return self._tree.resolve(self._acknowledged(self._address))

    def catch_up(self) -> None:
        """Take note of what git itself saw since: the user pulls and pushes too. To be done before each fetch."""
        last = self.last
        if not last:
            if self._tree.refs(f"{_RECORDS}/acknowledged/{self.key}"):
                return  # at another address: what git saw is of that one
            last = self._tree.resolve(self.fetched)
        seen = self._tree.resolve(self._tracking)
        if seen and seen != last:
            values = self._tracked()
            newer = values[: values.index(last)] if last in values else [seen] if last else values
            for one in reversed(newer):
                self.note(one)
        elif last:
            self.note(last)

    def note(self, commit: str) -> None:
        """Take note that the branch is at `commit`, and of what that has no more."""
        last = self.last
        if commit == last:
            return
        lines = [f"update {self._acknowledged(self._address)} {commit}"]
        if last and not self._tree.is_ancestor(last, commit):
            lines.insert(0, f"update {self._withdrawn(last)} {last}")
        self._update(lines)

    def settle(self, commit: str) -> None:
        """Take note that all that is new in `commit`, which has withdrawn ones, was carried over."""
        self._update([f"update {self._withdrawn(commit)} {commit}"])

    def bequeath(self, ref: str) -> None:
        """Have the branch `ref` of the remote, unless it was seen itself, take the place of this one that is gone."""
        heir = RemoteHistory(self._tree, self._remote, ref)
        if not heir.last and self.last:
            heir.note(self.last)

    def withdrawn(self, commit: str, remote_head: str) -> Withdrawn | None:
        """What in `commit` was taken out of the remote; what `remote_head` has is not: it is there again."""
        records = self._tree.refs(f"{_RECORDS}/withdrawn/{self._address}")
        tips: dict[str, list[str]] = {}
        for ref, tip in records.items():
            tips.setdefault(ref.split("/")[-2], []).append(tip)
        for key in sorted(tips, key=lambda one: one != self.key):
            now = remote_head
            if key != self.key:
                now = self._tree.resolve(f"{_RECORDS}/acknowledged/{key}/{self._address}")
            for base in self._tree.merge_bases(commit, *tips[key]):
                if not any(one and self._tree.is_ancestor(base, one) for one in {now, remote_head}):
                    return Withdrawn(base, now, key == self.key)
        return None

    def _tracked(self) -> list[str]:
        """The commits that git's own remote-tracking branch was at, newest first."""
        options = ("--walk-reflogs", f"--max-count={_MOST_SEEN}", "--format=%H", "--no-show-signature")
        values = self._tree.run("log", *options, self._tracking, "--").decode().split()
        first = f"{self._tracking}@{{{len(values)}}}"  # what was there before the first entry: a clone makes none
        values += self._tree.run("rev-parse", "--verify", "--quiet", first, expected=(0, 1, 128)).decode().split()
        return values or [self._tree.resolve(self._tracking)]

    def _acknowledged(self, address: str) -> str:
        return f"{_RECORDS}/acknowledged/{self.key}/{address}"

    def _withdrawn(self, commit: str) -> str:
        return f"{_RECORDS}/withdrawn/{self._address}/{self.key}/{commit}"

    def _update(self, lines: list[str]) -> None:
        self._tree.run("update-ref", "--stdin", data="".join(f"{line}\n" for line in lines).encode())


def _key(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]
