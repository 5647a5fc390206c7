"""What the scanner finds in a text."""

from __future__ import annotations

from session_sync.scan.scanner import scanner


def values(text: str) -> list[str]:
    """The values that the default scanner finds in `text`, in order."""
    return [text[one.start : one.end] for one in scanner.scan(text)]
