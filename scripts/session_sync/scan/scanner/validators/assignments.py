"""Decides on values that stand behind the name of a credential: in code, settings, commands and headers."""

from __future__ import annotations

import re
import string

from session_sync.scan.scanner.candidate import CONTEXT, Candidate, Place
from session_sync.scan.scanner.validators import credentials


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_LONGEST = 2100  # characters behind a name that are looked at; no value is longer
_OPENING = re.compile(
    r"(?:(?:\[\]byte|Buffer\.from|bytes|str|(?:new )?String(?:::from)?|Secret(?:Str|String)?|Some"
    r"|(?:base64\.)?b64decode|\w{1,40}\.GetBytes)\()?"
    r"(?:[bBrRfFuUL@]{0,2}(?P<quote>([\"'`])\2{0,63}))?"
)
_BARE = re.compile(r"[^\s\"'`,;<>|)}\]]+")
_NEXT_PARAMETER = re.compile(r"&+[A-Za-z_][\w.\[\]-]{0,40} {0,8}=")
_WHOLE = re.compile(r"\S+")
_LINE_START = re.compile(
    r"[\s>|+\-*#]{0,24}(?:(?:export|set|setx|ENV|ARG|env|declare -x|\$env:|-e|--env|let|local|readonly)"
    r"[ =]?\s{0,3}[\"']?)?[\w.\-]{0,60}"
)
_ENVIRONMENT = re.compile(r"(?:^|[\s\"';&|(])(?:export |set |ENV |-e |--env )?[A-Z][A-Z0-9_]{2,60}=$")
_NAME = string.ascii_letters + string.digits + "_.-"
_PARTS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+|[^\W\d_]+")
_NOT_A_VALUE = _words(
    """id ids name names type types url uri path paths file files filename dir directory folder length len size count
    counts limit limits ttl expiry expires expiration expired age policy policies field fields hint hash hashes
    hashed digest header headers prefix suffix regex pattern min max algorithm alg algo arn ref reference label
    title description desc format version usage used budget strength error errors err env var variable provider
    manager service store class cls func function fn callback handler validator validation valid invalid required
    optional enabled disabled enable disable rotation reset changed change updated created at date time timestamp
    timeout interval index idx map list set group rule rules schema column table row key_id kid endpoint exists
    present missing placeholder help prompt input output element el button form view page screen dialog modal box
    icon show hide hidden visible toggle lowercase uppercase size izer based less only protected bytes bits chars
    characters char width height color lookup source src target mode method flow scope scopes issuer audience status
    state response request result parser reader writer generator factory builder client interface impl config
    configuration settings options opts params param args arg attr attribute property encoder encoding decoder
    stream counter usage price cost rate per window history mask masked tests test spec docs doc command cmd ring
    chain pair stdin keyring pem public fingerprint thumbprint last confirmation confirm again match matches
    mismatch"""
)
_BEFORE_NOT = _words(
    """max min num number total n input output prompt completion cached reasoning next prev previous page continuation
    csrf xsrf public publishable primary foreign partition sort idempotency cache dedup host routing group surrogate
    composite natural object bucket s3 storage no without invalid missing wrong bad forgot lost eos bos pad unk sep
    websocket socket accept cls mask stop start end special eot new sync resume cursor range candidate translation
    i18n message error label trans text column json yaml dict map hash lookup kms foreign unique index menu hot
    short arrow tab enter escape delete backspace sampling vocab"""
)
_OTHER = re.compile(r"(?i:token|secret|key)")  # the name of a password that is none
_WEAK_NAME = re.compile(r"(?i:key)")


def password(found: Candidate) -> Place | None:
    """The password that the rest of the line gives to the name in group `key`; the match ends where it begins."""
    if _OTHER.search(found.match["rest"]) or not _is_named(found):
        return None
    place, quoted = _value(found)
    value = found.text[place[0] : place[1]]
    if credentials.is_password(value, quoted):
        return place
    in_environment = value.isalpha() and not quoted and _ENVIRONMENT.search(found.before(80))
    return place if in_environment and credentials.is_password(value, quoted, plain_words=True) else None


def secret(found: Candidate) -> Place | None:
    """The same for a key, token or other secret that chance made."""
    place, quoted = _value(found)
    least = 20 if _WEAK_NAME.fullmatch(found.match["key"]) else 16
    if place[1] - place[0] < least or not _is_named(found):
        return None
    return place if credentials.is_key(found.text[place[0] : place[1]], least, quoted) else None


def _value(found: Candidate) -> tuple[Place, bool]:
    """Where the value is that begins at the candidate, and whether it is quoted."""
    text, start = found.text, found.start
    opening = _OPENING.match(text, start)
    if opening and opening["quote"]:
        end = text.find(opening["quote"], opening.end(), start + _LONGEST)
        line = text.find("\n", opening.end(), start + _LONGEST)
        if end >= 0 and (line < 0 or end < line):
            return (opening.end(), end), True
        start = opening.end()
    rest = text[start : start + _LONGEST].partition("\n")[0]
    whole = _WHOLE.match(rest)
    if not whole:
        return (start, start), False
    alone = not rest[whole.end() :].strip(" \\\"'") or rest[whole.end() :].lstrip().startswith("#")
    query = _NEXT_PARAMETER.search(rest, 0, whole.end() + 8)
    if query and query.start() < whole.end():
        return (start, start + query.start()), False
    begin = found.match.start()
    if alone and _LINE_START.fullmatch(text[max(0, begin - CONTEXT) : begin].rpartition("\n")[2]):
        return (start, start + len(whole[0].rstrip("\"'`,;"))), False
    bare = _BARE.match(rest)
    return (start, start + (len(bare[0].rstrip(".:!?\\")) if bare else 0)), False


def _is_named(found: Candidate) -> bool:
    """Whether the name says that its value is the secret itself, and not something about it."""
    match = found.match
    begin = match.start("key")
    line = found.text[max(0, begin - CONTEXT) : begin].rpartition("\n")[2]
    if "|" in (match.groupdict().get("given") or "") and "|" not in line:
        return False  # a filter, not a table
    before = [part.lower() for part in _PARTS.findall(line[len(line.rstrip(_NAME)) :])]
    rest = match["rest"]
    if re.match(r"[a-z]", rest) and not re.match(r"s(?![a-z])", rest):
        return False  # tokenizer, passwords, secretary
    behind = [part.lower() for part in _PARTS.findall(rest)]
    return not any(part in _NOT_A_VALUE for part in behind) and not (before and before[-1] in _BEFORE_NOT)
