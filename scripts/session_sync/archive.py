"""Writes one session into an archive: its Markdown and its hidden JSON, each whole or not at all, named for good.

The JSON comes first: it says whose the name is. Whoever finds the name taken by another session takes another name.
"""

from __future__ import annotations

import errno
import hashlib
import itertools
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
    """The path of a session's Markdown below the archive, whether a file was changed, and the SHA-256 of both."""

    path: str
    changed: bool
    sha256: tuple[str, str]  # of the Markdown and of the JSON


def write(
    archive: Path, place: PurePosixPath, names: Iterable[str], head: Head, texts: Texts, links: Links, is_known: bool
) -> Written:
    """Write a session, of which everything is redacted, to the folder `place` below the `archive`.

    It gets the first of `names` that is free, or that it has already; if it `is_known`, it has the first one. Raises
    OSError.
    """
    head.prompts, head.message_count = texts.prompts, texts.count
    begin = render.head(head, links).encode("utf-8", "replace")
    end = render.foot(head).encode("utf-8", "replace")
    folder = _folder(archive, place)
    with _temporary(folder, [begin], texts.markdown(), [end]) as (markdown, sha256):
        for name in names:
            head.files = [File(MARKDOWN, f"{name}.md", sha256)]
            put = _put(folder, name, markdown, head, texts, is_known)
            if put:
                return Written(str(place / f"{name}.md"), put.changed, (sha256, put.sha256))
    raise FileExistsError(errno.EEXIST, "no free name for a session", folder)


def remove(markdown: Path) -> None:
    """Remove the session whose Markdown is at `markdown`."""
    for path in (markdown, markdown.with_name(layout.hidden(markdown.stem))):
        path.unlink(missing_ok=True)


def _folder(archive: Path, place: PurePosixPath) -> Path:
    """The folder `place`, made if it is missing; never through a link, which may lead out of the archive."""
    for one in (place, *place.parents):
        if os.path.islink(archive / one) and one.parts:
            raise OSError(errno.ELOOP, "a link in the archive; remove it", archive / one)
    return files.make_private_dir(archive / place)


class _Put(NamedTuple):
    changed: bool
    sha256: str  # of the JSON


def _put(folder: Path, name: str, markdown: Path, head: Head, texts: Texts, is_known: bool) -> _Put | None:
    """Give the session its `name`; None when it is another session's, or somebody's own file's."""
    data, text = folder / layout.hidden(name), folder / f"{name}.md"
    is_ours = is_known or _belongs(data, head)
    if not is_ours and text.exists():
        return None
    if is_ours and (sha256 := _unchanged(data, text, head, texts)):
        return _Put(False, sha256)
    with _temporary(folder, _json(head, texts), end=archived.END) as (temporary, sha256):
        if not is_ours and not files.claim(temporary, data):
            if not _belongs(data, head):
                return None
            is_ours = True  # another run was quicker
        if is_ours:
            os.replace(temporary, data)
    os.replace(markdown, text)
    return _Put(True, sha256)


def _belongs(data: Path, head: Head) -> bool:
    """Whether the JSON at `data` is there and of the session `head`."""
    try:
        old = archived.read_head(data)
    except (OSError, Damaged):
        return False
    return _key(old) == _key(head)


def _key(head: Head) -> tuple[str, ...]:
    return head.source, head.transcript, head.source_session_id, head.machine


def _unchanged(data: Path, text: Path, head: Head, texts: Texts) -> str:
    """The SHA-256 of the JSON if both files are as they would be written, but perhaps by earlier rules; else ""."""
    try:
        old = archived.check(data)
        is_same = archived.sha256(text.read_bytes()) == head.files[0].sha256
    except (OSError, Damaged):
        return ""
    if not is_same or old.files != head.files:
        return ""
    version, head.version = head.version, old.version
    digest = hashlib.sha256()
    for block in _json(head, texts):
        digest.update(block)
    head.version = version
    end = archived.END % digest.hexdigest().encode()
    digest.update(end)
    with open(data, "rb") as stream:
        stream.seek(-len(end), os.SEEK_END)
        return digest.hexdigest() if stream.read() == end else ""


def _json(head: Head, texts: Texts) -> Iterator[bytes]:
    """The bytes of the hidden JSON up to its last line."""
    yield msgspec.json.encode(head)[:-1] + archived.BEGIN
    yield from texts.json()


@contextmanager
def _temporary(folder: Path, *parts: Iterable[bytes], end: bytes = b"") -> Iterator[tuple[Path, str]]:
    """A file in `folder` that holds all `parts`, with the SHA-256 of it; removed if nobody took it.

    `end` is what comes last, with a place for the SHA-256 of all before it.
    """
    path = folder / f".{os.urandom(8).hex()}.tmp"
    digest = hashlib.sha256()
    try:
        with open(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, files.PRIVATE_FILE), "wb") as stream:
            for block in itertools.chain(*parts):
                digest.update(block)
                stream.write(block)
            if end:
                last = end % digest.hexdigest().encode()
                digest.update(last)
                stream.write(last)
        yield path, digest.hexdigest()
    finally:
        path.unlink(missing_ok=True)
