"""What is a picture, by its bytes alone: what a transcript says of them may be wrong."""

from __future__ import annotations

LARGEST = 8 << 20  # bytes of one that is kept
_SIGNATURES = ((b"\x89PNG\r\n\x1a\n", "png"), (b"\xff\xd8\xff", "jpg"), (b"GIF87a", "gif"), (b"GIF89a", "gif"))


def suffix_of(content: bytes) -> str:
    """The suffix for a file with this `content`; "" when it is no picture that every browser shows."""
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "webp"
    return next((suffix for signature, suffix in _SIGNATURES if content.startswith(signature)), "")
