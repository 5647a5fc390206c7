"""Makes characters visible that hide, reorder or break what is read."""

from __future__ import annotations

import re
import unicodedata

_CONTROLS = bytes(code for code in (*range(32), 127) if code not in b"\t\n")
# Controls, halves of surrogate pairs, line and paragraph separators, marks that change the direction of reading,
# interlinear notes, and "tag" characters, which can hold a whole text that nobody sees.
_UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\u2028\u2029\u202a-\u202e\u2066-\u2069\ufff9-\ufffb\U000e0000-\U000e007f]"
)
# What Python counts as printable and yet shows nothing: a joiner, fillers, variation selectors, a blank of Braille.
_BLANK = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]")
_EMOJI_STYLE = "\ufe0f"  # a selector that is common and harmless: it colours the symbol before it


def visible(text: str) -> str:
    """`text` with all of its unseen characters but tabs replaced by `␀` or `\\u202e`, and `\\n` at the end of lines."""
    if text.isascii():
        data = text.encode()
        if len(data.translate(None, _CONTROLS)) == len(data):
            return text
    elif not _UNSEEN.search(text):
        return text
    return _UNSEEN.sub(_named, text.replace("\r\n", "\n").replace("\r", "\n"))


def revealed(text: str) -> str:
    """`text` with every hidden character shown as `\\u200b`, whatever it hides for, for text that may be hostile.

    Line ends become `\\n`, the spaces of typographers plain ones; tabs and one selector after an emoji stay.
    """
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    if lines.isascii() and lines.replace("\n", "").isprintable():
        return lines
    return "".join(map(_revealed, "\n" + lines, lines))


def _revealed(before: str, character: str) -> str:
    """`character` as it is shown after `before`."""
    if character == _EMOJI_STYLE and (before in "0123456789#*" or unicodedata.category(before) in ("So", "Sk", "Sm")):
        return character
    if character in "\n\t" or (character.isprintable() and not _BLANK.match(character)):
        return character
    return " " if unicodedata.category(character) == "Zs" else _name(character)


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
    return _name(match[0])


def _name(character: str) -> str:
    code = ord(character)
    if code < 32:
        return chr(0x2400 + code)
    if code == 127:
        return "␡"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
