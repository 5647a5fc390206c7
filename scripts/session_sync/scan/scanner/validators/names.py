"""Decides by a credential's name whether it is given the credential itself, and not something about it."""

from __future__ import annotations

import re
import string

from session_sync.scan.scanner.candidate import CONTEXT, Candidate


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_LETTERS = string.ascii_letters + string.digits + "_.-"  # of which names are
_PARTS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+|[^\W\d_]+")
ABOUT = _words(
    """id ids name names type types url uri path paths file files filename dir directory folder length len size count
    counts limit limits ttl expiry expires expiration expired age policy policies field fields hint hash hashes
    hashed digest header headers prefix suffix regex pattern min max algorithm alg algo arn ref reference label
    title description desc format version usage used budget strength error errors err env var variable provider
    manager service store class cls func function fn callback handler validator validators validation valid invalid
    required optional enabled disabled enable disable rotation reset changed change updated created at date time
    timestamp timeout interval index idx map list set group rule rules schema column table row key_id kid endpoint
    exists present missing placeholder help prompt prompts input output element el button form view page screen dialog
    modal box icon show hide hidden visible toggle lowercase uppercase size izer based less only protected bytes bits
    chars characters char width height color lookup source src target mode method flow scope scopes issuer audience
    status state response request result parser reader writer generator factory builder client interface impl config
    configuration settings options opts params param args arg attr attribute property encoder encoding decoder
    stream counter usage price cost rate per window history mask masked tests test spec docs doc command cmd ring
    chain pair stdin keyring pem public fingerprint thumbprint last confirmation confirm again match matches
    mismatch data model models dto payload unlock checklist collect flush fetch hasher meter permission permissions
    through thru fail fails failed filter score checker util utils helper helpers module plugin sdk lib fd"""
)
_BEFORE_NOT = _words(
    """max min num number total n input output prompt completion cached reasoning next prev previous page continuation
    csrf xsrf public publishable primary foreign partition sort idempotency cache dedup host routing group surrogate
    composite natural object bucket s3 storage no without invalid missing wrong bad forgot lost eos bos pad unk sep
    websocket socket accept cls mask stop start end special eot new sync resume cursor range candidate translation
    i18n message error label trans text column json yaml dict map hash lookup kms foreign unique index menu hot
    short arrow tab enter escape delete backspace sampling vocab has hide show file site pub vapid"""
)
_PUBLIC_KEY = ["public", "key"]
_SETTING = re.compile(r"[\w.-]{1,60}[ ]?(?:=|:[ ])[^=\s]")  # another, on a line of its own
_SHORT = re.compile(r"(?i:pass)")  # also a verb, what tests do, and a part of other words
_OWNERS = _words(  # whose password stands behind `pass` written without a break
    """ad admin app auth bind db dba ftp ftps sftp git http https imap jenkins jdbc key keystore ldap login mail email
    maria mongo mqtt my mysql nas ora oracle pg pop postgres proxy rdp redis registry repo root rpc sip smb smtp sql
    ssh ssl store su sudo svn become test trust truststore user usr vnc vpn web wifi wlan wp old new the bot srv
    service server host client guest master super default tmp temp backup site cert p12 pfx jks docker rabbit amqp
    elastic es neo4j snmp ipmi bmc ilo idrac"""
)
_PASSES = _words(  # that are something else
    """low high band all pre post render shadow light depth color blur compute geometry bloom ssao first second third
    last next final each single two multi one optimization optimizer compiler codegen lowering analysis boarding
    season day ski tests test check checks is by must should will they cases suite it that can to and pipeline forward
    backward training inference decode prefill merge gc mark sweep lint type inlining fusion tiling graph verifier"""
)
_RESULT = re.compile(r"(?:-{2,3}(?=[ \t])|[✅✓✔☑🟢●•]\ufe0f?|\d|\[)[ \t]*$")  # before the `PASS` of a test
_LOGIN = re.compile(
    r"(?i:user|username|login|usr|account|benutzer(?:name)?|e-?mail|host|server|database|db)[\"'`*\])]{0,8}[ ]?[:=>|, ]"
)
_PLURAL_OR_NUMBER = re.compile(r"s?[\d_]{0,3}")


def is_given_its_value(found: Candidate) -> bool:
    """Whether the name in group `key`, with what stands around it, is that of the value itself."""
    match = found.match
    line = _line_before(found)
    given = found.group("given").strip()
    if given == "|" and not _is_row(line):
        return False
    rest = match["rest"]
    if (given == "," and _is_argument(found)) or ("\n" in found.group("given") and _SETTING.match(found.value)):
        return False
    if "." in rest and given in ("(", "|"):
        return False  # a method of the password, a file
    if re.match(r"[a-z]", rest) and not re.match(r"s(?![a-z])", rest):
        return False  # tokenizer, passwords, secretary
    behind = [part.lower() for part in _PARTS.findall(rest)]
    before = _parts_before(line)
    if any(part in ABOUT for part in behind) or before[-2:] == _PUBLIC_KEY:
        return False
    return not before or before[-1] not in _BEFORE_NOT


def _is_argument(found: Candidate) -> bool:
    """Whether the name is a variable that is passed to a function, before another argument."""
    key, end = found.match["key"], found.match.end("rest")
    line = _line_before(found).rstrip(_LETTERS)
    return not key.isupper() and found.text[end : end + 1] == "," and line.rstrip()[-1:] in ("(", ",")


def is_doubtful(found: Candidate) -> bool:
    """Whether the name is a `pass` of nobody, which names a password only where a login stands near it."""
    if not _is_short(found) or _line_before(found).endswith("--") or _LOGIN.search(_context(found)):
        return False
    before = _parts_before(_line_before(found))
    return not before or (before[-1] not in _OWNERS and not found.match["key"].isupper())


def is_another_pass(found: Candidate) -> bool:
    """Whether `pass` is no password: what a test does, a step of a program, a part of another word."""
    if not _is_short(found):
        return False
    key, line = found.match["key"], _line_before(found)
    glued = line[-1:].isalpha() and (key[0].islower() or (key.isupper() and line[-1].isupper()))
    before = _parts_before(line)
    if not _PLURAL_OR_NUMBER.fullmatch(found.match["rest"]) and not key.isupper():
        return True
    if glued:
        return before[-1] not in _OWNERS
    words = [part.lower() for part in _PARTS.findall(line[-40:])]
    return bool(_RESULT.search(line)) or (bool(words) and words[-1] in _PASSES)


def _is_short(found: Candidate) -> bool:
    """Whether the name is no more than `pass`, and no option that only a password follows."""
    return bool(_SHORT.fullmatch(found.match["key"])) and bool(found.group("given"))


def _is_row(line: str) -> bool:
    """Whether a table's row begins with `line`; else the sign is a filter's."""
    return "|" in line or "│" in line


def _context(found: Candidate) -> str:
    begin = found.match.start("key")
    return found.text[max(0, begin - CONTEXT) : begin]


def _line_before(found: Candidate) -> str:
    """What stands before the name, on its line."""
    return _context(found).rpartition("\n")[2]


def _parts_before(line: str) -> list[str]:
    """The parts of the name that stand before its last one, at the end of `line`."""
    return [part.lower() for part in _PARTS.findall(line[len(line.rstrip(_LETTERS)) :])]
