from __future__ import annotations

import pytest

from session_sync import scanner

FOUND = [
    ("mail grace.hopper@navy.mil please", "email"),
    ("SSN 536-22-8140", "ssn"),
    ("call (415) 867-5309 now", "phone"),
    ("call +49 30 901820 now", "phone"),
    ("card 4539 5787 6362 1486", "credit_card"),
    ("card 4539578763621486", "credit_card"),
]
CLEAN = [
    "git@github.com:org/repo",
    "noreply@github.com",
    "ada@example.org",
    "000-12-3456 and 666-12-3456 and 987-65-4321",
    "card 4539 5787 6362 1487",
    "uuid 11111111-1111-4111-8111-111111111111",
    "sha da39a3ee5e6b4b0d3255bfef95601890afd80709",
    "epoch 1700000000123 version 1.2.3.4",
]


@pytest.mark.parametrize(("text", "kind"), FOUND)
def test_finds(text: str, kind: str) -> None:
    assert [one.type for one in scanner.scan(text)] == [kind]


@pytest.mark.parametrize("text", CLEAN)
def test_leaves_alone(text: str) -> None:
    assert list(scanner.scan(text)) == []


def test_offsets_are_characters() -> None:
    text = "é grace.hopper@navy.mil"
    (one,) = scanner.scan(text)
    assert text[one.start : one.end] == "grace.hopper@navy.mil"


@pytest.mark.parametrize("unit", ["a@", "1-", "(415) ", "a.", "+1", "@a.", "4 "])
def test_hostile_text_takes_no_more_than_linear_time(unit: str) -> None:
    list(scanner.scan(unit * 100_000))
