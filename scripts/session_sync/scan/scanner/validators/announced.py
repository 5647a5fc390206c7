"""Decides on values that a command, a header or a sentence announces as a secret."""

from __future__ import annotations

import base64

from session_sync.scan.scanner.candidate import Candidate, Place
from session_sync.scan.scanner.validators import credentials, placeholders

_TRAILING = ".,;:!?)]}>*\\"
_QUOTES = "\"'`"
_OPENS = {")": "(", "]": "[", "}": "{", ">": "<"}


def password(found: Candidate) -> Place | None:
    """A value that a command or a sentence announces as a password; punctuation behind it is not part of it."""
    start = found.start + (found.value[:1] in _QUOTES)
    quoted = _is_quoted(found, start)
    value = found.text[start : found.end]
    end = start + (len(value.rstrip("\\")) if quoted else _sentence_end(value))
    return (start, end) if credentials.is_password(found.text[start:end], quoted) else None


def _is_quoted(found: Candidate, start: int) -> bool:
    """Whether the word that the value is in begins with a quote: then the value ends where the quote does."""
    before = found.text[max(0, start - 80) : start].rpartition("\n")[2]
    return any(quote in before.rpartition(" ")[2] for quote in _QUOTES)


def _sentence_end(value: str) -> int:
    """How long `value` is without the punctuation behind it; a bracket that it opened is its own."""
    end = len(value)
    while end and value[end - 1] in _TRAILING and value[:end].count(_OPENS.get(value[end - 1], "\0")) == 0:
        end -= 1
    return end


def connection(found: Candidate) -> Place | None:
    """A password in an address, where documentation names or describes one instead."""
    is_one = not placeholders.is_placeholder(found.value) and not credentials.is_description(found.value)
    return found.place if is_one else None


def token(found: Candidate) -> Place | None:
    """A value that a header or an option announces as a token."""
    return found.place if credentials.is_key(found.value) else None


def basic_auth(found: Candidate) -> Place | None:
    """A login and its password in base64 (RFC 7617)."""
    try:
        login, colon, secret = base64.b64decode(found.value, validate=True).decode().partition(":")
    except ValueError:
        return None
    if not colon or not login.isascii() or not (login + secret).isprintable():
        return None
    is_shown = placeholders.is_placeholder(found.value)
    is_one = not is_shown and credentials.is_password(secret, quoted=True, plain_words=True)
    return found.place if is_one else None
