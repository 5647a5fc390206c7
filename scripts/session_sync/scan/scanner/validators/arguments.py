"""Decides on the arguments of commands, where options of the same name take addresses, ports and accounts."""

from __future__ import annotations

import re

from session_sync.scan.scanner.candidate import Candidate, Place
from session_sync.scan.scanner.validators import announced, credentials, sentences

_NO_PASSWORD = re.compile(  # a port, an assignment that has rules of its own, a file
    r"(?:[\w.-]{1,80}:)?\d{1,5}(?::\d{1,5})?(?:/\w{2,4})?$|(?:[a-z_][a-z0-9_]*|[A-Z_][A-Z0-9_]*)="
    r"|[\w./-]{1,80}\.(?:zip|7z|rar|gz|tgz|jar|jks|p12|pem|key|crt|txt|json|ya?ml|sql|csv|conf|html?|md)$"
)
_BEHIND_NO_LOGIN = re.compile(  # the rest of a URL, a path, a host's port, the tag of an image
    r"//|[/~]|\d{1,5}(?:[/:]|$)|v?\d+(?:\.\d+)+(?:[-+][\w.]+)?$"
)
_NO_LOGIN = re.compile(  # commands whose `-u` takes a module, a unit, a branch or an account
    r"\b(?:python[\d.]*|journalctl|systemctl|git|rsync|sort)(?=[ ])[^\n|;&]*$"
)
_LINE = 120  # characters before a value in which its command stands


def password(found: Candidate) -> Place | None:
    """The password that an option or the standard input of a command gets.

    Behind what is of group `spoken`, a sentence may go on as well.
    """
    if _NO_PASSWORD.match(found.value):
        return None
    place = announced.password(found)
    return place if place and (not found.group("spoken") or _is_unlike_words(found.text[slice(*place)])) else None


def login(found: Candidate) -> Place | None:
    """The password behind a login, as in `-u anna:...`; group `login` is a host or a user's number elsewhere."""
    if found.match["login"].isdigit() or _BEHIND_NO_LOGIN.match(found.value) or _NO_LOGIN.search(found.before(_LINE)):
        return None
    return announced.password(found)


def _is_unlike_words(value: str) -> bool:
    return credentials.is_key(value) or sentences.is_distinct(value, quoted=False)
