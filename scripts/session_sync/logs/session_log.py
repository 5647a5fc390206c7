"""Session logs as files: their names, their front matter, creation and updates that overwrite nothing."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path

from filelock import FileLock, Timeout

from session_sync.home import files, paths
from session_sync.text import outline

LOCK_LIMIT = 10.0  # seconds; then a save goes on without the lock, which costs at most a second log of a session
DIGEST = "digest"  # in the front matter of a log that was made from a transcript
FRONT_MATTER_LIMIT = 8192  # bytes


@contextmanager
def exclusive() -> Iterator[bool]:
    """Keep other saves of this home out; gives whether that could be had. Who is not alone may only make new files."""
    lock = FileLock(
        paths.save_lock(),
        timeout=LOCK_LIMIT,
        mode=files.PRIVATE_FILE,
        poll_interval=0.01,
        fallback_to_soft=False,  # that lock is a mere file, which outlives a killed holder
    )
    with suppress(Timeout, OSError):  # not ours to open, or a disk without locks
        files.make_private_dir(paths.save_lock().parent)
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
    """The value of `key` in the front matter of the log at `path`, or ""; raises OSError, also for a link."""
    with files.open_regular(path, follow=False) as stream:
        return fact_of(stream.read(FRONT_MATTER_LIMIT).decode(errors="replace"), key)


def fact_of(text: str, key: str) -> str:
    """The value of `key` in the front matter that `text` begins with, or ""."""
    head = text[:FRONT_MATTER_LIMIT].removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").split("\n")
    if head[0].rstrip() != "---":
        return ""
    for line in map(str.rstrip, head[1:]):
        name, _, value = line.partition(": ")
        if line == "---":
            break
        if name == key:
            try:
                return str(json.loads(value))
            except (ValueError, RecursionError):
                return ""
    return ""


def is_digest(path: Path) -> bool:
    """Whether the log at `path` was made from a transcript; raises OSError, also for a link."""
    return bool(read_fact(path, DIGEST))


def find_log(folders: Sequence[Path], session_id: str, pattern: str = "*") -> Path | None:
    """The log of session `session_id` among those in `folders` whose names without `.md` match `pattern`.

    Only plain files that can be read are logs: in a shared tree others may have put anything there.
    """
    for folder in folders:
        for path in sorted(folder.glob(f"{pattern}.md"), reverse=True):
            with suppress(OSError):
                if not path.name.startswith(".") and read_fact(path, "session_id") == session_id:
                    return path
    return None


def create_log(
    folders: Sequence[Path],
    stem: str,
    data: bytes,
    durable: bool = True,
    mode: int = files.PRIVATE_FILE,
) -> Path:
    """Write a new log under the first free `<stem>[-N].md`; returns its path.

    It goes to the first of `folders`; a name that is taken in another one is taken too. Whatever number of processes
    does so at once, each gets a name of its own.
    """
    for number in count(1):
        name = f"{stem}.md" if number == 1 else f"{stem}-{number}.md"
        if any((folder / name).exists() for folder in folders[1:]):
            continue
        if files.create_new(folders[0] / name, data, mode, durable):
            return folders[0] / name
    raise AssertionError("unreachable")


def stem(user: str, slug: str, day: str = "") -> str:
    """The name of a log without number and `.md`: YYYY-MM-DD-<user>-<slug>, by default of today."""
    return f"{day or time.strftime('%Y-%m-%d')}-{user}-{slug}"


def append(path: Path, topic: str, text: str, mode: int = files.PRIVATE_FILE) -> None:
    """Add `## Update: HH:MM TZ — <topic>` with `text` to the log at `path`, which stays whole at every moment.

    Its line ends stay as they are: git or an editor may have given it those of Windows. Raises OSError when `path` is
    not a plain file.
    """
    heading = f"## Update: {time.strftime('%H:%M %Z')} — {topic}"
    with files.open_regular(path, follow=False) as stream:
        before = stream.read()
    update = f"{_end_of_open(before)}\n\n{heading}\n\n{text.strip()}\n"
    end = "\r\n" if before.partition(b"\n")[0].endswith(b"\r") else "\n"
    files.write_atomic(path, before.rstrip(b"\r\n") + update.replace("\n", end).encode(), mode)


def _end_of_open(log: bytes) -> str:
    """What ends code or a comment that the log leaves open: no later heading would be one."""
    text = log.decode(errors="replace").replace("\r\n", "\n").rstrip("\n")
    return outline.closed(text)[len(text) :]
