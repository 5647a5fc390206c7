"""Finds personal data in a text: the first cut, with simple patterns behind the interface that stays."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

VERSION = "3"  # verdicts of another version are made anew

# One character for one, so that places stay: the many spaces and hyphens that people and word processors write.
LOOK_BACK = 80  # characters before a login that tell what it is for

_SPACES, _HYPHENS = "\u00a0\u2007\u2009\u202f", "\u2010\u2011\u2012\u2013\u2212"
_PLAIN = str.maketrans(_SPACES + _HYPHENS, " " * len(_SPACES) + "-" * len(_HYPHENS))

_EMAIL = re.compile(r"(?<![\w.+%-])[\w.+%-]{1,128}(?:@|%40)(?:[\w-]{1,63}\.){1,8}[^\W\d_]{2,24}")
_NO_MAILBOX = re.compile(
    r"git|no-?reply|.*\+no-?reply|root|admin|deploy|ubuntu|debian|ec2-user|postgres|user|test|app|getty", re.IGNORECASE
)
_NO_DOMAIN = re.compile(
    r"(?:.*\.)?(?:example\.(?:com|net|org)|users\.noreply\.[\w.-]+|[\w-]+\.(?:example|test|invalid|localhost|local|"
    r"internal|lan|service|png|jpe?g|gif|svg|webp|dist|whl|gz|tgz|js|ts|py))",
    re.IGNORECASE,
)
_LOGIN = re.compile(r"://[^\s/]*$|\b(?:ssh|scp|rsync|sftp|mosh)\b[^\n|;&]*$")  # what stands before `login@host`
_SSN = re.compile(r"(?<!\d)(?<!\d-)\d{3}-\d{2}-\d{4}(?!-?\d)")
_SSN_NAMED = re.compile(
    r"(?<![A-Za-z])(?:SSN|social[ _]security)(?![A-Z])[^\d\n]{0,24}(\d{3}([ .-]?)\d{2}\2\d{4})(?!\d)", re.IGNORECASE
)
_DIGIT_RUN = re.compile(r"(?<![0-9A-Za-z.])\d(?:[ _-]{0,2}\d){12,}(?![0-9A-Za-z])")
_PHONE = re.compile(r"(?<![\d+])\+[1-9](?:[ .()/-]{0,2}\d){7,14}(?!\d)")
# A line that a diff added, a date, an address, a table: a plus and digits, but no country code that stands alone.
_NO_PHONE = re.compile(
    r"\+\d{4}|\+\d+-\d\d-\d\d(?!\d)|\+?\d{1,3}(?:\.\d{1,3}){3}(?!\d)|\+?(?:\d\.){2}|.*\d{4}-\d\d-\d\d"
)
_PHONE_US = re.compile(
    r"(?<![\d.+-])(?:1[ .-])?(?:\([2-9]\d{2}\)[ .-]?[2-9]\d{2}[ .-]|[2-9]\d{2}([.-])[2-9]\d{2}\1)\d{4}(?![\d-])"
    r"|(?<![\d.+-])1 [2-9]\d{2} [2-9]\d{2} \d{4}(?![\d-])"
)
_PHONE_NAMED = re.compile(
    r"(?<![A-Za-z])(?:phone|tel|telephone|telefon|fax|(?:mobile|mobil|handy|cell)(?=[ _]?(?:no|nr|num|phone|:|=)))"
    r"[A-Za-z_]*[^\d+\n]{0,8}?(\+?\d(?:[ ./()-]{0,2}\d){7,14})(?!\d)",
    re.IGNORECASE,
)
_ISSUERS = re.compile(
    r"4(?:\d{12}|\d{15}|\d{18})|(?:5[1-5]|2(?:22[1-9]|2[3-9]\d|[3-6]\d\d|7[01]\d|720))\d+|3[47]\d{13}"
    r"|3(?:0[0-5]|[68]\d)\d{11,16}|35\d{14,17}|6(?:011|4[4-9]|5|2)\d+|(?:50|5[6-8]|6\d)\d+"
)


@dataclass(frozen=True)
class Finding:
    """Something of `type` at characters `start` to `end` (exclusive) of the text."""

    type: str
    start: int
    end: int


def scan(text: str) -> Iterator[Finding]:
    """All findings in `text`, type by type; a place may be found twice."""
    plain = text.translate(_PLAIN)
    yield from _emails(plain)
    yield from _ssns(plain)
    yield from _cards(plain)
    yield from _phones(plain)


def luhn(digits: str) -> bool:
    """Whether the check digit of a card number is right (ISO/IEC 7812-1, annex B)."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if place % 2 else 1)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def _emails(text: str) -> Iterator[Finding]:
    for match in _EMAIL.finditer(text):
        mailbox, _, domain = match.group().replace("%40", "@").rpartition("@")
        if _NO_MAILBOX.fullmatch(mailbox) or _NO_DOMAIN.fullmatch(domain) or text.startswith(":/", match.end()):
            continue
        if not _LOGIN.search(text, max(0, match.start() - LOOK_BACK), match.start()):
            yield Finding("email", match.start(), match.end())


def _ssns(text: str) -> Iterator[Finding]:
    found = [(match.group(), match.span()) for match in _SSN.finditer(text)]
    found += [(match.group(1), match.span(1)) for match in _SSN_NAMED.finditer(text)]
    for value, span in found:
        digits = re.sub(r"\D", "", value)
        area, group, serial = digits[:3], digits[3:5], digits[5:]
        if area not in ("000", "666") and area < "900" and group != "00" and serial != "0000":
            yield Finding("ssn", *span)


def _cards(text: str) -> Iterator[Finding]:
    """Card numbers within runs of digit groups: dates and codes beside the number must not hide it."""
    for run in _DIGIT_RUN.finditer(text):
        groups = [(match.group(), match.start()) for match in re.finditer(r"\d+", run.group())]
        for first, (_, start) in enumerate(groups):
            digits = ""
            for group, at in groups[first : first + 19]:
                digits += group
                if len(digits) > 19:
                    break
                if len(digits) >= 13 and _ISSUERS.fullmatch(digits) and luhn(digits):
                    yield Finding("credit_card", run.start() + start, run.start() + at + len(group))


def _phones(text: str) -> Iterator[Finding]:
    for match in _PHONE.finditer(text):
        number = match.group()
        digits = re.sub(r"\D", "", number)
        if len(digits) + 1 == len(number):  # without separators, as long as its country makes it
            likely = len(digits) == 11 if digits[0] == "1" else len(digits) >= 10
            likely = likely and (match.start() == 0 or text[match.start() - 1] != "\n" or len(digits) in (11, 12))
        else:
            likely = not _NO_PHONE.match(number)
        if likely:
            yield Finding("phone", match.start(), match.end())
    for match in _PHONE_US.finditer(text):
        yield Finding("phone", match.start(), match.end())
    for match in _PHONE_NAMED.finditer(text):
        if not _NO_PHONE.match(match.group(1)):
            yield Finding("phone", *match.span(1))
