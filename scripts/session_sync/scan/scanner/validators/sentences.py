"""Decides on passwords in sentences, where a word, a number or a piece of code may stand as well."""

from __future__ import annotations

import re

from session_sync.scan.scanner.candidate import Candidate, Place
from session_sync.scan.scanner.validators import credentials, placeholders, words

_LONGEST = 100  # characters of a password that a sentence holds
_MARKUP = re.compile(r"(?:\*{1,3}|_{2}|~~|</?(?:code|b|strong|em|i|kbd|tt|samp|mark|span|pre)\b[^<>\n]{0,60}>){0,6}")
_QUOTE = re.compile(r"([\"'`])\1{0,15} {0,8}")  # escaped quotes are runs, and guillemets have spaces
_BARE = re.compile(r"(?:(?!\*\*|</?[A-Za-z]|\]\(|'@)[^\s\"`—])+")
_ENDS = ".,;:?|*'\\"  # of a sentence, a cell, or what emphasizes it
_CLOSING = {")": "(", "]": "[", "}": "{", ">": "<"}
_SEPARATOR = re.compile(r"[-_.:/,+\\]")
_NUMBERED = re.compile(  # x86_64, 4th, a commit
    r"(?:[A-Z]?[a-z]*|[A-Z]+|[A-Za-z]{1,3})\d*[a-z]{0,2}\d*|\d+[A-Za-z]{0,4}|[0-9a-f]+|[0-9A-F]+"
)
_DIGITS = re.compile(r"\d+")
_EXPRESSION = re.compile(
    r"""[-/.~&:=()\[{<>]|[$@\#][A-Za-z_][\w-]*$|\#\d  # an option, a path, a variable, a mention, an issue
    |[\w.$-]*[()\[\]{}<]|.*[;{}]|.*->|0x[\dA-Fa-f]+$  # a call, an index, a setting, a statement, a number
    |\w+://|[\w.-]+:\d{2,5}(?:/|$)|[^@\s]+@[\w-]+(?:\.\w|:)  # an address, a mailbox, a prompt
    |\w+:[^,\s]{1,40},\w+:|[\w.-]+/[\w./-]+@[0-9a-f]{40}$  # properties of an object, an action at a commit
    |[\w.-]+/[\w.-]+\#\d|.*\b\d+/\d+$|\$(?:\d|2[aby]|argon\w*)\$  # an issue elsewhere, a ratio, a password's hash""",
    re.VERBOSE,
)
_SETTING = re.compile(r"([\w.,-]+)=")
_COMMAND = re.compile(r" -|[/=:|;]")
_NAMED_AND_NUMBERED = re.compile(  # hunter2, Some-words1234, some!word
    r"[A-Za-z]{4,}(?:\d{1,6}|(?:[-_.][A-Za-z]{3,}){1,3}\d{3,6}|[!#$%^&*+~?][A-Za-z]{4,})!?"
)
_IDENTIFIER = re.compile(r"[A-Za-z][A-Za-z0-9]*(?:[_-][A-Za-z0-9]+)+")
_TERM = re.compile(r"(?i:sha|md|base|utf|argon|oauth|pbkdf|bcrypt|http|ipv|windows|python)[-_]?\d+")
_NEAR = 60  # characters beside a pair that tell what it is
_LOGIN = re.compile(
    r"(?i:\b(?:log(?:ged|ging)?[ -]?in|sign(?:ed)?[ -]in|connect|auth|cred|account|user|pass|access|zugang|anmeld|melde"
    r"|identif|con[ ]{0,8}(?:é|e)cta|conecte|sesi|acceso|acesso|use\b))"
)
_LIST = 1200  # characters of a list below its heading
_ITEM = re.compile(r"[ >+|]{0,12}(?:[-*•+]|\d{1,2}[.)])[ ]|[ ]{2,8}\S")
_NO_SECRET = re.compile(  # what an item of such a list names as well
    r"(?i:user(?:[ _-]?name)?|account|login|uses|e-?mail|host(?:name)?|url|server|id|role|version|region)\W{1,12}$"
)
_PLURAL = re.compile(
    r"(?<![\w-])(?i:passwords|passphrases|(?:pass|kenn)w(?:ö|oe)rter|credentials|creds|logins|zugangsdaten"
    r"|mots de passe|contrase[ ]{0,8}[ñn]as|claves|senhas|identifiants|credencia(?:le|i)s)[*_`\s]{0,4}:?[*_`\s]{0,4}$"
)
_FUNCTION_WORD = re.compile(
    r"\b(?:an?|and|any|are|be|been|but|by|can|do|does|each|for|from|has|have|if|in|into|is|it|its|may|must|no|not|of|on"
    r"|only|or|so|that|the|their|then|this|to|use|used|using|was|we|when|where|which|will|with|you|your"
    r"|der|die|das|den|dem|ein|eine|mit|nicht|oder|und|wird|ist|zu|le|la|les|un|une|est|pas|pour|et|el|los|una|es|para|que"
    r"|con|os|um|uma|com|para|por|de|du|des|del|do|da)\b"
)


def stated(found: Candidate) -> Place | None:
    """What a sentence says is the password: `the password is x`."""
    place, quoted = _extent(found.text, found.start)
    value = found.text[slice(*place)]
    if not credentials.is_password(value, quoted):
        return None
    is_one = _is_unlike_words(value) or (quoted and not _IDENTIFIER.fullmatch(value))
    return place if is_one or (_NAMED_AND_NUMBERED.fullmatch(value) and not _TERM.match(value)) else None


def mentioned(found: Candidate) -> Place | None:
    """What stands beside the word, where most words are none: `password x`, `x as the password`."""
    place, quoted = _extent(found.text, found.start)
    return place if is_distinct(found.text[slice(*place)], quoted) else None


def login(found: Candidate) -> Place | None:
    """The second of a pair, `bob / x`, in a line about logging in or of a user whom every machine has."""
    place = mentioned(found)
    if place is None or "/" in found.text[slice(*place)]:
        return None
    line = found.before(_NEAR) + found.text[place[1] : place[1] + _NEAR].partition("\n")[0]
    is_alone = found.text[found.match.start() - 1 : found.match.start()] in "([`" and found.match.start() > 0
    return place if found.match["surely"] or is_alone or _LOGIN.search(line) else None


def listed(found: Candidate) -> Place | None:
    """What stands behind a name in a list below the word: `Passwords:`, `- nas: x`."""
    if _NO_SECRET.search(found.match[0]):
        return None
    above = found.text[max(0, found.match.start() - _LIST) : found.match.start()].split("\n")
    for line in reversed(above):
        if _PLURAL.search(line):
            return mentioned(found)
        if line.strip(" >+|\r\t") and not _ITEM.match(line):
            return None
    return None


def passphrase(found: Candidate) -> Place | None:
    """Words that nothing but chance puts side by side."""
    return None if _FUNCTION_WORD.search(found.value) or placeholders.is_placeholder(found.value) else found.place


def is_distinct(value: str, quoted: bool) -> bool:
    """Whether `value` is a password where as well a word or a piece of code may stand."""
    is_phrase = " " in value and not _COMMAND.search(value)
    return (is_phrase or _is_unlike_words(value)) and credentials.is_password(value, quoted)


def _extent(text: str, start: int) -> tuple[Place, bool]:
    """Where the value is that begins at `start` behind markup and quotes, and whether it is quoted."""
    start = _end(_MARKUP, text, start)
    quote = _QUOTE.match(text, start)
    if quote:
        end = text.find(quote[0].rstrip(" "), quote.end(), quote.end() + _LONGEST)
        if end >= 0 and "\n" not in text[start:end]:
            value = text[quote.end() : end].rstrip(" ")
            return (quote.end(), quote.end() + len(value)), True
        start = quote.end()
    start = _end(_MARKUP, text, start)
    bare = _BARE.match(text, start, start + _LONGEST)
    if not bare:
        return (start, start), False
    is_last = not text[bare.end() : bare.end() + 1].strip("\"'\r\n")
    return (start, start + len(_without_punctuation(bare[0], _ENDS + "!" * is_last))), False


def _end(pattern: re.Pattern[str], text: str, start: int) -> int:
    match = pattern.match(text, start)
    return match.end() if match else start


def _without_punctuation(value: str, ends: str) -> str:
    """`value` without `ends` and the brackets that it does not open."""
    while value and (value[-1] in ends or (value[-1] in _CLOSING and _CLOSING[value[-1]] not in value)):
        value = value[:-1]
    return value


def _is_unlike_words(value: str) -> bool:
    """Whether `value` is neither words nor a version, an identifier, a hash or an expression."""
    if len(value) < 8 or not _DIGITS.search(value) or _EXPRESSION.match(value):
        return False
    setting = _SETTING.match(value)
    if setting and words.is_name(setting[1]):
        return False
    return not all(_is_plain(part) for part in _SEPARATOR.split(value))


def _is_plain(part: str) -> bool:
    return bool(_NUMBERED.fullmatch(part) or words.words_of(_DIGITS.sub("", part)) or words.is_name(part))
