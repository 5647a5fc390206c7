"""Goes through a folder of rollouts: all of them are found, or it is told what was not understood."""

from __future__ import annotations

import os
from collections.abc import Iterator

from session_sync.text.lines import counted
from session_sync.transcripts.sources.codex.store.rollout_file import ENDINGS, RolloutFile, ids_in, is_rollout, own_name
from session_sync.transcripts.sources.links import refusal
from session_sync.transcripts.sources.search import Search

_DEEPEST = 6  # folders below the first one: Codex has YYYY/MM/DD
_NONE_KNOWN = "of which none is a rollout that is known"


class Walk:
    """Finds the rollouts below `folder`, of one `thread` or of all.

    Links are followed when they lead to what belongs to the user, each real folder and file once. If the folder is
    `for_rollouts` alone, `search` is told of other links, and of folders with nothing that is understood.
    """

    def __init__(self, folder: str, search: Search, thread: str = "", for_rollouts: bool = False) -> None:
        self._folder = folder
        self._search = search
        self._thread = thread
        self._is_told = for_rollouts and not thread  # of a single thread, nobody asked for the others
        self._walked: list[str] = []  # folders
        self._paths: list[str] = []  # rollouts
        self._links: list[tuple[str, int]] = []  # with the depth that they are at
        self._others = self._found = 0  # files
        self._strange: list[tuple[str, int]] = []  # folders, each with how many files it has that should be rollouts

    def rollouts(self) -> Iterator[RolloutFile]:
        """The rollouts, those behind links last."""
        yield from self._below(self._folder, 0)
        yield from self._linked()
        self._tell()

    def _below(self, folder: str, depth: int) -> Iterator[RolloutFile]:
        folders = [(folder, depth)]
        while folders:
            path, depth = folders.pop()
            self._walked.append(path)
            found, others, strange = self._found, self._others, 0
            for entry in self._search.entries(path):
                if entry.is_symlink():
                    self._links.append((entry.path, depth))
                elif entry.is_dir(follow_symlinks=False):
                    if depth < _DEEPEST:
                        folders.append((entry.path, depth + 1))
                elif rollout := self._rollout(entry.path, entry.name):
                    if rollout.path:
                        yield rollout
                else:
                    strange += self._others > others and entry.name.endswith(ENDINGS)
                    others = self._others
            if strange and found == self._found:
                self._strange.append((path, strange))

    def _linked(self) -> Iterator[RolloutFile]:
        """The rollouts behind links, first those in folders, so that a file which is in one is found in its place."""
        folders, files = _Real(self._walked), list[str]()
        while self._links:
            path, depth = self._links.pop()
            reason = refusal(path, folders=True)
            if reason:
                self._told(path, reason)
            elif not os.path.isdir(path):
                files.append(path)
            elif depth < _DEEPEST and not folders.has(path):
                yield from self._below(path, depth + 1)
        found = _Real(self._paths)
        for path in files:
            if not found.has(path) and (rollout := self._rollout(path, os.path.basename(path))) and rollout.path:
                yield rollout

    def _rollout(self, path: str, name: str) -> RolloutFile | None:
        """The rollout at `path`; one without a path if it is another thread's, None if it is none."""
        ids = ids_in(name)
        if not ids and self._thread:
            return None
        try:
            found = os.stat(path)
        except OSError:  # gone just now
            return None
        if not ids and name.endswith(ENDINGS) and found.st_size and is_rollout(path):
            ids = (own_name(name), own_name(name))
        if not ids:
            self._others += not name.startswith(".") and found.st_size > 0
            return None
        self._found += 1
        self._paths.append(path)
        is_wanted = not self._thread or ids[0] == self._thread
        return RolloutFile(path if is_wanted else "", *ids, found.st_size, found.st_mtime_ns)

    def _tell(self) -> None:
        """Name the folders in which nothing was understood."""
        if self._others and not self._found:
            self._told(self._folder, f"{counted(self._others, 'file', ',')}, {_NONE_KNOWN}")
            return
        for folder, number in self._strange:
            self._told(folder, f"{counted(number, 'file', ',')}, {_NONE_KNOWN}")

    def _told(self, path: str, reason: str) -> None:
        if self._is_told:
            self._search.tell(path, reason)


class _Real:
    """What the `paths`, which may become more, really are."""

    def __init__(self, paths: list[str]) -> None:
        self._paths = paths
        self._known = 0  # how many of them are in `_real`
        self._real: set[str] = set()

    def has(self, path: str) -> bool:
        """Whether `path` is one of them."""
        self._real.update(map(os.path.realpath, self._paths[self._known :]))
        self._known = len(self._paths)
        return os.path.realpath(path) in self._real
