"""Tells whether letters were put together by somebody who writes words, or by chance."""

from __future__ import annotations

import functools
import re
import unicodedata

_WORD = re.compile(r"(?:[a-z]+|[A-Z]?[a-z]{2,}|[A-Z]+)(?:[A-Z][a-z]{2,})*")  # a word, or several in camel case
_SEPARATOR = re.compile(r"[-_. :/]+")
_HUMP = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|[A-Z]")
_DIGITS = re.compile(r"\d+")
_NAME = re.compile(r"[\w./:\\@,=|+^-]+")
_NAME_SEPARATOR = re.compile(r"[-_./:\\@,=|+^]+")
_SHORT = re.compile(  # a part of a name that is too short to tell
    r"\d{1,8}|[A-Za-z]\d{0,4}|\d{1,4}[A-Za-z]|(?:[a-z]{2,3}|[A-Z]{2,3}|[A-Z][a-z]{1,2})\d{0,2}|[a-z]\d{1,2}[a-z]"
)
_LONGEST = 160  # characters of a name
REMEMBERED = 1 << 12  # answers about values: texts repeat them, and several rules ask about the same one
_FOLLOWERS = (  # which letters often follow which, counted in the words of the standard library and its documentation
    "a:bcdgiklmnprstuvy b:aeilorsu c:acehiklorstu d:adeiorsu e:acdefgilmnprstvwxy f:aefiloru g:aehilnorsu h:aeiot "
    "i:abcdefglmnoprstvz k:aei l:adeilostuy m:abeimopsu n:acdefgiknostuv o:bcdfgiklmnoprstuvw p:aehiloprstuy q:u "
    "r:acdegilmnorstuy s:acehilopstuy t:acehilorstuy u:abceilmnprst v:aei w:aeio x:t y:p z:e "
)
_PAIRS = frozenset(row[0] + letter for row in _FOLLOWERS.split() for letter in row[2:])
_ABBREVIATIONS = frozenset(
    re.findall(
        r"\w+",
        "api arg args as ascii ast async at auth aws be by byte bytes cd cfg ci cli cmd conf cpu crypt css csv ctx "
        "cwd dag db dev dns do dom dst ec env eof err fs gcc gcp git go gpu grpc hmac html http https id idx if "
        "imap in int io ip is it js json jsonl jwt k8s kb lang ldap llm llvm ls md mfa ml mqtt ms msg mysql no npm "
        "num obj of oidc ok on opt opts or os pdf pg pgp php pk pkg pr prod ptr pw pwd py qa req res rpc rsa saml "
        "sdk sha smtp so sql src ssh ssl sso str svg sync sys tcp tls tmp to toml ts txt udp ui up uri url us utf "
        "uuid val vm vpn we ws www xml yaml yml zip",
    )
)
_WORDY = 0.65  # of the letters in a name are in words
_DIGITS_AMONG = 7  # letters to each run of digits


@functools.lru_cache(REMEMBERED)
def words_of(value: str) -> tuple[str, ...]:
    """The words that `value` consists of, with up to two digits at the end; none when it is more than words."""
    if not value.isascii():
        value = unicodedata.normalize("NFKD", value).encode("ascii", "ignore").decode()
    words = _SEPARATOR.split(value.rstrip("!?.:"))
    words[-1] = re.sub(r"\d{1,2}$", "", words[-1])
    found = tuple(word for word in words if word)
    return found if all(_WORD.fullmatch(word) and _reads_well(word) for word in found) else ()


def humps(value: str) -> list[str]:
    """The words of a name in camel or snake case, in lower case."""
    return [hump.lower() for hump in _HUMP.findall(value)]


@functools.lru_cache(REMEMBERED)
def is_name(value: str) -> bool:
    """Whether `value` is an identifier, a path, a version or a list of such: words and numbers, put together."""
    if len(value) > _LONGEST or not _NAME.fullmatch(value):
        return False
    parts = [part for part in _NAME_SEPARATOR.split(value) if part]
    return any(part.isalpha() or len(part) > 1 for part in parts) and all(map(_is_part_of_a_name, parts))


def _is_part_of_a_name(part: str) -> bool:
    if _SHORT.fullmatch(part):
        return True
    found = _HUMP.findall(part)
    letters = sum(map(len, found))
    wordy = sum(len(hump) for hump in found if _is_word(hump))
    return wordy >= letters * _WORDY and len(_DIGITS.findall(part)) <= max(1, letters // _DIGITS_AMONG)


def _is_word(hump: str) -> bool:
    return hump.lower() in _ABBREVIATIONS or (len(hump) > 2 and _pairs_fit(hump, 0.6))


def _reads_well(word: str) -> bool:
    """Whether the letters of `word` follow each other as they do in words."""
    return len(word) < 4 or _pairs_fit(word)


def _pairs_fit(word: str, share: float = 0.5) -> bool:
    pairs = [hump[at : at + 2] for hump in humps(word) for at in range(len(hump) - 1)]
    return sum(pair in _PAIRS for pair in pairs) >= len(pairs) * share
