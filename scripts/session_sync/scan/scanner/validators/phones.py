"""Decides on phone numbers, by the national plans that the library `phonenumbers` (Google's) knows."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable
from urllib.parse import unquote

from session_sync.scan.scanner.candidate import Candidate, Place

# Where a number without its country's code may be from when a word beside it says that it is one.
_LIKELY = tuple(
    re.findall(
        r"\w\w",
        "US DE GB FR ES IT PT BR AT CH NL BE IE PL SE DK NO FI AU IN MX JP HR CZ AR CO CL NZ ZA SG TR GR",
    )
)
_NUMBER_BESIDE = re.compile(r"\d[ .,|\t]{0,3}$")
_NUMBER_BEHIND = re.compile(r"[ .,|\t]{0,3}\d")
_ROUND = (8, 10)  # sizes are multiples of one of these
_DATE = re.compile(r"(?<!\d)(?:(?:19|20)\d\d([-./])\d\d?\1\d\d?|\d\d?([-./])\d\d?\2(?:19|20)\d\d)(?!\d)")
_COMPACT_DATE = re.compile(r"(?<!\d)20[0-3]\d(?:0[1-9]|1[0-2])(?:[0-2]\d|3[01])(?!\d)")  # behind a plus it is none
_ADDRESS = re.compile(r"\d{1,3}(?:\.\d{1,3}){3}(?![.\d])")
_VERSION = re.compile(
    r"\+\s?\d{1,3}(?!\.\d{3}\.\d{3}\.\d{4}$)(?:\.\d{1,4}){1,3}(?:\s?[( -]|$)|\+\d+\.\d+$|\+\d+ \d+\.\d{4,}$"
)
_REGISTERED = re.compile(r"(?i:phone|fax|tel|voice)[^\n\d]{0,12}$")  # before `+1.4155550000`
_COUNTED = re.compile(r"\+ ?\d(?: \d){4}")
_DECIMALS = re.compile(r"[.,]\d")


def international(found: Candidate) -> Place | None:
    """A number with `+` and its country's code, valid in that country; digits that follow it are left out."""
    written = _plus(found.value)
    is_number = _VERSION.match(written) and not _REGISTERED.search(found.before(24))
    if is_number or _DATE.search(written) or _COUNTED.match(written) or _is_added(found):
        return None
    for end in _ends(found.value):
        goes_on = _DECIMALS.match(found.text, found.start + end)
        if not goes_on and _is_valid(_plus(found.value[:end]), None):
            return found.start, found.start + end
    return None


def _is_added(found: Candidate) -> bool:
    """Whether the plus is the sign of a diff, with a space behind it."""
    return found.value[:2] == "+ " and not found.before(1)


def north_american(found: Candidate) -> Place | None:
    """A number of the North American plan, written with separators."""
    spaced = " " in found.value and not re.search(r"[()\-.]", found.value)
    return found.place if not (spaced and _is_in_row(found)) and _is_valid(found.value, ("US",)) else None


def _is_in_row(found: Candidate) -> bool:
    """Whether the groups of digits are numbers of their own: there are more of them, or all are round."""
    groups = [int(group) for group in re.findall(r"\d+", found.value)]
    is_round = any(all(group % step == 0 for group in groups) for step in _ROUND)
    return is_round or bool(_NUMBER_BESIDE.search(found.before(4)) or _NUMBER_BEHIND.match(found.after(4)))


def national(found: Candidate) -> Place | None:
    """A number in the form of one of the regions that the settings name."""
    others = [region for region in found.phone_regions if region != "US"]
    return _longest(found, others) if others else None


def named(found: Candidate) -> Place | None:
    """A number in any form, beside a word that says that it is a phone number."""
    if _DATE.search(found.value) or _COMPACT_DATE.search(found.value) or _ADDRESS.match(found.value):
        return None
    return _longest(found, (*found.phone_regions, *_LIKELY))


def _longest(found: Candidate, regions: Iterable[str]) -> Place | None:
    regions = tuple(dict.fromkeys(regions))
    for end in _ends(found.value):
        if _is_valid(re.sub(r"^00", "+", found.value[:end]), regions):
            return found.start, found.start + end
    return None


def _plus(value: str) -> str:
    """`value` as it was before it became a part of an address."""
    return unquote(value) if "%" in value else value


def _ends(value: str) -> Iterable[int]:
    """Where `value`, or the front of it, may end: at the ends of its groups of digits."""
    return [match.end() for match in re.finditer(r"(?:%[0-9A-Fa-f]{2}){0,3}\d+", value)][::-1]


@functools.lru_cache(4096)
def _is_valid(number: str, regions: tuple[str, ...] | None) -> bool:
    """Whether `number` is valid in one of `regions`, or with its own country's code when None."""
    import phonenumbers

    for region in regions or (None,):
        try:
            if phonenumbers.is_valid_number(phonenumbers.parse(number, region)):
                return True
        except phonenumbers.NumberParseException:
            continue
    return False
