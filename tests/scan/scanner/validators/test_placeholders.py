from __future__ import annotations

import pytest

from session_sync.scan.scanner.validators import placeholders
from support.templates import expand


@pytest.mark.parametrize(
    "value",
    [
        "<your-token>",
        "${TOKEN}",
        "{{ token }}",
        "changeme",
        "my-secret-key",
        "x" * 12,
        "****",
        "abcdefgh1234",
        "sk_live_4eC3...9f2a",
        "AKIAIOSFODNN7EXAMPLE",
        "00000000-0000-0000-0000-000000000001",
    ],
)
def test_what_stands_in_a_secrets_place_is_a_placeholder(value: str) -> None:
    assert placeholders.is_placeholder(value)


@pytest.mark.parametrize("filler", ["EXAMPLE", "0" * 10, "x" * 6, "...", "12345678"])
def test_a_filler_within_a_random_value_is_chance(filler: str) -> None:
    assert not placeholders.is_placeholder(expand(f"q7Zk<<alnum:8>>{filler}W4<<alnum:12>>", filler))
