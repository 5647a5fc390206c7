"""A fast-import stream: how scanned bytes become blobs and commits, with no work tree and no index."""

from __future__ import annotations

import re
import time
from collections.abc import Iterable
from typing import IO


def blob_id(data: bytes) -> str:
    """The id that git gives a blob (gitformat-object: SHA-1 over "blob <length>\\0" and the bytes)."""
    import hashlib

    return hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()


class Importer:
    """Writes blobs and commits into a fast-import stream (git-fast-import(1), INPUT FORMAT)."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream

    def blob(self, data: bytes) -> str:
        """Store `data`; returns its id."""
        self._stream.write(b"blob\ndata %d\n%s\n" % (len(data), data))
        return blob_id(data)

    def commit(
        self,
        ref: str,
        author: tuple[str, str],
        message: str,
        parents: Iterable[str],
        changes: Iterable[tuple[str, str, bytes]],
    ) -> None:
        """Commit `changes`, (mode, object id, path) each, on top of the first of `parents`."""
        name, email = (re.sub(r"[<>\n\0]", "", part) or "unknown" for part in author)
        who = f"{name} <{email}> {int(time.time())} {time.strftime('%z')}"
        text = message.encode()
        head = f"commit {ref}\ncommitter {who}\ndata {len(text)}\n".encode() + text + b"\n"
        links = "".join(f"{'merge' if number else 'from'} {parent}\n" for number, parent in enumerate(parents))
        body = b"".join(b"M %s %s %s\n" % (mode.encode(), oid.encode(), _quoted(path)) for mode, oid, path in changes)
        self._stream.write(head + links.encode() + body + b"\n")


def _quoted(path: bytes) -> bytes:
    """`path` as a quoted C string, so that no byte in a name can end the command."""
    return b'"' + b"".join(
        bytes([byte]) if 32 <= byte < 127 and byte not in b'"\\' else b"\\%03o" % byte for byte in path
    ) + b'"'  # fmt: skip
