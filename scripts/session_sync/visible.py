"""Makes characters visible that hide, reorder or break what is read."""

from __future__ import annotations

import re

_CONTROLS = bytes(code for code in (*range(32), 127) if code not in b"\t\n")
# Controls, halves of surrogate pairs, line and paragraph separators, marks that change the direction of reading,
# interlinear notes, and "tag" characters, which can hold a whole text that nobody sees.
_UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\u2028\u2029\u202a-\u202e\u2066-\u2069\ufff9-\ufffb\U000e0000-\U000e007f]"
)


def visible(text: str) -> str:
    """`text` with all of its unseen characters but tabs replaced by `␀` or `\\u202e`, and `\\n` at the end of lines."""
    if text.isascii():
        data = text.encode()
        if len(data.translate(None, _CONTROLS)) == len(data):
            return text
    elif not _UNSEEN.search(text):
        return text
    return _UNSEEN.sub(_named, text.replace("\r\n", "\n").replace("\r", "\n"))


def one_line(text: str, most: int) -> str:
    """The words of `text` in one line of visible characters; of a longer one the beginning, `most` at most."""
    if len(text) <= most and text.isprintable() and "  " not in text:
        return text.strip()
    line = visible(" ".join(text[: 4 * most].split()))
    if len(line) <= most and len(text) <= 4 * most:
        return line
    words = line[:most].rpartition(" ")[0]
    return (words if len(words) > most // 2 else line[: most - 1]) + "…"


def _named(match: re.Match[str]) -> str:
    code = ord(match[0])
    if code < 32:
        return chr(0x2400 + code)
    if code == 127:
        return "␡"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
