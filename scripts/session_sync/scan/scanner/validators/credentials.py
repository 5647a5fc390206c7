"""Tells a secret from what merely stands in a secret's place: placeholders, references, code, words."""

from __future__ import annotations

import math
import re
import string
import unicodedata
from collections import Counter

_PLACEHOLDER = re.compile(
    r"""EXAMPLE|REDACTED|<[^<>]*>|\$\{|\{\{|\}\}|%\(|%s\b|\.\.\.|…
    |\[\s?(?i:your|insert|hidden|removed|masked|filtered|secret)
    |(?i:your|insert|replace|change)[-_ ]?(?i:me|this|own|api|app|access|auth|bot
    |client|token|key|secret|pass|here|with|my)
    |(?i:place[-_ ]?holder|dummy[-_ ]|fake[-_ ]|example[-_ ]|sample[-_ ]|[-_ ]example|[-_ ]here\b|not[-_ ]?a[-_ ]?real)
    |^(?i:my|the|some|any|a|an)[-_ ](?i:\w{0,12}[-_ ]?)(?i:secret|password|passwort|token|key|pass)
    |[xX]{6}|[*•·]{3}|\.{4}|0{8}|_{5}|-{5}|\#{4}|(?i:deadbeef){2}|^(?i:x|y|z|\?|_|-|\*|\.)+$""",
    re.VERBOSE,
)
_REFERENCE = re.compile(
    r"""\?|\$[A-Za-z_]\w*$|\$[({]|%[A-Za-z_]\w*%|[@&*]?[({\[<]|[!&]\w+\s|!(?i:ref|sub|secret|vault|env)|\#\{|@@|\\|~\{
    |(?i:process|import\.meta)\.env|(?i:os\.|sys\.|env\.|env\[|environ|getenv|secrets?\.|vars?\.|local\.|data\.|self\.|this\.
    |config\.|settings\.|args\.|opts?\.|options\.|request\.|req\.|params\.|ctx\.|context\.|module\.|props\.|state\.|module\.)
    |(?i:vault|ssm|arn|op|gcp-secret|sm|awssm|keyring|env|file|secret|azurekv|doppler|bw|pass|aws|kms|ref):|(?i:\w+)://|arn:""",
    re.VERBOSE,
)
_PATH = re.compile(
    r"\.{0,2}/[\w.@-]+(?:/[\w.@-]*)*|~/.*|[A-Za-z]:\\.*|[\w-]+\.(?:txt|json|ya?ml|pem|key|env|py|js|ts|go|sh|md|conf|ini)"
)
_RELATIVE_PATH = re.compile(r"[\w-]+(?:/[\w.-]+)+")
_CODE = re.compile(r"[A-Za-z_$][\w$.:?>-]*[(\[].*|(?:new|await|yield|not|lambda|return)\b.*")
_MEMBER = re.compile(r"_{0,2}[A-Za-z]\w*(?:(?:\?\.|\.|::|->)_{0,2}[A-Za-z]\w*)+[!?]?")
_PART = r"(?:[a-z]+|[A-Z]?[a-z]{2,}|[A-Z]+)(?:[A-Z][a-z]{2,})*"  # a word, or several in camel case
_SEPARATOR = re.compile(r"[-_. :/]+")
_SEGMENT = re.compile(r"[-_.:/]")
_SPAN = re.compile(r"[a-z]+|[A-Z]+|\d+|[^A-Za-z\d]+")
_DIGIT = re.compile(r"\d")
_HUMP = re.compile(r"[A-Z]?[a-z]+|[A-Z]+")
_FOLLOWERS = (  # which letters often follow which, counted in the words of the standard library and its documentation
    "a:bcdgiklmnprstuvy b:aeilorsu c:acehiklorstu d:adeiorsu e:acdefgilmnprstvwxy f:aefiloru g:aehilnorsu h:aeiot "
    "i:abcdefglmnoprstvz k:aei l:adeilostuy m:abeimopsu n:acdefgiknostuv o:bcdfgiklmnoprstuvw p:aehiloprstuy q:u "
    "r:acdegilmnorstuy s:acehilopstuy t:acehilorstuy u:abceilmnprst v:aei w:aeio x:t y:p z:e "
)
_PAIRS = frozenset(row[0] + letter for row in _FOLLOWERS.split() for letter in row[2:])
_KEYWORD = re.compile(
    r"(?i:pass(?:word|wd|phrase|code)?|pwd|secret|token|api_?key|credential|kennwort|passwort|contrase.a|senha|bearer"
    r"|changeme|user|admin|test|demo|foo|bar|default|dummy|fake|mock|invalid|wrong|correct|valid|none|null|true|false)"
)
_WEAK = re.compile(rf"(?:1password|lastpass|{_KEYWORD.pattern})+[\d!@#$._-]*", re.IGNORECASE)
_SENTENCE = re.compile(
    r"[.:;?]\s|\b(?i:must|at least|characters?|required|your|enter|please|should|cannot|can't|muss|mindestens|debe|doit"
    r"|deve"
    r"|incorrect|invalid|password|passwort|with|the|is|are|or|not|for)\b"
)
_PASSPHRASE = re.compile(r"[a-z]{3,10}(?: [a-z]{3,10}){3,7}")  # as of diceware
_ASCENDING = 8  # characters in a row such as 12345678 or abcdefgh
_RUNS = tuple(
    row[at : at + _ASCENDING]
    for row in (string.digits, string.ascii_lowercase, string.ascii_uppercase)
    for at in range(len(row) - _ASCENDING + 1)
)
_UUID = re.compile(r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}")
_HEX = re.compile(r"[0-9a-f]+|[0-9A-F]+")
_TOKEN = re.compile(r"[A-Za-z0-9+/=_.~:!@#$%^&*|-]+")
_VISIBLE = re.compile(r"[!-~]+")
_DATE = re.compile(r"\d{4}-\d\d-\d\d(?:[T ].*)?|\d{1,2}:\d\d(?::\d\d)?")


def is_placeholder(value: str) -> bool:
    """Whether `value` is one that documentation or a template shows: no chance made it."""
    return bool(_PLACEHOLDER.search(value)) or _is_counted(value)


def is_reference(value: str) -> bool:
    """Whether `value` names where a secret is kept: a variable, an expression, a path, an address."""
    if _RELATIVE_PATH.fullmatch(value):
        return all(words_of(part) for part in re.split(r"[/.]", value))
    return bool(_REFERENCE.match(value) or _PATH.fullmatch(value))


def is_code(value: str) -> bool:
    """Whether an unquoted `value` is an expression of a programming language."""
    return bool(
        _CODE.fullmatch(value) or (_MEMBER.fullmatch(value) and words_of(re.sub(r"\W+|_+", " ", value).strip()))
    )


def is_password(value: str, quoted: bool, plain_words: bool = False) -> bool:
    """Whether `value`, given to something called a password, is one that somebody uses.

    `plain_words` lets a value of letters pass, where only a value can stand.
    """
    if not 5 <= len(value) <= 200 or is_reference(value) or is_placeholder(value) or _WEAK.fullmatch(value):
        return False
    if _DATE.fullmatch(value) or (not quoted and is_code(value)):
        return False
    if value.isdigit():
        return len(value) >= 6 and len(set(value)) > 2
    words = words_of(value) if " " not in value else []
    if words:
        if any(_KEYWORD.fullmatch(word) for word in words):
            return False
        return bool(_DIGIT.search(value)) or (plain_words and len(value) >= 8)
    if " " in value:
        is_phrase = bool(_DIGIT.search(value)) or bool(_PASSPHRASE.fullmatch(value))
        return quoted and is_phrase and not _SENTENCE.search(value)
    return len(value) >= 8 or any(not letter.isalpha() for letter in value)


def is_key(value: str, least: int = 16, quoted: bool = False) -> bool:
    """Whether `value`, given to something called a key, token or secret, looks made by chance."""
    if not least <= len(value) <= 2000 or not (_VISIBLE if quoted else _TOKEN).fullmatch(value):
        return False
    if is_reference(value) or is_placeholder(value):
        return False
    if is_code(value) and not re.search(r"\d.*\d", value):
        return False
    if _UUID.fullmatch(value):
        return len(set(value)) > 8
    if _HEX.fullmatch(value) and not value.isdigit():
        return len(set(value)) > 6
    return not value.isdigit() and _is_random(value)


def words_of(value: str) -> list[str]:
    """The words that `value` consists of, with up to two digits at the end; none when it is more than words."""
    if not value.isascii():
        value = unicodedata.normalize("NFKD", value).encode("ascii", "ignore").decode()
    words = _SEPARATOR.split(value.rstrip("!?.:"))
    words[-1] = re.sub(r"\d{1,2}$", "", words[-1])
    words = [word for word in words if word]
    return words if words and all(re.fullmatch(_PART, word) and _reads_well(word) for word in words) else []


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


def _reads_well(word: str) -> bool:
    """Whether the letters of `word` follow each other as they do in words."""
    pairs = [hump[at : at + 2].lower() for hump in _HUMP.findall(word) for at in range(len(hump) - 1)]
    return len(word) < 4 or 2 * sum(pair in _PAIRS for pair in pairs) >= len(pairs)


def _is_counted(value: str) -> bool:
    """Whether somebody counted or went through the alphabet."""
    return len(value) >= _ASCENDING and any(run in value for run in _RUNS)
