"""What stands in a text instead of a picture's or file's bytes."""

from __future__ import annotations

import base64

import pytest

from session_sync.transcripts import picture
from session_sync.transcripts.session import Attachment
from session_sync.transcripts.sources import media


@pytest.mark.parametrize(
    ("one", "words"),
    [
        (Attachment(media_type="image/gif", size=1024), "[image/gif, 1,024 bytes]"),
        (Attachment(media_type="image/gif", size=1), "[image/gif, 1 byte]"),
        (Attachment(), "[file, 0 bytes]"),
    ],
)
def test_the_type_and_the_size_are_told(one: Attachment, words: str) -> None:
    assert media.words(one) == words


PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 9


@pytest.mark.parametrize(
    ("content", "media_type", "kind", "is_held"),
    [
        (PNG, "image/png", "image", True),
        (PNG, "image/svg+xml", "image", True),
        (PNG, "", "image", True),
        (PNG, "application/octet-stream", "image", True),
        (PNG, "application/pdf", "file", False),
        (b"<svg/>" * 9, "image/png", "image", False),
        (PNG + b"x" * picture.LARGEST, "image/png", "image", False),
        (b"", "image/png", "image", False),
    ],
)
def test_the_bytes_of_pictures_are_held(content: bytes, media_type: str, kind: str, is_held: bool) -> None:
    made = media.attachment(base64.b64encode(content).decode(), media_type)
    assert (made.kind, made.size, made.content) == (kind, len(content), content if is_held else b"")


@pytest.mark.parametrize(
    ("content", "suffix"),
    [
        (PNG, "png"),
        (b"\xff\xd8\xff\xdb", "jpg"),
        (b"GIF87a", "gif"),
        (b"GIF89a", "gif"),
        (b"RIFF\0\0\0\0WEBP", "webp"),
        (b"RIFF\0\0\0\0WAVE", ""),
        (b"BM", ""),
        (b"", ""),
    ],
)
def test_a_picture_is_known_by_its_bytes(content: bytes, suffix: str) -> None:
    assert picture.suffix_of(content) == suffix
