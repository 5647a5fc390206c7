r"""Takes the wrapping off a text, one character for one, so that every place stays where it was.

Agents' logs hold the same value in JSON strings (`\n`, `\"`, `\\\"`, `\u003d`), between colour codes, and with the
spaces, hyphens and digits that people and word processors write; rules see it as if it were typed.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable

_SPACES = "\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"
_INVISIBLE = "\u00ad\u200b\u200c\u200d\u2060\ufeff"
_HYPHENS = "\u2010\u2011\u2012\u2013\u2212\ufe63\uff0d"
_QUOTES = "\u201c\u201d\u201e\u00ab\u00bb"
_APOSTROPHES = "\u2018\u2019\u201a\u2039\u203a"
_FULL_WIDTH = {full: full - 0xFEE0 for full in range(0xFF01, 0xFF5F)}
_ONE_FOR_ONE = {
    **_FULL_WIDTH,
    **str.maketrans(_SPACES + _INVISIBLE, " " * len(_SPACES + _INVISIBLE)),
    **str.maketrans(_HYPHENS, "-" * len(_HYPHENS)),
    **str.maketrans(_QUOTES, '"' * len(_QUOTES)),
    **str.maketrans(_APOSTROPHES, "'" * len(_APOSTROPHES)),
}
_TYPOGRAPHIC = re.compile("[" + "".join(map(chr, _ONE_FOR_ONE)) + "]")
_ESCAPE = re.compile(
    r"\\{1,32}(?:[xu]0{0,2}1b\[[0-9;]{0,16}[A-Za-z]|033\[[0-9;]{0,16}m"
    r"|u[0-9a-fA-F]{4}|U000[0-9a-fA-F]{5}|x[0-9a-fA-F]{2}|[nrt\"'/])"
)
_COLOUR = re.compile(r"\x1b\[[0-9;?]{0,16}[A-Za-z]")
_BEGIN = {
    _ESCAPE: re.compile(r"(?<!\\)\\"),
    _COLOUR: re.compile("\x1b"),
}  # no match reaches over one of these
_PIECE = 1 << 16
_MEANING = {"n": "\n", "r": "\n", "t": " ", '"': '"', "'": "'", "/": "/"}
_SHORT = {f"\\{escape}": 2 * meaning for escape, meaning in _MEANING.items()}  # `str.replace` is faster than `re`


def plain(text: str) -> str:
    """`text` with escapes, colour codes and typographic characters replaced, at the same length."""
    if "\\" in text and "\\\\" not in text:
        for escape, meaning in _SHORT.items():
            text = text.replace(escape, meaning)
    if "\\" in text:
        text = _replaced(_ESCAPE, _unescaped, text)
    if "\x1b" in text:
        text = _replaced(_COLOUR, _blank, text)
    return text.translate(_ONE_FOR_ONE) if not text.isascii() and _TYPOGRAPHIC.search(text) else text


def _replaced(what: re.Pattern[str], by: Callable[[str], str], text: str) -> str:
    """`text` with each match of `what` replaced, piece by piece: one may be as short as two characters."""
    pieces: list[str] = []
    at = 0
    while at < len(text):
        border = _BEGIN[what].search(text, at + _PIECE)
        stop = border.start() if border else len(text)
        pieces.append(what.sub(lambda match: by(match[0]), text[at:stop]))
        at = stop
    return "".join(pieces)


def _blank(escape: str) -> str:
    return " " * len(escape)


@functools.lru_cache(4096)
def _unescaped(escape: str) -> str:
    """A quote or line end stays one for its whole length; another character stands behind spaces."""
    meaning = _MEANING.get(escape[-1])
    if len(escape.lstrip("\\")) == 1 and meaning is not None:
        return meaning * len(escape)
    code = escape.lstrip("\\")
    if "[" in code:
        return " " * len(escape)
    character = chr(int(code[1:], 16))
    return character * len(escape) if character in "\"'" else character.rjust(len(escape))
