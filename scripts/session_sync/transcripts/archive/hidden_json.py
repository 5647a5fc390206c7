"""The hidden JSON of an archived session: its form, and how to read and to check it.

The first line holds the facts, so that a reader of many sessions need not read them whole; then comes one line per
message; the last line holds the SHA-256 of all bytes before it. The whole is one JSON object.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec

from session_sync.home import files
from session_sync.transcripts.archive import layout
from session_sync.transcripts.session import SCHEMA, Message, Session, Struct

BEGIN = b',"messages":[\n'
END = b'],"sha256":"%s"}\n'
_LONGEST_HEAD = 4 << 20  # bytes
_BLOCK = 1 << 20


class File(Struct):
    """A file beside the JSON that belongs to it, by its name: the "markdown", and what later versions add ("raw")."""

    kind: str
    name: str
    sha256: str = ""


class SessionHead(Session, kw_only=True):
    """The facts of an archived session, and what the archive needs to know of it."""

    transcript: str = ""  # the source's id of it as `find` gives it, if the session's own is another
    fingerprint: str = ""  # of the transcript when it was read
    version: str = ""  # of the rules, the policy and the form that it was written with
    prompts: int = 0
    message_count: int = 0
    gone: int = 0  # of them are no longer in the source
    files: list[File] = msgspec.field(default_factory=list)
    links: dict[str, str] = msgspec.field(default_factory=dict)  # ids of related sessions -> relative URLs, or ""


class Damaged(Exception):
    """The file is not what was written; the message says in a few words why."""


_decode = msgspec.json.Decoder(SessionHead).decode


def read_head(path: Path) -> SessionHead:
    """The facts in the JSON at `path`; raises Damaged or OSError."""
    with files.open_regular(path, follow=False) as stream:
        line = stream.readline(_LONGEST_HEAD)
    if not line.endswith(BEGIN):
        raise Damaged("not an archived session")
    try:
        head = _decode(line[: -len(BEGIN)] + b"}")
    except msgspec.DecodeError:
        raise Damaged("not an archived session") from None
    if head.schema > SCHEMA:
        raise Damaged("written by a later version of session-sync")
    return head


def messages(path: Path) -> Iterator[Message]:
    """The messages in the JSON at `path`, one after the other; raises OSError or msgspec.DecodeError."""
    decode = msgspec.json.Decoder(Message).decode
    with files.open_regular(path, follow=False) as stream:
        stream.readline()
        for line in stream:
            if not line.startswith(b"]"):
                yield decode(line.rstrip(b",\n"))


def readable_messages(path: Path) -> Iterator[Message]:
    """The messages in the JSON at `path` as far as they can be read, which may be damaged."""
    decode = msgspec.json.Decoder(Message).decode
    with suppress(OSError), files.open_regular(path, follow=False) as stream:
        stream.readline()
        for line in stream:
            with suppress(msgspec.DecodeError, UnicodeDecodeError, RecursionError):
                yield decode(line.rstrip(b",\n"))


def verified_head(path: Path) -> SessionHead:
    """The facts in the JSON at `path`, which is as it was written; raises Damaged otherwise, or OSError."""
    head = read_head(path)
    last = END % (b"0" * 64)
    with files.open_regular(path, follow=False) as stream:
        left = os.fstat(stream.fileno()).st_size - len(last)
        digest = hashlib.sha256()
        while left > 0 and (block := stream.read(min(left, _BLOCK))):
            digest.update(block)
            left -= len(block)
        if stream.read() != END % digest.hexdigest().encode():
            raise Damaged("not as it was written")
    return head


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def difference(path: Path, sha256: str) -> str:
    """What is wrong with the file at `path`, which should have this hash; "" for nothing."""
    try:
        with files.open_regular(path, follow=False) as stream:
            return "" if hashlib.file_digest(stream, "sha256").hexdigest() == sha256 else "not as it was written"
    except FileNotFoundError:
        return "missing"
    except OSError as error:
        return error.strerror or type(error).__name__


def session_files(folder: Path) -> Iterator[Path]:
    """The JSON files of archived sessions anywhere below `folder`, in order; links are not followed."""
    for at, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if name != ".git")
        for name in sorted(names):
            if name.startswith(".") and name.endswith(".json") and layout.BASENAME.fullmatch(name[1:-5]):
                yield Path(at, name)


def json_schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of the hidden JSON."""

    class Archived(SessionHead, kw_only=True):
        messages: list[Message] = msgspec.field(default_factory=list)
        sha256: str = ""

    made = msgspec.json.schema(Archived)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": f"archived session {SCHEMA}", **made}
