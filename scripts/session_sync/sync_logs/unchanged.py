"""Knows when there is nothing to sync, without the lock, the index or the scanner: what a schedule mostly finds.

After a round that left nothing to do, a fingerprint of the store is kept. While it is the same, and every remote
itself says that it has our branch, a sync is done. Whatever is unclear means an ordinary round.
"""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterator
from contextlib import suppress
from stat import S_ISDIR
from typing import Any

from session_sync import __version__
from session_sync.git.failure import GitError
from session_sync.home import files, paths, spool
from session_sync.sync_logs.repository.repository import Repository

Sum = tuple[int, int]  # of the transcripts: a number that differs when one does, and when the newest changed (ns)
NOTHING = (0, 0)
Branches = list[tuple[str, str, str, str]]  # (repository, its URL, our branch there, the commit it must be at)


def fingerprint(rules: str, transcripts: Sum) -> tuple[str, int]:
    """A text that differs when a log, a setting or a transcript does, and when the newest changed (ns since the epoch).

    `rules` is the path of the user's own. It sums hashes of numbers alone (inode, size, time): the same in every
    process, whatever order a folder is read in.
    """
    total, newest = transcripts
    for stat in _stats(rules):
        changed = max(stat.st_mtime_ns, stat.st_ctime_ns)
        total += hash((stat.st_ino, stat.st_size, changed))
        if changed > newest:
            newest = changed
    return f"{__version__} {os.environ.get('SESSION_SYNC_MACHINE_UUID', '')} {total}", newest


def remember(since: int, branches: Branches, report: dict[str, Any], rules: str = "", seen: Sum | None = None) -> None:
    """Keep `report`, of a round that began at `since` (ns since the epoch), as the answer while nothing changes.

    What changed after `since`, or so shortly before that it may change again without a change of its time, keeps
    the question open. `seen` are the transcripts that the round looked at, None if it did not.
    """
    text, newest = fingerprint(rules, seen or NOTHING)
    if newest > since - files.YOUNG:
        return
    content = {"fingerprint": text, "branches": branches, "report": report, "rules": rules, "seen": seen is not None}
    files.write_atomic(paths.settled_file(), json.dumps(content).encode(), durable=False)


def recall() -> dict[str, Any] | None:
    """The report of a sync that has nothing to do, or None when an ordinary round must look."""
    try:
        content = json.loads(paths.settled_file().read_bytes())
        branches = [tuple(branch) for branch in content["branches"]]
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return None
    confirmed: list[bool] = []
    asking = threading.Thread(target=lambda: confirmed.append(_remotes_confirm(branches)))
    asking.start()  # while git asks, we look at our own files
    text, _ = fingerprint(str(content.get("rules", "")), _transcripts() if content.get("seen") else NOTHING)
    same = text == content.get("fingerprint") and not spool.pending()
    asking.join()
    report: dict[str, Any] = content.get("report", {})
    return report if same and confirmed == [True] else None


def _remotes_confirm(branches: Branches) -> bool:
    """Whether every remote says now that our branch is where we left it."""
    try:
        return all(Repository(name, url).remote_ids(ref).get(ref) == commit for name, url, ref, commit in branches)
    except GitError:
        return False


def _transcripts() -> Sum:
    from session_sync.sync_logs import transcripts  # only where there are any

    return transcripts.fingerprint()


def _stats(rules: str) -> Iterator[os.stat_result]:
    """The files of settings and the store's folders and files, as they are now."""
    settings = [paths.config_file(), paths.machine_file(), paths.identity_file(), paths.users_file()]
    settings += [paths.expanded(rules)] if rules else []
    folders = [str(paths.projects())]
    for path in (*settings, paths.projects()):
        with suppress(FileNotFoundError):
            yield path.stat()
    while folders:
        with suppress(FileNotFoundError), os.scandir(folders.pop()) as entries:
            for entry in entries:
                stat = entry.stat(follow_symlinks=False)
                if S_ISDIR(stat.st_mode):
                    folders.append(entry.path)
                yield stat
