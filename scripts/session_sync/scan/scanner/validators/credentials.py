"""Tells a secret from what merely stands in a secret's place: placeholders, references, code, words."""

from __future__ import annotations

import functools
import math
import re
from collections import Counter

from session_sync.scan.scanner.validators.expressions import is_code, is_fragment, is_reference
from session_sync.scan.scanner.validators.placeholders import is_placeholder
from session_sync.scan.scanner.validators.words import REMEMBERED, humps, is_name, words_of

_SEGMENT = re.compile(r"[-_.:/]")
_SPAN = re.compile(r"[a-z]+|[A-Z]+|\d+|[^A-Za-z\d]+")
_DIGIT = re.compile(r"\d")
_ITS_NAME = "pass(?:words?|wd|phrases?|code)?"
_KEYWORD = re.compile(
    rf"(?i:{_ITS_NAME}|pwd|secret[oa]?|token|value|valor|valeur|api_?key|credential|kennwort|passwort|contrase.a|senha|bearer"
    r"|changeme|user|admin|test|demo|foo|bar|default|dummy|fake|mock|invalid|wrong|correct|valid|none|null|true|false)"
)
_WEAK = re.compile(rf"(?:1password|lastpass|{_KEYWORD.pattern})+[\d!@#$._*-]*", re.IGNORECASE)
_DESCRIPTION = re.compile(r"[A-Za-z]+(?:[-_:][A-Za-z]+)+")
_SAYS_SO = re.compile(
    rf"{_ITS_NAME}|pwd|pat|secrets?|tokens?|keys?|credentials?|auth|pw", re.IGNORECASE
)  # a word in a name
_TELLING = re.compile(
    r"(?i:pass|secret|token|credential|key|user|admin|valid|string|field|holder|example|require|default|null|type|name)"
)  # within a word that describes a password
_DERIVED = re.compile(r".*(?:tions?|ments?|able|ible|ness|ity|i[sz]ed?|ings?|ators?|eric|[ae]nce|ally|ful|wor[dt])")
_SENTENCE = re.compile(
    r"[.:;?]\s|\b(?i:must|at least|characters?|required|your|enter|please|should|cannot|can't|muss|mindestens|debe|doit"
    r"|deve|used?|from|when|this|that|will|into|optional|protects?|leave|see|set|key|file|value|string"
    r"|incorrect|invalid|password|passwort|with|the|is|are|or|not|for)\b"
)
_PASSPHRASE = re.compile(r"[a-z]{3,10}(?: [a-z]{3,10}){3,7}")  # as of diceware
_ADDED = "0123456789!?@#$._*-"  # behind a word, where more than letters are asked for
_COUNTED = "01234567890123456789"
_JOINED = re.compile(r"[a-z]{3,10}(?:-[a-z]{3,10}){3,7}")  # as password managers suggest them
_LONG_ENOUGH = 8  # letters before an exclamation mark
_LONG = 12  # letters of a password of words alone
_VERY_LONG = 18  # letters of what is not a single word
_MANY = 3  # words in it, when each begins with a capital
_WORD = 3  # letters in a word
_UUID = re.compile(r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}")
_HEX = re.compile(r"[0-9a-f]+|[0-9A-F]+")
_TOKEN = re.compile(r"[A-Za-z0-9+/=_.~:!@#$%^&*|-]+")
_ESCAPED_SLASH = re.compile("%2[Ff]")
_VISIBLE = re.compile(r"[!-~]+")
_VERSION = r"[~^<>=!]{0,2}[ ]?v?\d+(?:\.(?:\d+|x|\*)){1,3}(?:[-+.]?[A-Za-z][\w.+-]*|-\d[\w.-]*)?(?:\(.*)?"
_VERSIONS = re.compile(rf"{_VERSION}(?:(?:\s?\|\|\s?|,\s?|\s(?:-\s)?){_VERSION})*")  # of a package, and ranges of them
_PINNED = re.compile(
    r"(?:workspace|npm|link|github|git\+\w+|patch|catalog|portal|(?:hmac-)?sha\d{1,3}|h1|md5|blake2b|encrypted|hash(?:ed)?)[:-].*"
    r"|[a-z@][\w./-]*@[~^]?\d+\.\d+\.\d+[\w.-]*|\d[\w.-]*=\w*Classpath"
)
_HASHED = re.compile(
    r"\$(?:2[abxy]?|argon2\w*|scrypt|pbkdf2[\w-]*|[156y]|7)\$.*|\{[A-Z0-9-]{3,16}\}\S+"
)  # by crypt and LDAP
_PUBLIC_POINT = re.compile(  # of P-256 without compression, or of X25519 behind the type byte of Signal's protocol
    r"B[A-P][\w+/-]{85}=?|B[Q-f][\w+/]{42}"
)
_PUBLIC = re.compile(
    r"pk\.eyJ.*|(?:pk|phc|sb_publishable|rzp)_.*|.*(?:^|[:_-])public[:_-].*|eyJ[\w-]{10,60}|\S+/aws4_request"
)
_LEET = str.maketrans("0134578@$", "oieastbas")
_WEAK_WORD = re.compile(r"passwor[dt]|passwd|secret|kennwort|change(?:me|this|it)?$|(?:pass|pwd?)$")
_CHECK = r"[a-z_]+(?:[:=][\w.]+)?"
_CHECKS = re.compile(
    rf"{_CHECK}(?:[|,](?:{_CHECK}|\d+))+|(?:min|max|size|len|length|between|same)[:=]\d.*"
)  # of a form's field
_COLUMN_TYPE = re.compile(r"[A-Za-z]\w{2,20}\(\d{1,5}\)")
_ALGORITHM = re.compile(
    r"(?i:(?:b|s)crypt|argon2(?:id|i|d)?|pbkdf2|md5|sha-?\d{1,3}|aes-?\d{3}|[hrep]s\d{3})(?:[-_]?[a-z0-9]+)?"
)
_CIPHERS = re.compile(r"(?:!\w[\w+-]*:)+!\w[\w+-]*")  # that TLS is not to use
_MEASURE = re.compile(r"\d+(?:[./:]\d+)+%?|\d{1,2}-\d{2,4}|\d+(?:\.\d+)?(?:%|[kmg]?b|k?hz|ms|px|r?em)", re.IGNORECASE)
_DATE = re.compile(r"\d{4}-\d\d-\d\d(?:[T ].*)?|\d{1,2}:\d\d(?::\d\d)?")

_NO_PASSWORDS = (_WEAK, _DATE, _MEASURE, _VERSIONS, _PINNED, _HASHED, _CHECKS, _COLUMN_TYPE, _ALGORITHM, _CIPHERS)


@functools.lru_cache(REMEMBERED)
def is_password(value: str, quoted: bool, plain_words: bool = False) -> bool:
    """Whether `value`, given to something called a password, is one that somebody uses.

    `plain_words` lets a value of letters pass, where only a value can stand.
    """
    if not 5 <= len(value) <= 200 or is_reference(value) or is_placeholder(value) or _is_known_to_be_none(value):
        return False
    if is_fragment(value) or (not quoted and is_code(value)):
        return False
    if value.isdigit():
        return len(value) >= 6 and len(set(value)) > 2 and value not in _COUNTED
    words = words_of(value) if " " not in value else ()
    if any(_KEYWORD.fullmatch(word) for word in words) or (is_name(value) and _says_so(value)):
        return False
    if words:
        return bool(_DIGIT.search(value)) or (plain_words and len(value) >= 8 and not _TELLING.search(value))
    if " " in value:
        return quoted and is_phrase(value)
    return len(value) >= 8 or any(not letter.isalpha() for letter in value)


def is_phrase(value: str) -> bool:
    """Whether `value`, of several words, is a passphrase and no sentence."""
    return bool(_DIGIT.search(value) or _PASSPHRASE.fullmatch(value)) and not _SENTENCE.search(value)


def is_of_words(value: str) -> bool:
    """Whether `value` is of several words written as one, as passwords are and a single word or a name is not."""
    if _TELLING.search(value):
        return False
    if _JOINED.fullmatch(value):
        return bool(words_of(value))
    if value.endswith("!"):
        value = value.rstrip("!")
        return len(value) >= _LONG_ENOUGH and bool(words_of(value))
    if not value.isascii() or not value.isalpha() or len(value) < _LONG:
        return False
    if value.islower():
        return bool(words_of(value)) and (len(value) >= _VERY_LONG or not _DERIVED.fullmatch(value))
    parts = humps(value)
    return value[0].isupper() and len(parts) >= _MANY and all(len(part) >= _WORD for part in parts)


@functools.lru_cache(REMEMBERED)
def is_key(value: str, least: int = 16, quoted: bool = False) -> bool:
    """Whether `value`, given to something called a key, token or secret, looks made by chance."""
    value = _ESCAPED_SLASH.sub("/", value)
    if not least <= len(value) <= 2000 or not (_VISIBLE if quoted else _TOKEN).fullmatch(value):
        return False
    if is_reference(value) or is_placeholder(value) or _PUBLIC.fullmatch(value):
        return False
    if is_code(value) and not re.search(r"\d.*\d", value):
        return False
    if is_uuid(value):
        return len(set(value)) > 8
    if _HEX.fullmatch(value) and not value.isdigit():
        return len(set(value)) > 6
    if value.isdigit() or is_name(value) or _PINNED.fullmatch(value) or _HASHED.fullmatch(value):
        return False
    return _is_random(value)


def is_public_point(value: str) -> bool:
    """Whether `value` is the public key of a pair on an elliptic curve, in base64."""
    return bool(_PUBLIC_POINT.fullmatch(value))


def is_description(value: str) -> bool:
    """Whether `value` names or describes a secret: `actual-password`, `API_SECRET:ACCESS_TOKEN`."""
    return bool(_DESCRIPTION.fullmatch(value)) and _says_so(value)


def is_uuid(value: str) -> bool:
    """Whether `value` is written as a UUID."""
    return bool(_UUID.fullmatch(value))


def bits(value: str) -> float:
    """Shannon's entropy of `value` in bits per character."""
    size = len(value)
    return -sum(count / size * math.log2(count / size) for count in Counter(value).values())


def _is_random(value: str) -> bool:
    """Whether some part of `value` mixes letters and digits, or cases, as chance does and words do not."""
    for part in _SEGMENT.split(value):
        changes = len(_SPAN.findall(part)) - 1
        if len(part) >= 16 and changes >= len(part) * 0.4:
            return bits(value) >= 3.0
        if len(part) >= 8 and changes >= max(3, len(part) // 6) and _DIGIT.search(part):
            return bits(value) >= 3.0
    return bool(_DIGIT.search(value)) and len(value) >= 24 and bits(value) >= 4.0 and not words_of(value)


def _is_known_to_be_none(value: str) -> bool:
    """Whether `value` is a weak one, or nothing that somebody keeps secret."""
    return _says_what_it_is(value) or any(one.fullmatch(value) for one in _NO_PASSWORDS)


def _says_so(name: str) -> bool:
    """Whether `name` says what it names, as a variable does and a value does not."""
    return any(_SAYS_SO.fullmatch(hump) for hump in humps(name))


def _says_what_it_is(value: str) -> bool:
    """Whether `value` is little more than the word `password` or `secret`, also with digits for letters."""
    rest, count = _WEAK_WORD.subn("", value.rstrip(_ADDED).translate(_LEET).lower())
    return count > 0 and (not rest or is_name(rest))
