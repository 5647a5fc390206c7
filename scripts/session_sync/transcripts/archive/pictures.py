"""The pictures of a session, beside its other files: each once, named by its content, shared by all in the folder."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from session_sync.home import files
from session_sync.transcripts import picture
from session_sync.transcripts.archive import hidden_json, layout
from session_sync.transcripts.archive.body import Parts
from session_sync.transcripts.archive.hidden_json import Damaged, File
from session_sync.transcripts.session import Attachment, Message

PICTURE = "picture"
MOST_BYTES = 64 << 20  # of all pictures of a session
MOST = 1000  # pictures of a session


class Pictures:
    """Those of one session while it is read. They wait on the disk; none is kept unless `is_kept`."""

    def __init__(self, is_kept: bool) -> None:
        self._is_kept = is_kept
        self._content = Parts()
        self._size = 0
        self._found: dict[str, File] = {}  # by their names, in the order of their contents

    def __enter__(self) -> Pictures:
        return self

    def __exit__(self, *_: object) -> None:
        self._content.close()

    @property
    def files(self) -> list[File]:
        """What is to be written."""
        return list(self._found.values())

    def take(self, message: Message) -> None:
        """Take the pictures out of a message that was read, which tells then where they are."""
        if message.attachments:
            self._take(message.attachments)
        for call in message.tool_calls:
            if call.attachments:
                self._take(call.attachments)

    def take_archived(self, message: Message, folder: Path) -> None:
        """Take those of a message that was archived in `folder`, as far as they are there and may stay."""
        for attachments in (message.attachments, *(call.attachments for call in message.tool_calls)):
            for one in attachments:
                if one.path:
                    one.path = self._kept(_read(folder, one.path))

    def write(self, folder: Path) -> None:
        """Write those that are not there yet below `folder`. Raises OSError."""
        for number, file in enumerate(self._found.values()):
            path = folder / file.name
            if not _is_there(path, file.sha256):
                content = b"".join(self._content.run(range(number, number + 1)))
                files.write_atomic(path, content, durable=False)

    def _take(self, attachments: Iterable[Attachment]) -> None:
        for one in attachments:
            one.path = self._kept(one.content) if one.content else ""
            one.content = b""

    def _kept(self, content: bytes) -> str:
        """The name of the picture with this `content`; "" when it is none, or one too many."""
        suffix = picture.suffix_of(content)
        if not self._is_kept or not suffix:
            return ""
        sha256 = hashlib.sha256(content).hexdigest()
        name = f"{layout.PICTURES}/{sha256[:32]}.{suffix}"
        if name in self._found:
            return name
        size = self._size + len(content)
        if len(content) > picture.LARGEST or size > MOST_BYTES or len(self._found) >= MOST:
            return ""
        self._size = size
        self._content.add(content)
        self._found[name] = File(PICTURE, name, sha256)
        return name


def remove_unnamed(folder: Path, names: Iterable[str], but: str) -> None:
    """Remove those of the pictures `names` that no session in `folder` names, `but` that with this JSON."""
    left = {name for name in names if layout.is_picture(name)}
    if not left:
        return
    for data in folder.glob(".*.json"):
        if data.name == but:
            continue
        with suppress(OSError, Damaged):
            left.difference_update(file.name for file in hidden_json.read_head(data).files)
    for name in left:
        (folder / name).unlink(missing_ok=True)
    with suppress(OSError):  # others are in it
        os.rmdir(folder / layout.PICTURES)


def _read(folder: Path, name: str) -> bytes:
    """The content of the picture `name` in `folder`; b"" when it is not there."""
    if not layout.is_picture(name):
        return b""
    try:
        with files.open_regular(folder / name, follow=False) as stream:
            return stream.read(picture.LARGEST + 1)
    except OSError:
        return b""


def _is_there(path: Path, sha256: str) -> bool:
    """Whether the file at `path` has the content with this hash."""
    try:
        with files.open_regular(path, follow=False) as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest() == sha256
    except OSError:
        return False
