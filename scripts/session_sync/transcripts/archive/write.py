"""Writes one session into an archive: its Markdown and its hidden JSON, each whole or not at all, named for good.

The JSON comes first: it says whose the name is. Whoever finds the name taken by another session takes another name.
"""

from __future__ import annotations

import errno
import hashlib
import itertools
import os
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import NamedTuple

import msgspec
from msgspec.structs import replace

from session_sync.home import files
from session_sync.transcripts.archive import hidden_json, layout
from session_sync.transcripts.archive.body import Body
from session_sync.transcripts.archive.hidden_json import Damaged, File, SessionHead
from session_sync.transcripts.render import page
from session_sync.transcripts.render.page import Links

MARKDOWN = "markdown"
_ABANDONED = 3600.0  # seconds after which a file is nobody's that a killed run left half-written
_swept: set[Path] = set()  # folders that were looked through by this process
IsOurs = Callable[[SessionHead], bool]


class FileNames(NamedTuple):
    """What a session's files may be called: as they are `known` to be, or one of the `new`."""

    known: tuple[str, ...]
    new: tuple[str, ...]


class WrittenSession(NamedTuple):
    """The path of a session's Markdown below the archive, whether a file was changed, and the SHA-256 of both."""

    path: str
    changed: bool
    sha256: tuple[str, str]  # of the Markdown and of the JSON


def write_session(
    archive: Path, place: PurePosixPath, names: FileNames, head: SessionHead, body: Body, links: Links, is_ours: IsOurs
) -> WrittenSession:
    """Write a session, of which everything is redacted, to the folder `place` below the `archive`.

    It gets the first of `names` that is free, or that it has already: `is_ours` tells that from the head that is
    there. Raises OSError.
    """
    head = replace(head, prompts=body.prompts, message_count=body.count)
    begin = page.head(head, links).encode("utf-8", "replace")
    end = page.foot(head).encode("utf-8", "replace")
    folder = _folder(archive, place)
    with _temporary(folder, [begin], body.markdown(), [end]) as (markdown, sha256):
        for name in (*names.known, *names.new):
            named = replace(head, files=[File(MARKDOWN, f"{name}.md", sha256)])
            put = _put(folder, name, markdown, named, body, is_ours, name in names.known)
            if put:
                return WrittenSession(str(place / f"{name}.md"), put.changed, (sha256, put.sha256))
    raise FileExistsError(errno.EEXIST, "no free name for a session", folder)


def remove_session(markdown: Path) -> None:
    """Remove the session whose Markdown is at `markdown`."""
    for path in (markdown, markdown.with_name(layout.json_name(markdown.stem))):
        path.unlink(missing_ok=True)


def _folder(archive: Path, place: PurePosixPath) -> Path:
    """The folder `place`, made if it is missing; never through a link, which may lead out of the archive."""
    for one in (place, *place.parents):
        if os.path.islink(archive / one) and one.parts:
            raise OSError(errno.ELOOP, "a link in the archive; remove it", archive / one)
    folder = files.make_private_dir(archive / place)
    if folder not in _swept:
        _swept.add(folder)
        for left in folder.glob(".????????????????.tmp"):
            if left.lstat().st_mtime < time.time() - _ABANDONED:
                left.unlink(missing_ok=True)
    return folder


class _Put(NamedTuple):
    changed: bool
    sha256: str  # of the JSON


def _put(
    folder: Path, name: str, markdown: Path, head: SessionHead, body: Body, is_ours: IsOurs, is_known: bool
) -> _Put | None:
    """Give the session its `name`; None when it is another session's, or somebody's own file's."""
    data, text = folder / layout.json_name(name), folder / f"{name}.md"
    owner = _owner(data)
    has_it = is_ours(owner) if owner else is_known  # what is damaged or gone was ours if it is known
    if not has_it and (text.exists() or data.exists()):
        return None
    if has_it and (sha256 := _unchanged(data, text, head, body)):
        return _Put(False, sha256)
    with _temporary(folder, _json(head, body), end=hidden_json.END) as (temporary, sha256):
        if has_it or not files.claim(temporary, data):
            owner = _owner(data)
            if not has_it and not (owner and is_ours(owner)):
                return None  # another session was quicker
            os.replace(temporary, data)
    os.replace(markdown, text)
    return _Put(True, sha256)


def _owner(data: Path) -> SessionHead | None:
    """The facts of the session whose JSON is at `data`, None where there is none."""
    try:
        return hidden_json.read_head(data)
    except (OSError, Damaged):
        return None


def _unchanged(data: Path, text: Path, head: SessionHead, body: Body) -> str:
    """The SHA-256 of the JSON if both files are as they would be written, but perhaps by earlier rules; else ""."""
    try:
        old = hidden_json.verified_head(data)
        is_same = hidden_json.sha256(text.read_bytes()) == head.files[0].sha256
    except (OSError, Damaged):
        return ""
    if not is_same or old.files != head.files:
        return ""
    digest = hashlib.sha256()
    for block in _json(replace(head, version=old.version), body):
        digest.update(block)
    end = hidden_json.END % digest.hexdigest().encode()
    digest.update(end)
    with open(data, "rb") as stream:
        stream.seek(-len(end), os.SEEK_END)
        return digest.hexdigest() if stream.read() == end else ""


def _json(head: SessionHead, body: Body) -> Iterator[bytes]:
    """The bytes of the hidden JSON up to its last line."""
    yield msgspec.json.encode(head)[:-1] + hidden_json.BEGIN
    yield from body.json()


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
