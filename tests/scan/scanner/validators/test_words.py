from __future__ import annotations

import pytest

from session_sync.scan.scanner.validators import words
from support.templates import expand


@pytest.mark.parametrize(
    "value",
    [
        "TestHTTP2Client_Do",
        "V2CoreAccountTokens",
        "Fallback429WindowMinutes",
        "excluded.cache_creation_5m_tokens",
        "bytes,1,opt,name=key",
        "gcc.dg/pr90210.c",
        "shadow_map_v2",
        "userIdOf",
    ],
)
def test_words_and_numbers_put_together_are_a_name(value: str) -> None:
    assert words.is_name(value)


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("template", ["<<alnum:32>>", "<<hex:40>>", "<<base64url:43>>"])
def test_what_chance_made_is_neither_a_name_nor_words(template: str, seed: int) -> None:
    value = expand(template, str(seed))
    assert not words.is_name(value)
    assert not words.words_of(value)
