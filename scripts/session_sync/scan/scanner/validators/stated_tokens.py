"""Decides on tokens without a form of their own that a sentence names."""

from __future__ import annotations

import re

from session_sync.scan.scanner.candidate import Candidate, Place
from session_sync.scan.scanner.validators import credentials, values, words

_LEAST = 20
_SAYS = re.compile(r"(?:.*[ ])?(?:is|was|are|now|it's|ist|war|lautet|est|es|é)", re.IGNORECASE)
_OF_ACCESS = re.compile(
    r"(?:api|access|secret|auth|licen[sc]e|encryption|signing|private|bot|account|app)[ _-]?\Z", re.IGNORECASE
)
_API = re.compile(r"\bAPI\b")
_OF_OTHERS = re.compile(
    r"(?:public|cache|primary|foreign|partition|sort|idempotency|object|row|host|map|dedup|csrf|xsrf|next|page|cursor|sync"
    r"|continuation|fingerprint|ssh|s3|storage|query|commit|lookup|index|no|invalid|expired|hash|group)[ _-]?\Z",
    re.IGNORECASE,
)
_WEAK_NAMES = ("key", "clave", "chave", "schlüssel", "clé")  # name much besides
_NUMBER = re.compile(r"[0-9]+")
_SEVERAL_WORDS = re.compile(r"[-_./]|[a-z][A-Z]")
_MIXED = re.compile(r"(?=[^a-z]*[a-z])(?=[^A-Z]*[A-Z])(?=[^0-9]*[0-9])[A-Za-z0-9]{24,}")


def stated_token(found: Candidate) -> Place | None:
    """A value that a sentence says to be a token, or that stands right behind the name and was made by chance."""
    match = found.match
    value = found.value.rstrip(".")
    before = found.text[max(0, match.start() - 24) : match.start()]
    is_cut_off = values.is_cut_off(found.text, found.start + len(value))
    if is_cut_off or _OF_OTHERS.search(before) or not _is_by_chance(value):
        return None
    says = bool(match["sign"]) or bool(_SAYS.fullmatch(match["words"]))
    if not says and match["words"]:
        return None
    is_of_access = _OF_ACCESS.search(before) or _API.search(match["words"])
    surely = says and (match["name"].lower() not in _WEAK_NAMES or is_of_access)
    if not surely and not _MIXED.fullmatch(value):
        return None
    return found.start, found.start + len(value)


def below(found: Candidate) -> Place | None:
    """A value alone on its line, below a line that ends in a token's name or announces one by a colon."""
    match = found.match
    before = found.text[max(0, match.start() - 24) : match.start()]
    if _OF_OTHERS.search(before) or not (match["colon"] or _MIXED.fullmatch(found.value)):
        return None
    return found.place if _is_by_chance(found.value) or credentials.is_uuid(found.value) else None


def _is_by_chance(value: str) -> bool:
    """Whether `value` is a key, and neither an id nor words with numbers among them."""
    has_words = _SEVERAL_WORDS.search(value) and words.words_of(_NUMBER.sub("", value))
    return not has_words and not credentials.is_uuid(value) and credentials.is_key(value, _LEAST)
