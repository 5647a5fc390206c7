"""What people read in one line: counts in words, and nothing that can forge a line of ours."""

from __future__ import annotations

import pytest

from session_sync.text.lines import age, cleaned, counted, printable


@pytest.mark.parametrize(
    ("number", "form", "words"),
    [
        (0, "", "0 files"),
        (1, "", "1 file"),
        (2, "", "2 files"),
        (1234, "", "1234 files"),
        (1234, ",", "1,234 files"),
        (1, ",", "1 file"),
    ],
)
def test_one_is_not_many(number: int, form: str, words: str) -> None:
    assert counted(number, "file", form) == words


def test_nothing_that_is_printed_can_drive_a_terminal() -> None:
    assert printable("a\x1b[2J\u202eb\u200b\nc\udcff") == "a\\x1b[2J\\u202eb\\u200b\\nc\\udcff"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("  Ada\n\tLovelace ", "Ada Lovelace"),
        ("Ada\x1b[2J\u202e\u200b", "Ada[2J"),
        ("x" * 13, "x" * 12),
        ("eleven long x", "eleven long"),
        ("\x00\n", ""),
    ],
)
def test_a_name_is_one_line_of_printable_characters(text: str, line: str) -> None:
    assert cleaned(text, 12) == line


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (-31_535_997, "0 seconds"),
        (0, "0 seconds"),
        (59.9, "59 seconds"),
        (1, "1 second"),
        (119, "119 seconds"),
        (120, "2 minutes"),
        (7200, "2 hours"),
        (172_800, "2 days"),
    ],
)
def test_an_age_is_told_in_the_largest_unit_that_is_not_one(seconds: float, words: str) -> None:
    assert age(seconds) == words
