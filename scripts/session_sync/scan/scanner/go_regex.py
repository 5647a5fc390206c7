"""Regular expressions of Go, searched by RE2, whose time grows with the text and never faster.

Go's syntax is RE2's (https://github.com/google/re2/wiki/Syntax). google-re2 has no wheel for some systems, such as
Linux with musl: there is no searching there.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from typing import Any

_MEMORY = 4 << 20  # bytes for an expression and its states: room for some 60,000 instructions
_KEPT = 2048  # compiled expressions
_SHOWN = 8  # characters of an expression that may be told: one of an allowlist may hold a secret
_ENDLESS = 4096  # bytes that a repetition without an end is given
_REPETITION = re.compile(r"[*+]|,\}")  # one without an end, outside of what is escaped or in brackets
_NO_OPERATORS = re.compile(r"\\.|\[[^\]]*\]", re.DOTALL)


def is_available() -> bool:
    """Whether expressions can be searched here."""
    from importlib.util import find_spec

    return find_spec("re2") is not None


def size(pattern: str) -> int:
    """Of how many instructions `pattern` is; raises ValueError, which says what is wrong, when it cannot be used."""
    return int(_compiled(pattern).programsize)


def width(pattern: str) -> int:
    """How many bytes a match of `pattern` may have; where it has no end, as many as hardly one has."""
    endless = _ENDLESS if _REPETITION.search(_NO_OPERATORS.sub("", pattern)) else 0
    return size(pattern) + len(pattern.encode()) + endless  # RE2 keeps some literals elsewhere


def groups(pattern: str) -> int:
    """How many groups `pattern` has."""
    return int(_compiled(pattern).groups)


def matches(pattern: str, text: str, start: int = 0) -> Iterator[re.Match[str]]:
    """The matches of `pattern` in `text` that begin at `start` or later, none within another, from left to right."""
    found: Iterator[re.Match[str]] = _compiled(pattern).finditer(_encodable(text), start)
    return found


def is_in(pattern: str, text: str) -> bool:
    """Whether `pattern` matches somewhere in `text`."""
    return _compiled(pattern).search(_encodable(text)) is not None


@functools.lru_cache(_KEPT)
def _compiled(pattern: str) -> Any:
    import re2  # type: ignore[import-untyped]

    options = re2.Options()
    options.log_errors = False  # it would write them to stderr
    options.max_mem = _MEMORY
    try:
        return re2.compile(pattern, options)
    except re2.error as error:
        said, _, part = error.args[0].decode(errors="replace").partition(": ")
        raise ValueError(f"{said}: {part}" if 0 < len(part) <= _SHOWN else said) from None


def _encodable(text: str) -> str:
    """`text` with a question mark for each half of a surrogate pair: RE2 takes UTF-8."""
    return text if text.isascii() else text.encode(errors="replace").decode()
