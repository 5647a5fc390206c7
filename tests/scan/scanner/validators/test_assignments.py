from __future__ import annotations

import pytest

from support.scanning import values
from support.templates import expand

KEY = expand("<<alnum:32>>", "key")
PASSWORD = expand("<<password>>", "password")


@pytest.mark.parametrize(
    "text",
    [
        'api_key = "{}"',
        "export API_KEY={}",
        'const accessToken: string = "{}";',
        '{{"client_secret": "{}"}}',
        'Buffer.from("{}") // no',
        "https://host/x?access_token={}&page=2",
        "| service | api key |\n|---|---|\n| x | secret = {} |",
    ],
)
def test_a_key_is_what_its_name_is_given(text: str) -> None:
    wanted = [] if text.startswith("Buffer") else [KEY]
    assert values(text.format(KEY)) == wanted


@pytest.mark.parametrize(
    "name",
    ["token_id", "max_tokens", "secret_name", "tokenizer", "cache_key", "public_key", "apiKeyHash"],
)
def test_a_name_that_tells_something_about_a_secret_gives_none(name: str) -> None:
    assert values(f'{name} = "{KEY}"') == []


@pytest.mark.parametrize(
    ("text", "is_found"),
    [
        ('password = "{}"', True),
        ("password: {}  # of the database", True),
        ("db_password_hash: {}", False),
        ("password = read({})", False),
    ],
)
def test_a_password_is_what_its_name_is_given(text: str, is_found: bool) -> None:
    assert values(text.format(PASSWORD)) == ([PASSWORD] if is_found else [])
