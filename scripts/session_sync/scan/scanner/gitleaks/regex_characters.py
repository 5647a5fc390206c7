"""Which characters one step of a regular expression takes, as a set of bits by code point."""

from __future__ import annotations

import re
from collections.abc import Sequence
from re import _constants as op  # type: ignore[attr-defined]
from typing import Any

_OTHER = 256  # stands for all characters behind Latin-1
_ALL = (1 << (_OTHER + 1)) - 1
_LETTERS = (1 << 26) - 1
_CATEGORIES = {
    getattr(op, f"CATEGORY_{name}"): sum(1 << code for code in range(257) if re.match(kind, chr(code), re.ASCII))
    for name, kind in zip(
        ("DIGIT", "NOT_DIGIT", "SPACE", "NOT_SPACE", "WORD", "NOT_WORD"),
        (r"\d", r"\D", r"\s", r"\S", r"\w", r"\W"),
        strict=True,
    )
}


def taken(code: Any, value: Any, flags: int) -> int:
    """The characters that the step `code` of re._parser with its `value` takes under `flags`, ASCII among them."""
    if code is op.ANY:
        return _ALL if flags & re.DOTALL else _ALL & ~(1 << ord("\n"))
    if code is op.LITERAL:
        return _folded(1 << min(value, _OTHER), flags)
    if code is op.NOT_LITERAL:
        return _ALL if value >= _OTHER else _ALL & ~_folded(1 << value, flags)
    if code is op.CATEGORY:
        return int(_CATEGORIES[value])
    if code is op.RANGE:
        return _folded((2 << min(value[1], _OTHER)) - (1 << min(value[0], _OTHER)), flags)
    return _class(value, flags)


def _class(items: Sequence[tuple[Any, Any]], flags: int) -> int:
    is_negated = items[0][0] is op.NEGATE
    characters = 0
    for code, value in items[is_negated:]:
        characters |= taken(code, value, flags)
    return _ALL & ~characters | 1 << _OTHER if is_negated else characters


def _folded(characters: int, flags: int) -> int:
    if not flags & re.IGNORECASE:
        return characters
    letters = (characters >> ord("A") | characters >> ord("a")) & _LETTERS
    return characters | letters << ord("A") | letters << ord("a")
