"""Social security numbers, and numbers of the same form."""

from __future__ import annotations

import pytest

from support.scanning import values

FOUND = [
    ("SSN 536-22-8140", ["536-22-8140"]),
    ("_536-22-8140_", ["536-22-8140"]),
    ("\\n536-22-8140", ["536-22-8140"]),
    ("536\u201122\u20118140", ["536\u201122\u20118140"]),
    ("SSN: 536 22 8140", ["536 22 8140"]),
    ("ssn=536228140", ["536228140"]),
    ("customer_ssn: 536228140", ["536228140"]),
]
CLEAN = [
    "000-12-3456 and 666-12-3456 and 987-65-4321",
    "uuid 11111111-1111-4111-8111-111111111111",
]


@pytest.mark.parametrize(("text", "wanted"), [*FOUND, *((text, []) for text in CLEAN)])
def test_what_is_found_is_right_to_the_character(text: str, wanted: list[str]) -> None:
    assert values(text) == wanted
