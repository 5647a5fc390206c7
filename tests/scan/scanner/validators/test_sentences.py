from __future__ import annotations

import pytest

from session_sync.scan.scanner.validators import sentences
from support.scanning import values

PASSWORD = "t9!" + "mT4xQ2bL"


@pytest.mark.parametrize(
    "text",
    [
        "the password is {}.",
        'the password is "{}".',
        "the password is **{}**, I think",
        "the password is <code>{}</code>",
        "the password is «\u00a0{}\u00a0»",
        "the password is ({})",
        '{{"text":"the password is \\"{}\\"\\n"}}',
    ],
)
def test_a_value_ends_before_the_punctuation_and_the_markup_of_its_sentence(text: str) -> None:
    assert values(text.format(PASSWORD)) == [PASSWORD]


def test_a_quoted_value_keeps_its_last_character() -> None:
    assert values(f"the password is '{PASSWORD}?'") == [PASSWORD + "?"]


@pytest.mark.parametrize(
    "value", ["utf8mb4_unicode_ci", "src/auth_v2.ts:12", "3f9ac2d1e0", "getUser2Name", "x[0]=y1", "v2.13.4-rc1"]
)
def test_what_a_sentence_holds_anyway_is_no_password(value: str) -> None:
    assert not sentences.is_distinct(value, quoted=False)


def test_a_plain_password_counts_only_where_a_sentence_says_so() -> None:
    plain = "harbour" + "77"
    assert values(f"the password is {plain}") == [plain]
    assert values(f"use {plain} as the password") == []


def test_a_pair_counts_in_a_line_about_logging_in() -> None:
    assert values(f"use anna / {PASSWORD} to log in") == [PASSWORD]
    assert values(f"mix anna / {PASSWORD} then") == []


def test_a_list_counts_below_a_heading_about_passwords() -> None:
    assert values(f"Passwords:\n- nas: {PASSWORD}\n- web: {PASSWORD}\n") == [PASSWORD, PASSWORD]
    assert values(f"Builds:\n- nas: {PASSWORD}\n") == []
