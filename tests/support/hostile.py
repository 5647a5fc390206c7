"""Makes texts that are meant to keep a scanner busy: from nothing but characters, and from the parts of a rule."""

from __future__ import annotations

import functools
import random
import re
from collections.abc import Iterator
from re import _constants as op  # type: ignore[attr-defined]
from re import _parser  # type: ignore[attr-defined]
from typing import Any, NamedTuple

from support.templates import expand

MOST = 300  # rounds of a repetition that are written out
RUN = 200  # characters of a class in a row
_CHARACTERS = "".join(map(chr, range(32, 127))) + "\n\té€"
_ODD = "😀"  # what none of _CHARACTERS matches
_VALUE = re.compile("⟦(.*?)⟧", re.DOTALL)
_CLASSES = {
    op.CATEGORY_DIGIT: r"\d",
    op.CATEGORY_NOT_DIGIT: r"\D",
    op.CATEGORY_SPACE: r"\s",
    op.CATEGORY_NOT_SPACE: r"\S",
    op.CATEGORY_WORD: r"\w",
    op.CATEGORY_NOT_WORD: r"\W",
}
_UNITS = {
    "a": "a",
    "A": "A",
    "digits": "4539578763621486",
    "zeros": "0",
    "hex": "0123456789abcdef",
    "base64": "aB3dE5fG7hJ9kL1mN/+",
    "space": " ",
    "lines": "\n",
    "CR LF": "\r\n",
    "lines of a": "a\n",
    "quotes": '"',
    "apostrophes": "'",
    "quotes of all kinds": "\"'`",
    "backslashes": "\\",
    "escaped quotes": '\\"',
    "deep escapes": "\\" * 31 + "n",
    "escaped lines": "\\n",
    "escaped letters": "\\u0061",
    "colour codes": "\x1b[31m",
    "escaped colour codes": "\\u001b[31m",
    "half a colour code": "\x1b[" + "1;" * 8,
    "half an escape": "\\x1b[" + "1;" * 8,
    "hyphens": "-",
    "equals": "=",
    "colons": ":",
    "commas": ",",
    "pipes": "|",
    "dots": ".",
    "slashes": "/",
    "at": "@",
    "percents": "%",
    "@a.": "@a.",
    "a@a": "a@a",
    "a@b.co": "a@b.co",
    "a@b.co and a space": "a@b.co ",
    "mailboxes in one domain": "a@b.c.d.e.f.g.h.i.j.",
    "a.": "a.",
    "BEGIN": "-----BEGIN",
    "BEGIN PRIVATE KEY": "-----BEGIN RSA PRIVATE KEY-----\n",
    "header lines": "-----BEGIN RSA PRIVATE KEY-----\nProc: a\nDEK: b\n",
    "://a:": "://a:",
    "https://a:b": "https://a:b",
    "{": "{",
    "[": "[",
    "nests": '{"a":[',
    "tags": "<a>",
    "dollars": "${",
    "emoji": "😀",
    "umlauts": "ü",
    "full width": "\uff14\uff15\uff13\uff19",
    "typographic": "\u2011\u00a0\u201c",
    "combining": "e\u0301",
    "phones": "+1 415 867 5309 ",
    "plus": "+1",
    "parentheses": "(415) ",
    "numbers in a row": "123-45-6789-",
    "addresses": "91.198.174.192 ",
    "octets": "91.198.",
    "colon hex": "2a02:8109:",
    "password=": "password=",
    "password: '": "password: '",
    'password = "': 'password = "',
    "password, quoted twice": "password=\"''",
    "password is": "the password is ",
    "--password": "--password a ",
    "token = x1": 'token="a1b2c3d4 ',
    "secret key names": "secret_token_api_key_password:",
    "keywords and spaces": "password" + " " * 40,
    "keywords and brackets": "password({[",
    "key = digits": "a_key=1 ",
}


class Hostile(NamedTuple):
    """A text of any size: `unit` again and again between `front` and `back`."""

    name: str
    unit: str
    front: str = ""
    back: str = ""

    def text(self, size: int) -> str:
        """About `size` bytes."""
        room = size - len((self.front + self.back).encode())
        return self.front + self.unit * max(1, room // len(self.unit.encode())) + self.back


def general() -> list[Hostile]:
    """Texts that have nothing to do with any one rule."""
    return [Hostile(name, unit) for name, unit in _UNITS.items()]


def of_rule(pattern: str, anchors: tuple[str, ...], examples: list[str]) -> list[Hostile]:
    """Texts from a rule's expressions and examples: its parts alone, too often, too long, without their ends."""
    made: dict[str, Hostile] = {}
    for name, unit in _units(pattern, anchors, examples):
        if unit:
            made.setdefault(unit, Hostile(name, unit))
    whole = least(pattern)
    ends = [Hostile("one long value", "aB3", whole), Hostile("a, then all", "a", "", whole)]
    return [
        *made.values(),
        *(Hostile(f"anchor, then {one!r}", one, least(anchors[0])) for one in "a1\n" if anchors),
        *ends,
    ]


def _units(pattern: str, anchors: tuple[str, ...], examples: list[str]) -> Iterator[tuple[str, str]]:
    fronts = {least(anchor) for anchor in anchors} | {most(anchor) for anchor in anchors}
    for number, example in enumerate(examples):
        text = expand(example, str(number))
        yield "example", text.replace("⟦", "").replace("⟧", "") + "\n"
        if match := _VALUE.search(text):
            value, before = match[1], text[: match.start()]
            fronts |= {before, before[-12:], value[: len(value) // 2], value[:-1], before + value[:-1]}
            yield "values", value
            yield "values apart", value + " "
            yield "values side by side", value + value[-1:] * 3
    whole = most(pattern)
    fronts |= {least(pattern), whole[:-1], whole[: len(whole) // 2], whole[: len(whole) // 4]}
    yield "longest match", whole
    runs = _characters(pattern)
    for front in sorted(fronts - {""}):
        yield "front", front
        yield "front and a line end", front + "\n"
        yield "front and a space", front + " "
        for character in runs:
            yield f"front and a run of {character!r}", front + character * RUN
    for character in runs:
        yield f"run of {character!r}", character
        for other in runs[:3]:
            yield f"{character!r} and {other!r}", character + other


def least(expression: str) -> str:
    """A short text that `expression` matches."""
    return "".join(_text(_parser.parse(expression), 0, random.Random(0)))


def most(expression: str) -> str:
    """A long one."""
    return "".join(_text(_parser.parse(expression), MOST, random.Random(1)))


def _text(tree: Any, rounds: int, chance: random.Random) -> Iterator[str]:
    for code, value in tree:
        if code is op.BRANCH:
            ways = ["".join(_text(way, rounds, chance)) for way in value[1]]
            yield (max if rounds else min)(ways, key=len)
        elif code is op.SUBPATTERN:
            yield from _text(value[-1], rounds, chance)
        elif code is op.ATOMIC_GROUP:
            yield from _text(value, rounds, chance)
        elif code is op.ASSERT and value[0] > 0:
            yield from _text(value[1], rounds, chance)
        elif code in (op.MAX_REPEAT, op.MIN_REPEAT, op.POSSESSIVE_REPEAT):
            for _ in range(min(value[1], max(value[0], rounds))):
                yield from _text(value[2], 1 if rounds else 0, chance)
        elif code not in (op.AT, op.ASSERT, op.ASSERT_NOT, op.GROUPREF, op.GROUPREF_EXISTS):
            yield chance.choice(_taken(code, value))


def _characters(expression: str) -> list[str]:
    """Characters of its repetitions: of each class, the one that most other classes take too."""
    classes = {_taken(*sub[0]) for sub in _repeated(_parser.parse(expression)) if len(sub) == 1 and sub[0][0] is op.IN}
    taken = "".join(classes)
    return sorted({max(one, key=taken.count) for one in classes} | {one[0] for one in classes})[:8]


def _repeated(tree: Any) -> Iterator[Any]:
    for code, value in tree:
        if code in (op.MAX_REPEAT, op.MIN_REPEAT, op.POSSESSIVE_REPEAT):
            yield value[2]
            yield from _repeated(value[2])
        elif code is op.BRANCH:
            for way in value[1]:
                yield from _repeated(way)
        elif code in (op.SUBPATTERN, op.ASSERT, op.ASSERT_NOT):
            yield from _repeated(value[-1])
        elif code is op.ATOMIC_GROUP:
            yield from _repeated(value)


def _taken(code: Any, value: Any) -> str:
    """Those of _CHARACTERS that one item of an expression matches."""
    if code is op.LITERAL:
        return chr(value)
    if code is op.IN:
        return _in_class(tuple(value))
    return _CHARACTERS.replace(chr(value), "") if code is op.NOT_LITERAL else _CHARACTERS


@functools.cache
def _in_class(items: tuple[tuple[Any, Any], ...]) -> str:
    negated = items[0][0] is op.NEGATE
    return "".join(one for one in _CHARACTERS if any(_is_in(one, item) for item in items) != negated) or _ODD


def _is_in(character: str, item: tuple[Any, Any]) -> bool:
    code, value = item
    if code is op.LITERAL:
        return ord(character) == value
    if code is op.RANGE:
        return bool(value[0] <= ord(character) <= value[1])
    return code is op.CATEGORY and re.match(_CLASSES[value], character) is not None
