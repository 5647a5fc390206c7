"""Decides on the arguments of commands, where options of the same name take addresses, ports and accounts."""

from __future__ import annotations

import re

from session_sync.scan.scanner.candidate import Candidate, Place
from session_sync.scan.scanner.validators import announced

_NO_PASSWORD = re.compile(  # a port, an assignment that has rules of its own, a file
    r"(?:[\w.-]{1,80}:)?\d{1,5}(?::\d{1,5})?(?:/\w{2,4})?$|[A-Za-z_]\w*="
    r"|[\w./-]{1,80}\.(?:zip|7z|rar|gz|tgz|jar|jks|p12|pem|key|crt|txt|json|ya?ml|sql|csv|conf|html?|md)$"
)
_BEHIND_NO_LOGIN = re.compile(  # the rest of a URL, a path, a host's port, the tag of an image
    r"//|[/~]|\d{1,5}(?:[/:]|$)|v?\d+(?:\.\d+)+(?:[-+][\w.]+)?$"
)


def password(found: Candidate) -> Place | None:
    """The password that an option or the standard input of a command gets."""
    return None if _NO_PASSWORD.match(found.value) else announced.password(found)


def login(found: Candidate) -> Place | None:
    """The password behind a login, as in `-u anna:...`; group `login` is a host or a user's number elsewhere."""
    if found.match["login"].isdigit() or _BEHIND_NO_LOGIN.match(found.value):
        return None
    return announced.password(found)
