"""Decides on the numbers of payment cards (ISO/IEC 7812)."""

from __future__ import annotations

import re

from session_sync.scan.scanner.candidate import Candidate, Place

_ISSUERS = (  # ISO/IEC 7812 prefixes, with the lengths their issuers use; the first group is common and never short
    (re.compile(r"4|5[1-5]|2(?:22[1-9]|2[3-9]|[3-6]|7[01]|720)|6011|64[4-9]|65|35(?:2[89]|[3-8])"), {16}, True),
    (re.compile(r"3[47]"), {15}, True),
    (re.compile(r"3(?:0[0-5]|[689])"), {14}, True),
    (re.compile(r"4"), {13, 19}, False),
    (re.compile(r"62|81"), {16, 17, 18, 19}, False),
    (re.compile(r"6011|64[4-9]|65|35(?:2[89]|[3-8])|220[0-4]|60|9792|506[01]"), {16, 17, 18, 19}, False),
    (re.compile(r"50|5[6-9]|6[0-9]"), {13, 14, 15, 16, 17, 18, 19}, False),
)
_CARD_WORD = re.compile(
    r"(?i:card|kart|karte|carte|tarjeta|cart[aãoõ]|(?<![a-z])pan(?![a-z])|(?<![a-z])cc(?![a-z])|visa|master|maestro|amex"
    r"|american express|diners"
    r"|银联|discover|jcb|union ?pay|payment|zahlung)[^\n]{0,40}$"
)
_ID_WORD = re.compile(
    r"(?:(?i:\b|_)(?i:[a-z]{0,8}id|ids|ean|gtin|upc|isbn|sku|trace|span|epoch|timestamp|ts|time|[nmu]s|pk|seq|sequence|offset|bytes|size"
    r"|length|memory|message|channel|chat|status|order|order_no|"
    r"tracking|invoice|ticket|build|run|job|commit|hash|checksum|snowflake|nonce|serial|imei|barcode|uid|pid|number_id)"
    r"[\"'\s:=#()\[]{0,6}|\w/|<[@#][!&]?)$"
)
_GROUPS = re.compile(
    r"(?:\d{4} ?){3}\d{4}|\d{4}(?:([ -])\d{4}){2,3}\1\d{1,4}|\d{4}([ -])\d{6}\2\d{4,5}|\d{13,19}"
    r"|\d{6}([ -])\d{7,13}|\d{8}([ -])\d{8,11}"
)
_DOUBLED = str.maketrans("0123456789", "0246813579")  # of more than nine, the sum of its digits


def credit_card(found: Candidate) -> Place | None:
    """The card number in a run of digit groups: dates and codes beside the number must not hide it."""
    groups = [(match[0], match.start()) for match in re.finditer(r"\d+", found.value)]
    for first, (_, start) in enumerate(groups):
        digits = ""
        for group, at in groups[first : first + 6]:
            digits += group
            end = at + len(group)
            if 13 <= len(digits) <= 19 and _is_card(found, digits, found.value[start:end], is_first=not first):
                return found.start + start, found.start + end
    return None


def _is_card(found: Candidate, digits: str, text: str, is_first: bool) -> bool:
    """Whether `digits`, written as `text`, are a card's number; digits alone may as well be another one."""
    if not luhn(digits) or not _GROUPS.fullmatch(text) or len(set(digits)) < 3:
        return False
    for prefix, lengths, common in _ISSUERS:
        if prefix.match(digits) and len(digits) in lengths:
            is_other = not common or (is_first and _ID_WORD.search(found.before(24)))
            return digits != text or not is_other or bool(_CARD_WORD.search(found.before(60)))
    return False


def luhn(digits: str) -> bool:
    """Whether the check digit of a card number is right (ISO/IEC 7812-1, annex B)."""
    return sum(map(int, digits[-1::-2] + digits[-2::-2].translate(_DOUBLED))) % 10 == 0
