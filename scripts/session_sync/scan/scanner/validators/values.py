"""Finds where the value is that stands behind a credential's name: quoted, bare, or all of a line."""

from __future__ import annotations

import itertools
import re
from typing import NamedTuple

from session_sync.scan.scanner.candidate import CONTEXT, Candidate, Place

_MARKUP = re.compile(  # what says of which type the value is, or how it is shown
    r"!![a-z]{3,9} |<<(?=[\"'])|(?:string\(\d{1,4}\)|\(string\) ?(?:\(len=\d{1,4}\))?) ?"
    r"|<(?:!\[CDATA\[|(?:code|strong|b|em|i|kbd|tt|pre|span|td|dd|string|[vV]alue)>)"
)
_MARKUP_END = re.compile(r"</|\]\]>")
_OPENING = re.compile(
    r"(?:(?:\[\]byte|Buffer\.from|bytes|str|(?:new )?String(?:::from)?|Secret(?:Str|String)?|Some"
    r"|(?:base64\.)?b64decode|\w{1,40}\.GetBytes|Field)\((?:default=)?)?"
    r"(?:[bBrRfFuUL@]{0,2}(?P<quote>([\"'`])\2{0,63}|\*\*))?"
)
_BARE = re.compile(r"[^\s\"'`,;<>|]+")
_BRACED = re.compile(r"\{([^{}\s]{5,100})\}(?=;|$|[\"'\s])")  # of ODBC
_NEXT_PARAMETER = re.compile(r"(?<!&)&{1,32}[A-Za-z_][\w.\[\]-]{0,40} {0,8}=")
_WHOLE = re.compile(r"\S+")
_ENDS = " \t\r\n,;:)]}>|&#./\\"  # behind a closing quote
_LINE_START = re.compile(
    r"(?:[^\n]*(?:[:\[,] ?|^)\"+)?[\s>|+\-*#]{0,24}(?:\d{1,3}[.)]\s)?[*_]{0,3}"
    r"(?:(?:export|set|setx|ENV|ARG|env|declare -x|\$env:|-e|--env|let"
    r"|local|readonly)[ =]?\s{0,3}[\"']?)?(?:[A-Za-z]{1,20}[ ]){0,3}[\w.\-]{0,60}"
)
_STRING_END = re.compile(r"[\"'`]+[\"'`,;}\])]*$")  # of one that the line is in
_DEFAULT = re.compile(r"\$\{\w{1,80}:?$")  # before the sign in the shell's `${NAME:-value}`
_BRACKET = re.compile(r"[()\[\]{}]")
_BRACKETS = 24  # that are looked at in a value
_CLOSING = {")": "(", "]": "[", "}": "{"}
_TRAILING = ".:\\"  # never the end of a bare value


class Value(NamedTuple):
    """A value's place, and whether it is quoted."""

    place: Place
    quoted: bool


def of(found: Candidate, longest: int) -> Value:
    """The value that begins at the candidate, of at most `longest` characters; an empty place when there is none."""
    start = found.start + (found.value[:1] in "-=" and is_asked_for(found))
    markup = _MARKUP.match(found.text, start)
    start = markup.end() if markup else start
    opening = _OPENING.match(found.text, start)
    if opening and opening["quote"]:
        end = _closed(found.text, opening["quote"], opening.end(), longest)
        if end > 0:
            return Value((opening.end(), end), quoted=True)
        start = opening.end()
    return Value(_unquoted(found, start, longest), quoted=False)


def is_asked_for(found: Candidate) -> bool:
    """Whether the shell asks for a variable, as in `${NAME:-value}`, where its sign stands before the candidate."""
    return bool(_DEFAULT.search(found.before(90)))


def is_cut_off(text: str, end: int) -> bool:
    """Whether only the beginning of a value ends there: dots stand for the rest."""
    return text.startswith(("...", "…"), end)


def _closed(text: str, quote: str, start: int, longest: int) -> int:
    """Where `quote` closes what begins at `start`, on the same line; -1 if nowhere.

    A longer row of quotes within a value is one that was escaped.
    """
    stop = text.find("\n", start, start + longest)
    stop = stop if stop >= 0 else min(len(text), start + longest)
    for row in re.finditer(re.escape(quote[0]) + "+", text[start:stop]):
        behind = text[start + row.end() : start + row.end() + 1]
        if len(row[0]) == len(quote) or (len(row[0]) > len(quote) and (not behind or behind in _ENDS)):
            return start + row.start()
    return -1


def _unquoted(found: Candidate, start: int, longest: int) -> Place:
    rest = found.text[start : start + longest].partition("\n")[0]
    braced = _BRACED.match(rest)
    if braced:
        return start + braced.start(1), start + braced.end(1)
    whole = _WHOLE.match(rest)
    if not whole:
        return start, start
    query = _NEXT_PARAMETER.search(rest, 0, whole.end() + 8) if "&" in whole[0] else None
    if query and query.start() < whole.end():
        return start, start + query.start()
    behind = rest[whole.end() :]
    if (not behind.strip(" \\\"'") or behind.lstrip().startswith("#")) and _begins_its_line(found):
        return start, start + len(_STRING_END.sub("", _MARKUP_END.split(whole[0])[0].rstrip(",;|")))
    bare = _BARE.match(rest)
    return start, start + (_balanced(bare[0]) if bare else 0)


def _begins_its_line(found: Candidate) -> bool:
    begin = found.match.start()
    return bool(_LINE_START.fullmatch(found.text[max(0, begin - CONTEXT) : begin].rpartition("\n")[2]))


def _balanced(value: str) -> int:
    """How long `value` is before a bracket that closes what it does not open."""
    opened: list[str] = []
    for bracket in itertools.islice(_BRACKET.finditer(value), _BRACKETS):
        if bracket[0] not in _CLOSING:
            opened.append(bracket[0])
        elif not opened or opened.pop() != _CLOSING[bracket[0]]:
            return len(value[: bracket.start()].rstrip(_TRAILING))
    return len(value.rstrip(_TRAILING))
