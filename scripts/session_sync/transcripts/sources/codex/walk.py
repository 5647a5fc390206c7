"""Goes through a folder of rollouts: all of them are found, or it is told what was not understood."""

from __future__ import annotations

import os
from collections.abc import Iterator

from session_sync.text.lines import counted
from session_sync.transcripts.sources.codex.rollout_file import ENDINGS, RolloutFile, ids_in, is_rollout, own_name
from session_sync.transcripts.sources.search import Search

_DEEPEST = 6  # folders below the first one: Codex has YYYY/MM/DD
_NONE_KNOWN = "of which none is a rollout that is known"


class Walk:
    """Finds the rollouts below `folder`, of one `thread` or of all.

    Links are followed when they lead to what belongs to the user, each real folder and file once; other links, and
    folders with nothing that is understood, are told to `search`.
    """

    def __init__(self, folder: str, search: Search, thread: str = "") -> None:
        self._folder = folder
        self._search = search
        self._thread = thread
        self._walked: list[str] = []
        self._links: list[tuple[str, int]] = []  # with the depth that they are at
        self._real: set[str] = set()  # what links led to
        self._others = self._found = 0  # files
        self._strange: list[tuple[str, int]] = []  # folders, each with how many files it has that should be rollouts

    def rollouts(self) -> Iterator[RolloutFile]:
        """The rollouts, those behind links last."""
        yield from self._below(self._folder, 0)
        while self._links:
            path, depth = self._links.pop()
            yield from self._behind(path, depth)
        self._tell()

    def _below(self, folder: str, depth: int) -> Iterator[RolloutFile]:
        folders = [(folder, depth)]
        while folders:
            path, depth = folders.pop()
            self._walked.append(path)
            found, strange = self._found, 0
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
                    strange += entry.name.endswith(ENDINGS)
            if strange and found == self._found:
                self._strange.append((path, strange))

    def _behind(self, path: str, depth: int) -> Iterator[RolloutFile]:
        """The rollouts behind the link `path`."""
        real = os.path.realpath(path)
        if real in self._real or os.path.dirname(real) in self._places() or real in self._places():
            return  # it was found, or will be
        self._real.add(real)
        reason = _wrong_with(path)
        if reason:
            self._search.tell(path, reason)
        elif os.path.isdir(path):
            if depth < _DEEPEST:
                yield from self._below(path, depth + 1)
        elif (rollout := self._rollout(path, os.path.basename(path))) and rollout.path:
            yield rollout

    def _places(self) -> set[str]:
        return {os.path.realpath(one) for one in self._walked}

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
        is_wanted = not self._thread or ids[0] == self._thread
        return RolloutFile(path if is_wanted else "", *ids, found.st_size, found.st_mtime_ns)

    def _tell(self) -> None:
        """Name the folders in which nothing was understood."""
        if self._thread:
            return
        if self._others and not self._found:
            self._search.tell(self._folder, f"{counted(self._others, 'file', ',')}, {_NONE_KNOWN}")
            return
        for folder, number in self._strange:
            self._search.tell(folder, f"{counted(number, 'file', ',')}, {_NONE_KNOWN}")


def _wrong_with(link: str) -> str:
    """Why the link is not followed; "" if it is."""
    try:
        found = os.stat(link)
    except OSError:
        return "a link that leads nowhere"
    if hasattr(os, "getuid") and found.st_uid != os.getuid():
        return "a link that leads to what belongs to another user"
    is_usable = os.path.isdir(link) or os.path.isfile(link)
    return "" if is_usable else "a link that leads to neither a folder nor a regular file"
