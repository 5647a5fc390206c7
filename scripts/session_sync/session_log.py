"""Session logs as files: their names, their front matter, creation and updates that overwrite nothing."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path

from filelock import FileLock, Timeout

from session_sync import files, paths, store

LOCK_LIMIT = 10.0  # seconds; then a save goes on without the lock, which costs at most a second log of a session
DIGEST = "digest"  # in the front matter of a log that was made from a transcript
FRONT_MATTER_LIMIT = 8192  # bytes


@contextmanager
def exclusive() -> Iterator[bool]:
    """Keep other saves of this home out; gives whether that could be had. Who is not alone may only make new files."""
    files.make_private_dir(paths.save_lock().parent)
    lock = FileLock(paths.save_lock(), timeout=LOCK_LIMIT, mode=files.PRIVATE_FILE, poll_interval=0.01)
    with suppress(Timeout):
        lock.acquire()
    try:
        yield lock.is_locked
    finally:
        lock.release()


def front_matter(facts: Mapping[str, str]) -> str:
    """`facts` as YAML front matter; each value is a JSON string, which is YAML whatever it holds."""
    lines = [f"{key}: {json.dumps(value, ensure_ascii=False)}" for key, value in facts.items() if value]
    return "\n".join(["---", *lines, "---", ""])


def read_fact(path: Path, key: str) -> str:
    """The value of `key` in the front matter of the log at `path`, or ""."""
    with open(path, "rb") as stream:
        head = stream.read(FRONT_MATTER_LIMIT).decode(errors="replace").split("\n")
    if head[0] != "---":
        return ""
    for line in head[1:]:
        name, _, value = line.partition(": ")
        if line == "---":
            break
        if name == key:
            try:
                return str(json.loads(value))
            except ValueError:
                return ""
    return ""


def is_digest(path: Path) -> bool:
    """Whether the log at `path` was made from a transcript; raises OSError."""
    return bool(read_fact(path, DIGEST))


def find(project: str, machines: tuple[str, ...], session_id: str) -> Path | None:
    """The log that session `session_id` has in `project` on this machine, under any UUID it had."""
    for machine in machines:
        for path in sorted((paths.projects() / project / machine).glob("[!.]*.md"), reverse=True):
            if path.is_file() and os.access(path, os.R_OK) and read_fact(path, "session_id") == session_id:
                return path
    return None


def create(
    project: str, machines: tuple[str, ...], user: str, slug: str, data: bytes, day: str = "", durable: bool = True
) -> Path:
    """Write a new log under the first free `YYYY-MM-DD-<user>-<slug>[-N].md`; returns its path.

    The date is `day`, by default today. Whatever number of processes does so at once, each gets a name of its own.
    """
    folder = store.folder(project, machines[0])
    others = [paths.projects() / project / machine for machine in machines[1:]]
    stem = f"{day or time.strftime('%Y-%m-%d')}-{user}-{slug}"
    for number in count(1):
        name = f"{stem}.md" if number == 1 else f"{stem}-{number}.md"
        if any((other / name).exists() for other in others):
            continue
        if files.create_new(folder / name, data, durable=durable):
            return folder / name
    raise AssertionError("unreachable")


def append(path: Path, topic: str, text: str) -> None:
    """Add `## Update: HH:MM TZ — <topic>` with `text` to the log at `path`, which stays whole at every moment."""
    heading = f"## Update: {time.strftime('%H:%M %Z')} — {topic}"
    before = path.read_bytes()
    files.write_atomic(path, before.rstrip(b"\n") + f"\n\n{heading}\n\n{text.strip()}\n".encode())
