"""Numbers of payment cards, and numbers of the same length."""

from __future__ import annotations

import pytest

from session_sync.scan.scanner import scanner

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


@pytest.mark.parametrize(("text", "values"), FOUND)
def test_finds_to_the_character(text: str, values: list[str]) -> None:
    assert [text[one.start : one.end] for one in scanner.scan(text)] == values


@pytest.mark.parametrize("text", CLEAN)
def test_leaves_alone(text: str) -> None:
    assert list(scanner.scan(text)) == []
