"""A rollout of Codex's first versions: one JSON document that holds the session and its items."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import re
from collections.abc import Iterator
from pathlib import Path

import msgspec

from session_sync.home.files import open_regular
from session_sync.transcripts.session import Raw, Session
from session_sync.transcripts.sources.codex.format.lines import RolloutLine, recovered
from session_sync.transcripts.sources.shapes import JsonObject, mapping, read_object

ENDING = ".json"
_LARGEST = 100 << 20  # bytes of a document, which is held as a whole
_TRIES = 64  # places in a damaged document where an object may begin, and does not
_OBJECT = re.compile(r'\{\s*"')
_document = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
_items = msgspec.json.Decoder(list[msgspec.Raw]).decode


def read(path: str, name: str, session: Session) -> Iterator[tuple[int, RolloutLine]]:
    """The records in the document at `path`, numbered like lines. Raises OSError."""
    with open_regular(Path(path), follow=True) as stream:
        if os.fstat(stream.fileno()).st_size > _LARGEST:
            raise OSError(errno.EFBIG, f"larger than {_LARGEST >> 20} MB, and no JSON Lines", path)
        data = stream.read()
    session.raw.append(Raw(name, len(data), hashlib.sha256(data).hexdigest()))
    for number, part in enumerate(_parts(data, name, session), 1):
        value = read_object(part, number, name, session)
        if value is not None:
            yield number, _record(value)


def _record(value: JsonObject) -> RolloutLine:
    try:
        return recovered(value)
    except (msgspec.ValidationError, RecursionError):
        return recovered({"type": "of an unexpected shape", "record": value})


def _parts(data: bytes, name: str, session: Session) -> Iterator[bytes]:
    """The session and the items, each as JSON; a document of another shape as it is."""
    try:
        whole = _document(data)
        items = _items(whole.pop("items")) if "items" in whole else None
        head = whole.pop("session", None)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        session.name_problem(0, "damaged, its records mended", name)
        yield from _mended(data.replace(b"\0", b"").decode("utf-8", "replace"))
        return
    if items is None and head is None:
        yield data
        return
    yield bytes(head) if head is not None else b"{}"
    yield from (bytes(one) for one in items or ())
    if whole:
        yield msgspec.json.encode(whole)


def _mended(text: str) -> Iterator[bytes]:
    """The objects within the outer one, which is damaged or cut off, or that stand one behind the other."""
    decoder = json.JSONDecoder(strict=False)
    end = misses = 0
    for match in _OBJECT.finditer(text):
        if match.start() < end:
            continue
        try:
            value, end = decoder.raw_decode(text, match.start())
        except (ValueError, RecursionError):
            misses += 1
            if misses == _TRIES:
                return
            continue
        found = mapping(value).get("items")
        for one in found if isinstance(found, list) else (value,):
            yield json.dumps(one).encode("utf-8", "replace")
