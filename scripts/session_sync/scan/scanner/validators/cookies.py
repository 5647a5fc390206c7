"""Decides on values of cookies."""

from __future__ import annotations

import re

from session_sync.scan.scanner.candidate import Candidate, Place
from session_sync.scan.scanner.validators import credentials

_LONGEST = 2200  # characters from where cookies are announced to the last one
_HARMLESS = re.compile(
    r"(?i:csrf|xsrf|consent|expire|timeout|max|(?:name|type|path|count|time)$|(?:created|updated|expires)_at$|hash$)"
)
_ANNOUNCED = ("cookie", " -b")
_OF_SERVERS = re.compile(r"(?i:PHPSESSID|JSESSIONID|ASP\.NET_SessionId|connect\.sid|laravel_session|MoodleSession)")
_HEADER = re.compile(  # what stands between that and a cookie: other cookies of a header
    r"""[\w.\-]{0,24}["'`)\]]{0,64}\s{0,3}[:=,|]?[\s"'`$@]{0,70}(?:(?i:value)["'`]{0,64}\s?[:=][\s"'`]{0,70})?"""
    r"""(?:[^;\n"'`]{1,2000}+;\s{0,8})*"""
)
_CODE = re.compile(
    r"""[\w.\-]{0,24}["'`)\]]{0,64}\s{0,3}[:=(\[]{1,2}[\s({\["'`]{0,70}(?:dict\(\s{0,8})?"""
    r"""[^(){}\n]{0,600}"""
)


def cookie(found: Candidate) -> Place | None:
    """The value of a cookie whose name speaks of a login, where cookies are announced or listed."""
    name, value = found.match["name"], found.value
    if _HARMLESS.search(name) or not credentials.is_key(value):
        return None
    if found.match.start() == found.match.start("name") and not _is_among_cookies(found):
        return None
    is_id = credentials.is_uuid(value)
    return found.place if not is_id or _is_sent(found) else None


def _is_among_cookies(found: Candidate) -> bool:
    """Whether the name is only a cookie's, or the line says before it that cookies follow."""
    if _OF_SERVERS.fullmatch(found.match["name"]) or "cookie" in found.match["name"].lower():
        return True
    begin = found.match.start()
    before = found.text[max(0, begin - _LONGEST) : begin]
    lower = before.lower()
    at, word = max((lower.rfind(word), word) for word in _ANNOUNCED)
    between = before[at + len(word) :]
    return at >= 0 and bool(_HEADER.fullmatch(between) or _CODE.fullmatch(between))


def _is_sent(found: Candidate) -> bool:
    """Whether the cookie is written as in a header or a jar, not as a field of that name."""
    return found.text[found.match.end("name") : found.start].strip() in ("", "=")
