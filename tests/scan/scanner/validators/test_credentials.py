from __future__ import annotations

import pytest

from session_sync.scan.scanner.validators import credentials
from support.templates import expand


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("template", ["<<alnum:32>>", "<<hex:40>>", "<<base64url:43>>", "<<alnum:8>>-<<alnum:16>>"])
def test_what_chance_made_is_a_key_and_none_of_the_rest(template: str, seed: int) -> None:
    value = expand(template, str(seed))
    assert credentials.is_key(value)


@pytest.mark.parametrize(
    "value",
    ["", "short1", "1234567890123456", "session-token-provider", "getTokenFromStore()", "user.session.accessToken"],
)
def test_what_somebody_wrote_is_no_key(value: str) -> None:
    assert not credentials.is_key(value)


@pytest.mark.parametrize(
    ("template", "quoted", "is_one"),
    [
        ("<<password>>", False, True),
        ("Sommer<<digits:4>>!", False, True),
        ("lantern orbit velvet gravel", True, True),
        ("lantern orbit velvet gravel", False, False),
        ("password123", True, False),
        ("must be at least 8 characters", True, False),
        ("get_password()", False, False),
        ("2026-11-21", True, False),
        ("None", False, False),
        ("ab1", True, False),
        ("^7.1.2", True, False),
        ("5.0.0 || ^6.0.2", True, False),
        ("required|min:8|confirmed", True, False),
        ("varchar(255)", True, False),
        ("$2b$12$<<alnum:53>>", True, False),
        ("SecurePassword123!", True, False),
        ("pa$$word", True, False),
        ("12/14", False, False),
        ("hunter2", True, True),
    ],
)
def test_a_password_is_one_that_somebody_uses(template: str, quoted: bool, is_one: bool) -> None:
    assert credentials.is_password(expand(template, "password"), quoted) == is_one


def test_letters_alone_are_a_password_where_only_a_value_can_stand() -> None:
    assert not credentials.is_password("lanternorbit", quoted=True)
    assert credentials.is_password("lanternorbit", quoted=True, plain_words=True)


@pytest.mark.parametrize(
    ("value", "is_one"),
    [("butterflygarden", True), ("PurpleHorseBattery", True), ("authentication", False), ("lanternUser", False)],
)
def test_words_written_as_one_are_told_from_a_single_word_and_a_name(value: str, is_one: bool) -> None:
    assert credentials.is_of_words(value) == is_one
