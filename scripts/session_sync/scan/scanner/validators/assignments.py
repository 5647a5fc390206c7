"""Decides on values that stand behind the name of a credential: in code, settings, commands and headers."""

from __future__ import annotations

import re

from session_sync.scan.scanner.candidate import CONTEXT, Candidate, Place
from session_sync.scan.scanner.validators import credentials, expressions, names, sentences, values
from session_sync.scan.scanner.validators.words import humps, is_name

_LONGEST_PASSWORD, _LONGEST_KEY = 320, 2100  # characters behind a name that are looked at; no value is longer
_LEAST, _LEAST_OF_WEAK = 16, 20  # characters of a key; what is only called a key is none when it is shorter
_OTHER = re.compile(r"(?i:token|secret|key)")  # the name of a password that is none
_ADDRESS = re.compile(r"://[\w.-]{1,60}:$")  # before the password in it
_WEAK_NAME = re.compile(r"(?i:key)")
_ENVIRONMENT = re.compile(
    r"(?:(?:^|[\s\"';&|(])(?:export |set |ENV |-e |--env )?[A-Z][A-Z0-9_]{2,60}"
    r"|(?:^|[\"'`])\s{0,16}[a-z][\w-]{1,40}(?:\.[\w-]{1,40}){1,8})=[\"']?$"
)
_CAMEL = re.compile(r"[a-z]+(?:[A-Z][a-z]*\d{0,2})+")
_YAML = re.compile(r":[ ]{1,24}$")
_DATA = re.compile(r"[\"']?[ ]?[:=][ ]?[\"']{1,16}$")
_PHRASE_NAME = re.compile(r"(?i:passphrase)")
_CLOSES = re.compile(r"[\"'`]")
_QUOTES = re.compile(r"([\"'`])\1{0,63}")
_MORE_WORDS = re.compile(r";?[ \t]+(?![\w.-]{1,40}[=:])[(\w]")  # behind a value that is a part of a sentence
_WITHOUT_DEFAULT = "+?"  # behind the shell's `${NAME:`
_NEXT_ITEM = re.compile(r"[\"'`]+ ?, ?[\"'`]")


def password(found: Candidate) -> Place | None:
    """The password that the rest of the line gives to the name in group `key`; the match ends where it begins."""
    if _OTHER.search(found.match["rest"]) or not names.is_given_its_value(found) or names.is_another_pass(found):
        return None
    if _closes_a_label(found) or (found.value[:1] in _WITHOUT_DEFAULT and values.is_asked_for(found)):
        return None
    value = values.of(found, _LONGEST_PASSWORD)
    return value.place if _is_password(found, value) else _phrase(found)


def secret(found: Candidate) -> Place | None:
    """The same for a key, token or other secret that chance made."""
    value = values.of(found, _LONGEST_KEY)
    start, end = value.place
    if _ADDRESS.search(found.before(100)):
        end = start + len(found.text[start:end].partition("@")[0])
    least = _LEAST_OF_WEAK if _WEAK_NAME.fullmatch(found.match["key"]) else _LEAST
    if end - start < least or not names.is_given_its_value(found):
        return None
    text = found.text[start:end]
    if (not value.quoted and _is_cut_off(found.text, end)) or (least > _LEAST and credentials.is_public_point(text)):
        return None
    return (start, end) if credentials.is_key(text, least, value.quoted) else None


def _is_cut_off(text: str, end: int) -> bool:
    """Whether dots stand for the rest of what ends there, also behind a quote that does not belong to the value."""
    return values.is_cut_off(text, end + bool(_CLOSES.match(text, end)))


def _is_password(found: Candidate, value: values.Value) -> bool:
    start, end = value.place
    text = found.text[start:end]
    before = found.text[max(0, start - 100) : start].rpartition("\n")[2]
    in_environment = bool(_ENVIRONMENT.search(before))
    if not value.quoted and _is_code(found, start, text, in_environment):
        return False
    if is_name(text) and _is_one_of_a_list(found, text, end):
        return False
    if not value.quoted and _is_described(found, text, end):
        return False
    if " " in text and found.text[start - 1] == "`":
        return False  # a command whose output is meant
    if names.is_doubtful(found) and (is_name(text) or text.isdigit() or _MORE_WORDS.match(found.text, end)):
        return False
    if text.rstrip("!").replace("-", "").isalpha() and _may_be_words(text, before, value.quoted, in_environment):
        return credentials.is_password(text, value.quoted, plain_words=True)
    return credentials.is_password(text, value.quoted)


def _is_code(found: Candidate, start: int, text: str, in_environment: bool) -> bool:
    """Whether the unquoted value `text` at `start` is a part of a program."""
    if expressions.is_expression(found.text[start : start + 200].partition("\n")[0]):
        return True
    if expressions.is_member_in_a_row(text):
        return True
    is_last = _YAML.search(found.before(24)) and found.text[start + len(text) :][:1] in "\r\n"
    return bool(_CAMEL.fullmatch(text)) and is_name(text) and not in_environment and not is_last


def _is_one_of_a_list(found: Candidate, text: str, end: int) -> bool:
    """Whether the name `text`, which ends at `end`, stands beside the credential's name in a list of names."""
    is_next = found.group("given").startswith(",")
    return is_next and (len(humps(text)) > 1 or "." in text or bool(_NEXT_ITEM.match(found.text, end)))


def _is_described(found: Candidate, text: str, end: int) -> bool:
    """Whether the cell that `text` begins and that goes on behind `end` tells what the credential is for."""
    in_cell = found.group("given").strip() == "|"
    return in_cell and bool(_MORE_WORDS.match(found.text, end)) and not sentences.is_distinct(text, quoted=False)


def _may_be_words(text: str, before: str, quoted: bool, in_environment: bool) -> bool:
    """Whether the letters `text` may be a password where they stand, and no word or name."""
    if text.lower() in before.lower():
        return False  # the user's name, or the service's
    if in_environment:
        return not quoted or credentials.is_of_words(text)
    if any(part in names.ABOUT for part in humps(text)):
        return False
    return quoted and bool(_DATA.search(before)) and credentials.is_of_words(text)


def _phrase(found: Candidate) -> Place | None:
    """A passphrase of several words, which only its name announces."""
    if not _PHRASE_NAME.fullmatch(found.match["key"]) or not found.group("given"):
        return None
    line = found.text[found.start : found.start + 120].partition("\n")[0]
    start = found.start + len(line) - len(line.lstrip("\"'`"))
    text = _CLOSES.split(line.lstrip("\"'`"))[0].rstrip()
    is_one = credentials.is_password(text, quoted=True) and " " in text
    return (start, start + len(text)) if is_one else None


def _closes_a_label(found: Candidate) -> bool:
    """Whether the quote before the value closes the text that the name is in, as in `ask("Password: ", x)`."""
    quotes = _QUOTES.match(found.text, found.start)
    if not quotes:
        return False
    begin, end = found.match.span("key")
    between = found.text[end : found.start]
    before = found.text[max(0, begin - CONTEXT) : begin].rpartition("\n")[2]
    opened = [row[0] for row in _QUOTES.finditer(before)].count(quotes[0])  # an escaped quote is a longer row
    return not _CLOSES.search(between) and between[-1:] in " :" and opened % 2 == 1
