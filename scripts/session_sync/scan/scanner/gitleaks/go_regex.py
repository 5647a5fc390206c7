r"""Turns a regular expression of Go (RE2) into one of Python's re that matches the same.

What differs: flags may begin anywhere and last to the end of their group, `$` and `\z` mean the very end, `\w` and its
like are ASCII, there are POSIX classes and `\Q...\E`, and no lookaround. Go takes linear time whatever the expression;
Python does not, so repetitions get an end, and what could take too long is refused. `(?i)` concerns only ASCII here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from session_sync.scan.scanner.gitleaks import go_tokens as tokens
from session_sync.scan.scanner.gitleaks import regex_shape

_DEEPEST = 100


@dataclass
class _Group:
    """An open group: its flags now, and whether they need a group of their own in Python."""

    flags: frozenset[str]
    ignored_case: bool  # when the group began
    is_scoped: bool = False


def translated(pattern: str) -> str:
    """`pattern` of Go as a pattern of Python's re, with the same numbers of groups but without their names.

    Raises ValueError, whose text says what is wrong with it and what to do.
    """
    try:
        result = f"(?a){_Translation(pattern).text()}"  # (?a:...) does not hold everywhere in CPython
        re.compile(result)
        regex_shape.check(result)
    except (re.error, OverflowError) as error:
        raise ValueError(f"is no regular expression of Go ({error}); mend it") from None
    return result


class _Translation:
    """One way through a pattern, token by token."""

    def __init__(self, pattern: str) -> None:
        self._pattern = pattern
        self._at = 0
        self._out: list[str] = []
        self._groups = [_Group(frozenset(), ignored_case=False)]

    def text(self) -> str:
        while self._at < len(self._pattern):
            token = self._next()
            self._out.append(self._group(token) or self._atom(token))
            if len(self._groups) > _DEEPEST:
                raise ValueError(f"has more than {_DEEPEST} groups within each other; make it simpler")
        if len(self._groups) > 1:
            raise ValueError("has a ( without its ); mend it")
        return "".join([*self._out, self._end_scope()])

    def _next(self) -> re.Match[str]:
        token = tokens.TOKEN.match(self._pattern, self._at)
        if token is None:
            raise ValueError(r"ends with a lone \; mend it")
        self._at = token.end()
        return token

    def _group(self, token: re.Match[str]) -> str:
        """What `token` does to the groups, in Python; nothing if it does not concern them."""
        here = self._groups[-1]
        if token["group"]:
            self._groups.append(_Group(here.flags, "i" in here.flags))
            return "("
        if token["scope"]:
            return self._flags(token, here)
        if token["other"] == "|":
            return (")|" + _scope(here.flags)) if here.is_scoped else "|"
        if token["other"] == ")":
            if len(self._groups) == 1:
                raise ValueError("has a ) without its (; mend it")
            end = self._end_scope()
            self._groups.pop()
            return end + ")"
        return ""

    def _flags(self, token: re.Match[str], here: _Group) -> str:
        flags = (here.flags | set(token["on"])) - set(token["off"] or "")
        used = set(token["on"] + (token["off"] or ""))
        if not used <= set("ims") or token[0] == "(?)":
            raise ValueError(f"uses {token[0]}, which cannot be honoured; of the flags, use only i, m and s")
        if token["scope"] == ":":
            self._groups.append(_Group(flags, "i" in flags))
            return _scope(flags) if ("i" in flags) != ("i" in here.flags) else "(?:"
        end = self._end_scope()
        here.flags, here.is_scoped = flags, ("i" in flags) != here.ignored_case
        return end + (_scope(flags) if here.is_scoped else "(?:)")

    def _end_scope(self) -> str:
        return ")" if self._groups[-1].is_scoped else ""

    def _atom(self, token: re.Match[str]) -> str:
        flags = self._groups[-1].flags
        if token["quoted"] is not None:
            return "".join(tokens.literal(ord(character)) for character in token["quoted"])
        if token["repeat"]:
            return tokens.repeat(token)
        if token["other"] == "[":
            return self._class()
        if token["other"] == ".":
            return "(?s:.)" if "s" in flags else "."
        if token["other"] in ("^", "$"):
            return f"(?m:{token[0]})" if "m" in flags else {"^": r"\A", "$": r"\Z"}[token[0]]
        if token["escape"] in tokens.SAME:
            return tokens.SAME[token["escape"]]
        if token["other"] == "(":
            raise ValueError(f"uses {self._pattern[self._at - 1 : self._at + 2]!r}, which Go has not; write it without")
        return tokens.literal(tokens.code(token))

    def _class(self) -> str:
        """The class whose [ has been read."""
        start = self._at
        self._at += self._pattern.startswith("^", start)
        out = ["[^" if self._at > start else "["]
        while len(out) == 1 or not self._pattern.startswith("]", self._at):
            out.append(self._item())
        self._at += 1
        return "".join(out) + "]"

    def _item(self) -> str:
        """The next character, range or named class within a class."""
        if posix := tokens.POSIX_NAME.match(self._pattern, self._at):
            self._at = posix.end()
            return tokens.posix(posix)
        low = self._member()
        if isinstance(low, str):
            return low
        high: int | str = low
        if self._pattern.startswith("-", self._at) and not self._pattern.startswith("-]", self._at):
            self._at += 1
            high = self._member()
        if isinstance(high, str):
            raise ValueError(f"has a range that ends in {high}; mend it")
        return tokens.literal(low) if low == high else f"{tokens.literal(low)}-{tokens.literal(high)}"

    def _member(self) -> int | str:
        """The next character of a class, or what stands for many in Python too; most mean only themselves here."""
        if not self._pattern.startswith("\\", self._at):
            self._at += 1
            if self._at > len(self._pattern):
                raise ValueError("has a [ without its ]; mend it")
            return ord(self._pattern[self._at - 1])
        token = self._next()
        return token[0] if token["escape"] and token["escape"] in "dDsSwW" else tokens.code(token)


def _scope(flags: frozenset[str]) -> str:
    return "(?i:" if "i" in flags else "(?-i:"
