from __future__ import annotations

import pytest

from session_sync.scan.scanner.validators import credentials
from support.templates import expand


@pytest.mark.parametrize(
    "value", ["<your-token>", "${TOKEN}", "{{ token }}", "changeme", "my-secret-key", "x" * 12, "****", "abcdefgh1234"]
)
def test_what_stands_in_a_secrets_place_is_a_placeholder(value: str) -> None:
    assert credentials.is_placeholder(value)


@pytest.mark.parametrize(
    "value",
    [
        "$TOKEN",
        "%TOKEN%",
        "process.env.TOKEN",
        "os.environ['TOKEN']",
        "vault:kv/db",
        "/run/secrets/db",
        "etc/keys/main",
    ],
)
def test_what_says_where_a_secret_is_kept_is_a_reference(value: str) -> None:
    assert credentials.is_reference(value)


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("template", ["<<alnum:32>>", "<<hex:40>>", "<<base64url:43>>", "<<alnum:8>>-<<alnum:16>>"])
def test_what_chance_made_is_a_key_and_none_of_the_rest(template: str, seed: int) -> None:
    value = expand(template, str(seed))
    assert credentials.is_key(value)
    assert not credentials.is_placeholder(value)
    assert not credentials.is_reference(value)
    assert credentials.words_of(value) == []


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
    ],
)
def test_a_password_is_one_that_somebody_uses(template: str, quoted: bool, is_one: bool) -> None:
    assert credentials.is_password(expand(template, "password"), quoted) == is_one


def test_letters_alone_are_a_password_where_only_a_value_can_stand() -> None:
    assert not credentials.is_password("lanternorbit", quoted=True)
    assert credentials.is_password("lanternorbit", quoted=True, plain_words=True)
