"""Account numbers in every case and spacing, and what has their length and check but not their form."""

from __future__ import annotations

import pytest

from support.scanning import values

FOUND = [
    ("IBAN: GB29 NWBK 6016 1331 9268 19", ["GB29 NWBK 6016 1331 9268 19"]),
    ("iban=gb29nwbk60161331926819;", ["gb29nwbk60161331926819"]),
    ("to gb29 nwbk 6016 1331 9268 19 now", ["gb29 nwbk 6016 1331 9268 19"]),
    ("GB29\xa0NWBK\xa06016\xa01331\xa09268\xa019", ["GB29\xa0NWBK\xa06016\xa01331\xa09268\xa019"]),
    ("x%20GB29NWBK60161331926819", ["GB29NWBK60161331926819"]),
    ("-GB29NWBK60161331926819", ["GB29NWBK60161331926819"]),
]
CLEAN = [
    "GB28NWBK60161331926819",
    "GB66123456789012345678",
    "DE92ABCDEFGH1234567890",
    "NL791234567890ABCD",
    "sha de52a3ee5e6b4b0d3255bfef95601890afd80709",
]


@pytest.mark.parametrize(("text", "wanted"), [*FOUND, *((text, []) for text in CLEAN)])
def test_what_is_found_is_right_to_the_character(text: str, wanted: list[str]) -> None:
    assert values(text) == wanted
