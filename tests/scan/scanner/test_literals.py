from __future__ import annotations

import re

import pytest

from session_sync.scan.scanner import literals
from session_sync.scan.scanner.literals import Literal


@pytest.mark.parametrize(
    ("expression", "found"),
    [
        (b"Acme", [Literal(b"acme", 0, 0)]),
        (b"(?:ghp|gho)_[0-9]", [Literal(b"ghp_", 0, 0), Literal(b"gho_", 0, 0)]),
        (b"[0-9]{2,5}abcd", [Literal(b"abcd", 2, 5)]),
        (b"[A-Z]{3}(?:key|token)s", [Literal(b"key", 3, 3), Literal(b"token", 3, 3)]),
        (b"(?:acme)?[^a]zeta", [Literal(b"zeta", 1, 5)]),
        (b"[xX]{3,}[0-9]", [Literal(b"xxx", 0, 0)]),
        (b"a[bc]-[0-9]", [Literal(b"ab-", 0, 0), Literal(b"ac-", 0, 0)]),
        (b"(?:acme|[0-9]{4})", []),
        (b"[0-9]{4}", []),
        (b"[^x]*acme", []),
    ],
)
def test_the_literals_that_a_match_needs(expression: bytes, found: list[Literal]) -> None:
    assert sorted(literals.of(re.compile(expression))) == sorted(found)


def test_a_trie_finds_the_longest_of_its_literals() -> None:
    made = re.compile(literals.trie([b"pass", b"password", b"pat", b"a.b", b"x"]))
    assert made.findall(b"pass password pat a.b acb xx") == [b"pass", b"password", b"pat", b"a.b", b"x", b"x"]
