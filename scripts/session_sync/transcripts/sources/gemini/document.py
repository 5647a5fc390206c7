"""A session file as Gemini CLI wrote it before its logs: one JSON document that holds all messages."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import re
from collections.abc import Iterator
from pathlib import Path

import msgspec

from session_sync.transcripts.session import Raw, Session
from session_sync.transcripts.sources import links
from session_sync.transcripts.sources.gemini.log import FACTS, MESSAGE_TYPES
from session_sync.transcripts.sources.shapes import JsonObject, counted_name, path_text, read_object, text

_MESSAGE = re.compile(r"\{\s*\"id\"")
_FACT = re.compile(rb'"(sessionId|projectHash|startTime|lastUpdated|summary)"\s*:\s*"([^"\\]*)"')
_LARGEST = 100 << 20  # bytes of a document, which is held as a whole
_HEAD = 4096  # bytes of a damaged document that its facts are looked for in
_TRIES = 64  # places in a damaged document where a message may begin, and does not
_document = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
_messages = msgspec.json.Decoder(list[msgspec.Raw]).decode


class Document:
    """The document at `path`. Iterate over it once to get its messages, none of which was ever taken back.

    Each message is counted in `session` like a line, and so is the rest of the document. Raises OSError.
    """

    def __init__(self, path: Path, session: Session) -> None:
        self.facts: JsonObject = {}
        self._name = path_text(path.name)
        self._session = session
        data, raw = whole(path, self._name)
        session.raw.append(raw)
        try:
            self._found = self._whole(data)
            session.keep()
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            self._found = self._rest(data)

    def __iter__(self) -> Iterator[tuple[JsonObject, bool]]:
        for number, data in enumerate(self._found, 1):
            message = read_object(data, number, self._name, self._session)
            if message is None:
                continue
            kind = text(message.get("type"))
            self._session.keep(unknown="" if kind in MESSAGE_TYPES else counted_name(kind, "record"))
            yield message, False

    def _whole(self, data: bytes) -> Iterator[bytes]:
        """The messages of a document that is whole."""
        parts = _document(data)
        if "messages" not in parts and parts.keys() - FACTS:
            self._session.name_problem(0, "no messages in it that are known", self._name)
        messages = _messages(parts.pop("messages", msgspec.Raw(b"[]")))
        self.facts = {key: msgspec.json.decode(value) for key, value in parts.items() if key in FACTS}
        return (bytes(one) for one in messages)

    def _rest(self, data: bytes) -> Iterator[bytes]:
        """What can be read of a document that is damaged or cut off."""
        self.facts = {one[1].decode(): one[2].decode("utf-8", "replace") for one in _FACT.finditer(data[:_HEAD])}
        reason = "damaged, its messages mended" if self.facts else "no session"
        if self.facts:
            self._session.keep()
        else:
            self._session.drop(reason)
        self._session.name_problem(0, reason, self._name)
        return mended(data, _MESSAGE)


def whole(path: Path, name: str) -> tuple[bytes, Raw]:
    """All that is in the file at `path`, and what a session says of it. Raises OSError, also if it is too large."""
    with links.opened(path) as stream:
        if os.fstat(stream.fileno()).st_size > _LARGEST:
            raise OSError(errno.EFBIG, f"larger than {_LARGEST >> 20} MB, and no JSON Lines", path)
        data = stream.read()
    return data, Raw(name, len(data), hashlib.sha256(data).hexdigest())


def mended(data: bytes, beginning: re.Pattern[str]) -> Iterator[bytes]:
    """The objects in a damaged document that begin so."""
    document = data.replace(b"\0", b"").decode("utf-8", "replace")
    decoder = json.JSONDecoder(strict=False)
    end = misses = 0
    for match in beginning.finditer(document):
        if match.start() < end:
            continue
        try:
            _, end = decoder.raw_decode(document, match.start())
        except (ValueError, RecursionError):
            misses += 1
            if misses == _TRIES:
                return
            continue
        yield document[match.start() : end].encode("utf-8", "replace")
