r"""Takes the wrapping off a text, one character for one, so that every place stays where it was.

Agents' logs hold the same value in JSON strings (`\n`, `\"`, `\\\"`, `\u003d`), in HTML (`&quot;`) and forms (`%3D`),
between colour codes, and with the spaces, hyphens and digits that people and word processors write; rules see it as if
it were typed.
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
    r"\\{1,32}(?:(?:[xu]0{0,2}1[bB]|033|e)\[[0-9;]{0,16}[A-Za-z]"
    r"|u[0-9a-fA-F]{4}|U000[0-9a-fA-F]{5}|x[0-9a-fA-F]{2}|0[0-7]{0,2}|[fnrtv\"'/])"
)
_ENTITY = re.compile(r"&(?:amp;){0,4}(?:(quot|apos|amp|lt|gt|nbsp|equals|colon)|#([0-9]{2,3})|#[xX]([0-9a-fA-F]{2}));")
_NAMED = {"quot": '"', "apos": "'", "amp": "&", "lt": "<", "gt": ">", "nbsp": " ", "equals": "=", "colon": ":"}
_PERCENT = re.compile(  # what holds a form or JSON together; within a value it stays as it is
    r"%(?:25){0,3}3[Dd](?=[^\s%&\"'=;,)]|%(?:25){0,3}22)|%(?:25){0,3}26(?=[A-Za-z_][\w.-]{0,40}(?:=|%))"
    r"|(?<=22)%(?:25){0,3}(?:3[Aa]|2[Cc])|%(?:25){0,3}(?:22|[57][BbDd])"
)
_NAME = re.compile(  # of a form's field
    r"(?:(?<![A-Za-z0-9])|(?<=%[0-9A-Fa-f]{2})|(?<=%25[0-9A-Fa-f]{2}))[A-Za-z_][\w.\[\] -]{0,40}(?:%5[BbDd])?\Z"
)
_COLOUR = re.compile(r"(?:\x1b|\^\[)\[[0-9;?]{0,16}[A-Za-z]")
_BEGIN = {
    _ESCAPE: re.compile(r"(?<!\\)\\"),
    _COLOUR: re.compile(r"\x1b|\^"),
    _ENTITY: re.compile("&"),
    _PERCENT: re.compile("%"),
}  # no match reaches over one of these
_PIECE = 1 << 16
_REPEATED = "\"'\n&+/[]"  # may be a part of a value, or stand in a row
_MEANING = {"n": "\n", "r": "\n", **dict.fromkeys("ftv", " "), '"': '"', "'": "'", "/": "/"}
_SHORT = {f"\\{escape}": 2 * meaning for escape, meaning in _MEANING.items()}  # `str.replace` is faster than `re`


def plain(text: str) -> str:
    """`text` with escapes, colour codes and typographic characters replaced, at the same length."""
    if "\\" in text and "\\\\" not in text:
        for escape, meaning in _SHORT.items():
            text = text.replace(escape, meaning)
    if "\\" in text:
        text = _replaced(_ESCAPE, lambda match: _unescaped(match[0]), text)
    if "\x1b" in text or "^[[" in text:
        text = _replaced(_COLOUR, lambda match: " " * len(match[0]), text)
    if "&" in text:
        text = _replaced(_ENTITY, lambda match: _named(match[0]), text)
    if "%" in text:
        text = _replaced(_PERCENT, _decoded, text)
    return text.translate(_ONE_FOR_ONE) if not text.isascii() and _TYPOGRAPHIC.search(text) else text


def _replaced(what: re.Pattern[str], by: Callable[[re.Match[str]], str], text: str) -> str:
    """`text` with each match of `what` replaced, piece by piece: one may be as short as two characters."""
    pieces: list[str] = []
    at = 0
    while at < len(text):
        border = _BEGIN[what].search(text, at + _PIECE)
        stop = border.start() if border else len(text)
        pieces.append(what.sub(by, text[at:stop]))
        at = stop
    return "".join(pieces)


@functools.lru_cache(4096)
def _unescaped(escape: str) -> str:
    code = escape.lstrip("\\")
    meaning = _MEANING.get(code)
    if meaning is not None:
        return meaning * len(escape)
    if "[" in code:
        return " " * len(escape)
    if code[0] == "0":
        return _wide(chr(int(code, 8)), len(escape))
    return _wide(chr(int(code[1:], 16)), len(escape))


def _named(entity: str) -> str:
    name = entity[1:-1].rpartition(";")[2]
    code = name.removeprefix("#")
    character = _NAMED.get(name) or chr(int(code[1:], 16) if code[0] in "xX" else int(code))
    return _wide(character, len(entity))


def _decoded(match: re.Match[str]) -> str:
    """An equals sign stands behind a field's name; another is the end of base64."""
    character = chr(int(match[0][-2:], 16))
    if character == "=" and not _NAME.search(match.string, max(0, match.start() - 42), match.start()):
        return match[0]
    return _wide(character, len(match[0]))


def _wide(character: str, size: int) -> str:
    """A quote or line end stays one for its whole length; another character stands behind spaces."""
    return character * size if character in _REPEATED else character.rjust(size)
