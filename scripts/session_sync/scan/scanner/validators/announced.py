"""Decides on values that a command, a header or a sentence announces as a secret."""

from __future__ import annotations

import base64

from session_sync.scan.scanner.candidate import Candidate, Place
from session_sync.scan.scanner.validators import credentials

_QUOTES = "\"'`"
_TRAILING = ".,;:!?)]}>*\\"


def password(found: Candidate) -> Place | None:
    """A value that a command or a sentence announces as a password; punctuation behind it is not part of it."""
    opening = found.text[found.start - 1 : found.start] if found.start else ""
    quoted = opening in _QUOTES and opening != ""
    value = found.value if quoted and found.after(1) == opening else found.value.rstrip(_TRAILING)
    if credentials.is_password(value, quoted):
        return found.start, found.start + len(value)
    return None


def token(found: Candidate) -> Place | None:
    """A value that a header or an option announces as a token."""
    return found.place if credentials.is_key(found.value) else None


def basic_auth(found: Candidate) -> Place | None:
    """A login and its password in base64 (RFC 7617)."""
    try:
        login, colon, secret = base64.b64decode(found.value, validate=True).partition(b":")
    except ValueError:
        return None
    if not colon or not login.isascii() or not login.decode().isprintable():
        return None
    known = credentials.is_password(secret.decode(errors="replace"), quoted=True, plain_words=True)
    return found.place if known else None
