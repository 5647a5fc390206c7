"""Numbers of payment cards, and numbers of the same length."""

from __future__ import annotations

import pytest

from support.scanning import values

FOUND = [
    ("card 4539 5787 6362 1486", ["4539 5787 6362 1486"]),
    ("card 4539578763621486", ["4539578763621486"]),
    ("4539 5787 6362 1486 12/27", ["4539 5787 6362 1486"]),
    ("2 4539 5787 6362 1486", ["4539 5787 6362 1486"]),
    ("4539\xa05787\xa06362\xa01486", ["4539\xa05787\xa06362\xa01486"]),
    ("card_4539-5787-6362-1486_x", ["4539-5787-6362-1486"]),
    ("3714 496353 98431", ["3714 496353 98431"]),
]
CLEAN = [
    "epoch 1700000000123",
    "card 4539 5787 6362 1487",
    "sha da39a3ee5e6b4b0d3255bfef95601890afd80709",
    "2026-11-21 03:04:05.123456",
    "0.4539578763621486",
]


@pytest.mark.parametrize(("text", "wanted"), [*FOUND, *((text, []) for text in CLEAN)])
def test_what_is_found_is_right_to_the_character(text: str, wanted: list[str]) -> None:
    assert values(text) == wanted
