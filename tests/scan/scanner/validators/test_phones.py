"""Phone numbers, and rows of numbers that are none."""

from __future__ import annotations

import pytest

from session_sync.scan.scanner import engine, rule_files, scanner

FOUND = [
    ("call (415) 867-5309 now", "phone"),
    ("(415)-867-5309", "phone"),
    ("call +49 30 901820 now", "phone"),
    ("Tel.+4930901820", "phone"),
    ("+14158675309", "phone"),
    ("phone: 4158675309", "phone"),
    ("Telefon 0170 1234567", "phone"),
    ("phone_number: 5552345678", "phone"),
    ('"phoneNumber": "4155551234"', "phone"),
    ("+4930123456", "phone"),
]
CLEAN = [
    "+1732147200",
    "x\n+2026-11-21 release",
    "x\n+1.0.0 2026-11-21",
    "x\n+10.12.0.0/16",
    "x\n+192.168.1.100",
    "x\n+1024 2048",
    "x\n+1700000000000",
    "+100000000000",
    '"GET / HTTP/1.1" 200 612 1234',
    "640 480 1080 and 300 600 1200",
    "tel: 2026-11-21 04",
    "mobile viewports: 375 414 768 1024",
    "Jupyter cell 3 1024 2048",
    "@@ -1,7 +1234567890,7 @@",
]


@pytest.mark.parametrize(("text", "kind"), FOUND)
def test_finds(text: str, kind: str) -> None:
    assert [one.type for one in scanner.scan(text)] == [kind]


@pytest.mark.parametrize("text", CLEAN)
def test_leaves_alone(text: str) -> None:
    assert list(scanner.scan(text)) == []


def test_a_number_ends_where_it_is_valid() -> None:
    text = "call +14158675309 2026 now"
    assert [text[one.start : one.end] for one in scanner.scan(text)] == ["+14158675309"]


def test_a_form_of_a_region_counts_where_the_settings_name_it() -> None:
    phones = engine.compiled([one for one in rule_files.load(None, True) if one.type == "phone"])
    found = [list(scanner.Scanner(phones, regions).scan("so 0170 1234567 now")) for regions in (("US",), ("US", "DE"))]
    assert [[one.type for one in each] for each in found] == [[], ["phone"]]
