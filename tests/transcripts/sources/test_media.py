"""What stands in a text instead of a picture's or file's bytes."""

from __future__ import annotations

import pytest

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
