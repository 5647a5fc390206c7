"""Decides on phone numbers, by the national plans that the library `phonenumbers` (Google's) knows."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable

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


def international(found: Candidate) -> Place | None:
    """A number with `+` and its country's code, valid in that country; digits that follow it are left out."""
    for end in _ends(found.value):
        if _is_valid(found.value[:end], None):
            return found.start, found.start + end
    return None


def north_american(found: Candidate) -> Place | None:
    """A number of the North American plan, written with separators."""
    spaced = " " in found.value and not re.search(r"[()\-.]", found.value)
    if spaced and (_NUMBER_BESIDE.search(found.before(4)) or _NUMBER_BEHIND.match(found.after(4))):
        return None  # a row of numbers
    return found.place if _is_valid(found.value, ("US",)) else None


def national(found: Candidate) -> Place | None:
    """A number in the form of one of the regions that the settings name."""
    others = [region for region in found.phone_regions if region != "US"]
    return _longest(found, others) if others else None


def named(found: Candidate) -> Place | None:
    """A number in any form, beside a word that says that it is a phone number."""
    if re.search(r"\d{4}-\d\d-\d\d|\d\.\d+\.\d+\.\d", found.value):
        return None  # a date, an address
    return _longest(found, (*found.phone_regions, *_LIKELY))


def _longest(found: Candidate, regions: Iterable[str]) -> Place | None:
    regions = tuple(dict.fromkeys(regions))
    for end in _ends(found.value):
        if _is_valid(re.sub(r"^00", "+", found.value[:end]), regions):
            return found.start, found.start + end
    return None


def _ends(value: str) -> Iterable[int]:
    """Where `value`, or the front of it, may end: at the ends of its groups of digits."""
    return [match.end() for match in re.finditer(r"\d+", value)][::-1]


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
