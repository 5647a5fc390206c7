"""Decides on values in the cells of tables, by the head of their column."""

from __future__ import annotations

import functools
import re

from session_sync.scan.scanner.candidate import Candidate, Place
from session_sync.scan.scanner.validators import credentials, grids, sentences

_PASSWORD = re.compile(
    r"(?i:pass(?:word|wd|wort|phrase|code)|kennwort|mot de passe|mdp|contrase {0,8}[ñn]a|clave|senha|pwd?|\bpass)s?\b"
)
_KEY = re.compile(
    r"(?i:secret|token|(?:api|access|auth|private|signing|encryption|licen[sc]e|shared|account)[ _-]?key)s?\b"
)
_VALUE = re.compile(
    r"\s*(?:\*\*|__|<\w[^<>]{0,60}>)*(?:(?P<quote>[\"'`]{1,16})(?P<quoted>[^\"'`]{1,300})(?P=quote)"
    r"|(?P<bare>[^\s\"`<]+?)(?:\*\*|__)?(?:</?\w[^<>]{0,60}>|\s)*(?:\".*)?$)"
)


def column(found: Candidate) -> Place | None:
    """A password in the cell of a table, the head of whose column says so."""
    place, quoted = _at(found, _PASSWORD)
    return place if sentences.is_distinct(found.text[slice(*place)], quoted) else None


def key_column(found: Candidate) -> Place | None:
    """The same for a key, a token or another secret that chance made."""
    place, quoted = _at(found, _KEY)
    return place if credentials.is_key(found.text[slice(*place)], quoted=quoted) else None


def _at(found: Candidate, names: re.Pattern[str]) -> tuple[Place, bool]:
    """The value that begins at the candidate, if it is a cell below one of `names`, and whether it is quoted."""
    return _values(found.text, names).get(found.start, ((found.start, found.start), False))


@functools.lru_cache(4)  # of one region, which is asked about for each of its words
def _values(text: str, names: re.Pattern[str]) -> dict[int, tuple[Place, bool]]:
    """The values in the columns of `text` that have one of `names`, by where they begin."""
    values = {}
    for start, end in grids.cells(text, names):
        value = _VALUE.match(text[start:end])
        if value:
            quoted = value["quoted"] is not None
            first, last = value.span("quoted" if quoted else "bare")
            values[start + first] = (start + first, start + last), quoted
    return values
