"""The words of Go's regular expressions and what each is in Python's re."""

from __future__ import annotations

import re

MOST = 1000  # repetitions; Go allows no more in {n,m} either
TOKEN = re.compile(
    r"""\\Q(?P<quoted>.*?)(?:\\E|\Z)
    |\\(?:x\{(?P<long>[0-9A-Fa-f]{1,8})\}|x(?P<hex>[0-9A-Fa-f]{2})|(?P<octal>0[0-7]{0,2}|[1-7][0-7]{1,2}))
    |\\(?P<escape>.)
    |\(\?(?P<on>[a-zA-Z]*)(?:-(?P<off>[a-zA-Z]+))?(?P<scope>[:)])
    |(?P<group>\((?!\?)|\(\?P?<[A-Za-z_]\w*>)
    |(?P<repeat>[*+?]|\{(?P<low>\d+)(?P<comma>,(?P<high>\d*))?\})(?P<lazy>\??)
    |(?P<other>[^\\])""",
    re.VERBOSE | re.DOTALL,
)
_CONTROL = {"a": 7, "f": 12, "t": 9, "n": 10, "r": 13, "v": 11}
SAME = {"A": r"\A", "z": r"\Z", "b": r"\b", "B": r"\B"} | {letter: "\\" + letter for letter in "dDsSwW"}
_POSIX = {
    "alnum": "0-9A-Za-z",
    "alpha": "A-Za-z",
    "ascii": r"\x00-\x7f",
    "blank": r"\t\ ",
    "cntrl": r"\x00-\x1f\x7f",
    "digit": "0-9",
    "graph": r"!-\~",
    "lower": "a-z",
    "print": r"\ -\~",
    "punct": r"!-/:-@\[-`{-\~",
    "space": r"\t-\r\ ",
    "upper": "A-Z",
    "word": r"\w",
    "xdigit": "0-9A-Fa-f",
}
POSIX_NAME = re.compile(r"\[:(\^?)(\w+):\]")


def posix(name: re.Match[str]) -> str:
    """The inside of a class for [:name:] or [:^name:]."""
    if name[2] not in _POSIX:
        raise ValueError(f"uses {name[0]}, which Go does not know; mend it")
    if not name[1]:
        return _POSIX[name[2]]
    within = re.compile(f"[{_POSIX[name[2]]}]", re.ASCII)
    return "".join(literal(code) for code in range(128) if not within.match(chr(code))) + r"\x80-\U0010ffff"


def repeat(token: re.Match[str]) -> str:
    """A repetition with an end."""
    if token["low"] is None:
        return {"*": f"{{0,{MOST}}}", "+": f"{{1,{MOST}}}", "?": "?"}[token["repeat"]] + token["lazy"]
    low = int(token["low"])
    high = int(token["high"] or MOST) if token["comma"] else low
    if max(low, high) > MOST:
        raise ValueError(f"repeats more than {MOST} times, which Go refuses; use less")
    return f"{{{low},{high}}}{token['lazy']}"


def code(token: re.Match[str]) -> int:
    """The code point of the one character that `token` stands for."""
    escape = token["escape"]
    if token["long"] or token["hex"]:
        value = int(token["long"] or token["hex"], 16)
    elif token["octal"]:
        value = int(token["octal"], 8)
    elif token["other"] or escape in _CONTROL:
        value = _CONTROL[escape] if escape else ord(token["other"])
    elif escape and escape in "pP":
        raise ValueError(rf"uses \{escape}, classes of Unicode, which cannot be honoured; list the characters instead")
    elif not escape or escape.isalnum() or ord(escape) > 127:
        raise ValueError(f"uses {token[0]!r} where Go has no such thing; write it without")
    else:
        value = ord(escape)
    if value > 0x10FFFF:
        raise ValueError(f"uses {token[0]}, which is no character; mend it")
    return value


def literal(code: int) -> str:
    """The character `code`, whatever it is, for a pattern or a class; never the % of a macro of Rule."""
    character = chr(code)
    if character.isalnum() or character == "_":
        return character
    return "\\" + character if 32 <= code < 127 and character != "%" else f"\\U{code:08x}"
