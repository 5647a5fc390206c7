"""Decides on international bank account numbers (ISO 13616), by the form that each country gives to its accounts."""

from __future__ import annotations

import re

from session_sync.scan.scanner.candidate import Candidate, Place

_COUNTRY_AND_CHECK = 4  # characters before the national part
# The national part by country, as in the IBAN registry: n digits, a capital letters, c digits or letters.
_FORMS = """
    AD:8n12c AE:19n AL:8n16c AT:16n AZ:4a20c BA:16n BE:12n BG:4a6n8c BH:4a14c BI:23n BR:23n1a1c BY:4c4n16c CH:5n12c
    CR:18n CY:8n16c CZ:20n DE:18n DJ:23n DK:14n DO:4c20n EE:16n EG:25n ES:20n FI:14n FK:2a12n FO:14n FR:10n11c2n
    GB:4a14n GE:2a16n GI:4a15c GL:14n GR:7n16c GT:24c HN:4a20n HR:17n HU:24n IE:4a14n IL:19n IQ:4a15n IS:22n
    IT:1a10n12c JO:4a4n18c KW:4a22c KZ:3n13c LB:4n20c LC:4a24c LI:5n12c LT:16n LU:3n13c LV:4a13c LY:21n MC:10n11c2n
    MD:20c ME:18n MK:3n10c2n MN:16n MR:23n MT:4a5n18c MU:4a19n3a NI:4a20n NL:4a10n NO:11n OM:3n16c PK:4a16c PL:24n
    PS:4a21c PT:21n QA:4a21c RO:4a16c RS:18n RU:14n15c SA:2n18c SC:4a20n3a SD:14n SE:20n SI:15n SK:20n SM:1a10n12c
    SO:19n ST:21n SV:4a20n TL:19n TN:20n TR:6n16c UA:6n19c VA:18n VG:4a16n XK:16n YE:4a4n18c
"""
_RUN = re.compile(r"(\d+)([nac])")
_SETS = {"n": "[0-9]", "a": "[A-Z]", "c": "[A-Z0-9]"}


def _accounts(form: str) -> tuple[int, re.Pattern[str]]:
    """How long an IBAN is whose national part has `form`, and the pattern of that part."""
    runs = _RUN.findall(form)
    pattern = "".join(f"{_SETS[kind]}{{{count}}}" for count, kind in runs)
    return _COUNTRY_AND_CHECK + sum(int(count) for count, _ in runs), re.compile(pattern)


_ACCOUNTS = {country: _accounts(form) for country, form in (item.split(":") for item in _FORMS.split())}


def iban(found: Candidate) -> Place | None:
    """An account number of its country's length and form with a right check (the remainder by 97 is 1)."""
    size, account = _ACCOUNTS.get(found.value[:2].upper(), (0, None))
    ends = [match.end() for match in re.finditer(r"[A-Za-z0-9]", found.value)]
    if account is None or len(ends) < size or found.value[ends[size - 1] :][:1].isalnum():
        return None
    compact = re.sub(r"[^A-Z0-9]", "", found.value[: ends[size - 1]].upper())
    if not account.fullmatch(compact, _COUNTRY_AND_CHECK) or not _is_checked(compact):
        return None
    return found.start, found.start + ends[size - 1]


def _is_checked(compact: str) -> bool:
    """Whether the two digits behind the country are the ones that follow from the rest."""
    number = "".join(str(int(letter, 36)) for letter in compact[_COUNTRY_AND_CHECK:] + compact[:_COUNTRY_AND_CHECK])
    return 2 <= int(compact[2:_COUNTRY_AND_CHECK]) <= 98 and int(number) % 97 == 1  # ISO 7064
