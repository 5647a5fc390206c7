"""Writes one session into an archive: each of its files whole or not at all, named for good.

The JSON comes first: it says whose the name is. Whoever finds the name taken by another session takes another name.
"""

from __future__ import annotations

import errno
import functools
import hashlib
import itertools
import os
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import NamedTuple

import msgspec
from msgspec.structs import replace

from session_sync.home import files
from session_sync.transcripts.archive import division, hidden_json, layout, pictures
from session_sync.transcripts.archive.body import Body
from session_sync.transcripts.archive.hidden_json import Damaged, File, SessionHead
from session_sync.transcripts.archive.index import FileHashes
from session_sync.transcripts.archive.pictures import Pictures
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
    """The path of a session's Markdown below the archive, whether a file was changed, and all files."""

    path: str
    changed: bool
    files: FileHashes


class SessionContent(NamedTuple):
    """What is written of a session; everything in it is redacted."""

    head: SessionHead
    body: Body
    pictures: Pictures
    links: Links


def write_session(
    archive: Path, place: PurePosixPath, names: FileNames, content: SessionContent, is_ours: IsOurs
) -> WrittenSession:
    """Write a session to the folder `place` below the `archive`.

    It gets the first of `names` that is free, or that it has already: `is_ours` tells that from the head that is
    there. Raises OSError.
    """
    folder = _folder(archive, place)
    if content.pictures.files:
        _folder(archive, place / layout.PICTURES)
    for name in (*names.known, *names.new):
        if written := _Writer(folder, name, content, is_ours, name in names.known).write():
            return written._replace(path=str(place / written.path))
    raise FileExistsError(errno.EEXIST, "no free name for a session", folder)


def remove_session(markdown: Path) -> None:
    """Remove the session whose Markdown is at `markdown`, and those of its pictures that no other one has."""
    folder, data = markdown.parent, markdown.with_name(layout.json_name(markdown.stem))
    names = _names(folder, markdown.stem, _owner(data))
    for path in (data, markdown):
        path.unlink(missing_ok=True)
    _remove_files(folder, markdown.stem, names)


def _folder(archive: Path, place: PurePosixPath) -> Path:
    """The folder `place`, made if it is missing; never through a link, which may lead out of the archive."""
    for one in (place, *place.parents):
        if os.path.islink(archive / one) and one.parts:
            raise OSError(errno.ELOOP, "a link in the archive; remove it", archive / one)
    folder = files.make_private_dir(archive / place)
    if folder not in _swept:
        _swept.add(folder)
        for left in folder.glob(".????????????????.tmp"):
            with suppress(FileNotFoundError):  # another process has just put it in its place
                if left.lstat().st_mtime < time.time() - _ABANDONED:
                    left.unlink()
    return folder


@dataclass(frozen=True)
class _Writer:
    """Writes a session's `content` to `folder` under a `name`, which it may be `known` to have."""

    folder: Path
    name: str
    content: SessionContent
    is_ours: IsOurs
    is_known: bool

    @functools.cached_property
    def _data(self) -> Path:
        return self.folder / layout.json_name(self.name)

    def write(self) -> WrittenSession | None:
        """Write it; None when the name is another session's, or somebody's own file's."""
        owner = _owner(self._data)
        has_it = self.is_ours(owner) if owner else self.is_known  # what is damaged or gone was ours if it is known
        if not has_it and self._is_taken():
            return None
        with ExitStack() as stack:
            head = replace(self.content.head, prompts=self.content.body.prompts, message_count=self.content.body.count)
            texts = self._texts(head, stack)
            head.files = [*(file for file, _ in texts), *self.content.pictures.files]
            if has_it and (sha256 := self._unchanged(head)):
                return self._written(head, False, sha256)
            self.content.pictures.write(self.folder)
            if has_it:  # before the new JSON: a killed run leaves no file that nobody knows of
                now = {file.name for file in head.files}
                left = [one for one in _names(self.folder, self.name, owner) if one not in now]
                _remove_files(self.folder, self.name, left)
            sha256 = self._put_json(head, has_it)
            if not sha256:
                return None
            for file, temporary in texts:
                os.replace(temporary, self.folder / file.name)
        return self._written(head, True, sha256)

    def _is_taken(self) -> bool:
        """Whether there is a file, of whomever, with a name that the session's files might have."""
        names = (self._data.name, *(layout.part_name(self.name, number) for number in (1, 2)))
        return any(os.path.lexists(os.path.join(self.folder, one)) for one in names)

    def _texts(self, head: SessionHead, stack: ExitStack) -> list[tuple[File, Path]]:
        """The Markdown, each file with what will become it."""
        _, body, _, links = self.content
        begin = page.head(head, links).encode("utf-8", "replace")
        end = page.foot(head).encode("utf-8", "replace")
        texts = []
        for number, content in enumerate(division.pages(begin, body, end, self.name), 1):
            path, sha256 = stack.enter_context(_temporary(self.folder, *content))
            texts.append((File(MARKDOWN, layout.part_name(self.name, number), sha256), path))
        return texts

    def _put_json(self, head: SessionHead, has_it: bool) -> str:
        """Put the JSON in its place; its SHA-256, or "" when another session has the name now."""
        with _temporary(self.folder, _json(head, self.content.body), end=hidden_json.END) as (temporary, sha256):
            if has_it or not files.claim(temporary, self._data):
                owner = _owner(self._data)
                if not has_it and not (owner and self.is_ours(owner)):
                    return ""
                os.replace(temporary, self._data)
        return sha256

    def _unchanged(self, head: SessionHead) -> str:
        """The SHA-256 of the JSON if all files are as they would be written, but perhaps by earlier rules; else ""."""
        try:
            old = hidden_json.verified_head(self._data)
            if old.files != head.files or not all(_has(self.folder / one.name, one.sha256) for one in head.files):
                return ""
        except (OSError, Damaged):
            return ""
        digest = hashlib.sha256()
        for block in _json(replace(head, version=old.version), self.content.body):
            digest.update(block)
        end = hidden_json.END % digest.hexdigest().encode()
        digest.update(end)
        with open(self._data, "rb") as stream:
            stream.seek(-len(end), os.SEEK_END)
            return digest.hexdigest() if stream.read() == end else ""

    def _written(self, head: SessionHead, changed: bool, sha256: str) -> WrittenSession:
        named = tuple((one.name, one.sha256) for one in head.files)
        return WrittenSession(f"{self.name}.md", changed, (*named, (self._data.name, sha256)))


def _names(folder: Path, name: str, owner: SessionHead | None) -> list[str]:
    """The files of the session `name` by the head of its `owner`, or, if that is damaged, by their own names."""
    if owner:
        return [one.name for one in owner.files]
    return [one for one in os.listdir(folder) if layout.is_of(one, name) and one != layout.json_name(name)]


def _remove_files(folder: Path, name: str, left: Sequence[str]) -> None:
    """Remove the files that are `left` over of the session `name`, but pictures that another one names."""
    for one in left:
        if layout.is_of(one, name) and not layout.is_picture(one):
            (folder / one).unlink(missing_ok=True)
    pictures.remove_unnamed(folder, left, but=layout.json_name(name))


def _has(path: Path, sha256: str) -> bool:
    """Whether the content of the file at `path` has this hash. Raises OSError."""
    with files.open_regular(path, follow=False) as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest() == sha256


def _owner(data: Path) -> SessionHead | None:
    """The facts of the session whose JSON is at `data`, None where there is none."""
    try:
        return hidden_json.read_head(data)
    except (OSError, Damaged):
        return None


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
