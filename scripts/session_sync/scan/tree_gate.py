"""The text in a file that is not UTF-8: text in an older encoding, or what programs made, with texts in it."""

from __future__ import annotations

import codecs

_MARKED = (  # the mark of UTF-32 begins with that of UTF-16
    ((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE), "utf-32"),
    ((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE), "utf-16"),
)
_CONTROLS = bytes({*range(32), 127} - set(b"\b\t\n\f\r\x1b"))
_MOST_CONTROLS = 0.05  # of the characters of a text; compressed and encrypted data has 0.11


def guess(data: bytes) -> tuple[str, bool]:
    """`data` as text, and whether it is written as such: what programs made has many control characters.

    Letters beyond ASCII may come out wrong.
    """
    encoding = _wide(data)
    text = data.decode(encoding, errors="replace").replace("\0", "") if encoding else data.decode("latin-1")
    seen = text.encode() if encoding else data
    controls = len(seen) - len(seen.translate(None, _CONTROLS))
    return text, controls <= _MOST_CONTROLS * len(seen)


def _wide(data: bytes) -> str:
    """The encoding in which every letter takes two or four bytes, by its mark or by the zeros; "" for none."""
    for marks, encoding in _MARKED:
        if data.startswith(marks):
            return encoding
    for first, encoding in ((1, "utf-16-le"), (0, "utf-16-be")):
        if data[first::2].count(0) * 4 > len(data):
            return encoding
    return ""
