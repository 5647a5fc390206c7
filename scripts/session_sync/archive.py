"""Writes one session into an archive: its Markdown and its hidden JSON, each whole or not at all, named for good.

The JSON comes first: it says whose the name is. Whoever finds the name taken by another session takes another name.
"""

from __future__ import annotations

import errno
import hashlib
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import NamedTuple

import msgspec

from session_sync import archived, files, layout, render
from session_sync.archived import Damaged, File, Head
from session_sync.render import Links
from session_sync.texts import Texts

MARKDOWN = "markdown"


class Written(NamedTuple):
    """The path of a session's Markdown below the archive, and whether a file was changed."""

    path: str
    changed: bool


def write(archive: Path, place: PurePosixPath, head: Head, texts: Texts, links: Links, name: str = "") -> Written:
    """Write a session, of which everything is redacted, to the folder `place` below the `archive`.

    `name` is that of its files if it was written before, else it gets one. Raises OSError.
    """
    head.prompts, head.message_count = texts.prompts, texts.count
    begin = render.head(head, links).encode("utf-8", "replace")
    end = render.foot(head).encode("utf-8", "replace")
    folder = files.make_private_dir(archive / place)
    with _temporary(folder, [begin], texts.markdown(), [end]) as (markdown, sha256):
        for one in [name] if name else _names(head):
            head.files = [File(MARKDOWN, f"{one}.md", sha256)]
            changed = _put(folder, one, markdown, head, texts, is_ours=bool(name))
            if changed is not None:
                return Written(str(place / f"{one}.md"), changed)
    raise FileExistsError(errno.EEXIST, "no free name for a session", folder)


def _names(head: Head) -> tuple[str, ...]:
    """What the session may be called: its own mark tells it from another one with the same title and minute."""
    name = layout.basename(head, head.title)
    return name, f"{name}-{layout.mark(head.source, head.source_session_id)}", f"{name}-{os.urandom(4).hex()}"


def _put(folder: Path, name: str, markdown: Path, head: Head, texts: Texts, is_ours: bool) -> bool | None:
    """Give the session its `name`: whether that changed a file, None when it is another session's."""
    data, text = folder / layout.hidden(name), folder / f"{name}.md"
    if not is_ours:
        if text.exists() and not data.exists():
            return None  # somebody's own file
        is_ours = _belongs(data, head)
    if is_ours and _is_unchanged(data, text, head, texts):
        return False
    with _temporary(folder, _json(head, texts)) as (temporary, sha256):
        with open(temporary, "ab") as stream:
            stream.write(archived.END % sha256.encode())
        if is_ours:
            os.replace(temporary, data)
        elif not files.claim(temporary, data):
            if not _belongs(data, head):
                return None
            os.replace(temporary, data)
    os.replace(markdown, text)
    return True


def _belongs(data: Path, head: Head) -> bool:
    """Whether the JSON at `data` is there and of the session `head`."""
    try:
        old = archived.read_head(data)
    except (OSError, Damaged):
        return False
    return _key(old) == _key(head)


def _key(head: Head) -> tuple[str, ...]:
    return head.source, head.transcript, head.source_session_id, head.machine


def _is_unchanged(data: Path, text: Path, head: Head, texts: Texts) -> bool:
    """Whether the session is there as it would be written, but perhaps by an earlier version of the rules."""
    try:
        old = archived.check(data)
        is_same = hashlib.sha256(text.read_bytes()).hexdigest() == head.files[0].sha256
    except (OSError, Damaged):
        return False
    if not is_same or old.files != head.files:
        return False
    version, head.version = head.version, old.version
    digest = hashlib.sha256()
    for block in _json(head, texts):
        digest.update(block)
    head.version = version
    with open(data, "rb") as stream:
        stream.seek(-len(archived.END % (b"0" * 64)), os.SEEK_END)
        return stream.read() == archived.END % digest.hexdigest().encode()


def _json(head: Head, texts: Texts) -> Iterator[bytes]:
    """The bytes of the hidden JSON up to its last line."""
    yield msgspec.json.encode(head)[:-1] + archived.BEGIN
    yield from texts.json()


@contextmanager
def _temporary(folder: Path, *parts: Iterable[bytes]) -> Iterator[tuple[Path, str]]:
    """A file in `folder` that holds all `parts`, with the SHA-256 of them; removed if nobody took it."""
    path = folder / f".{os.urandom(8).hex()}.tmp"
    digest = hashlib.sha256()
    try:
        with open(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, files.PRIVATE_FILE), "wb") as stream:
            for part in parts:
                for block in part:
                    digest.update(block)
                    stream.write(block)
        yield path, digest.hexdigest()
    finally:
        path.unlink(missing_ok=True)
