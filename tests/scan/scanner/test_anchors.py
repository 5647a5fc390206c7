from __future__ import annotations

import pytest

from session_sync.scan.scanner import anchors
from session_sync.scan.scanner.rule import Rule


@pytest.mark.parametrize(
    ("front", "tail"),
    [
        ("acme_[a-z]{4}", ""),
        ("acme", "(?=[a-z]{40})"),
        ("acme_", "[a-z]{0,30}key(?=[=:])"),
        ("(?:acme|zeta)_", r"[\w.-]{0,24}[\\\"')\]]{0,6}[a-f0-9]{32}"),
        (r"acme\x5b[)\]a][^]a]", "(?:a{2}|b[)]){0,9}x"),
        ("[a-z]{0,30}acme", ""),  # nothing is before what is repeated
        ("key[a-z]{0,30}acme", ""),  # three letters are not rare
        ("oken[a-z]{0,30}acme", ""),
        ("acme(?:[a-z]{0,30}|b)", ""),
        ("acme|zeta[a-z]{0,30}", ""),
    ],
)
def test_what_takes_long_to_compile_is_left_to_re_behind_what_is_rare(front: str, tail: str) -> None:
    rules = [Rule("acme", "secret:acme", (front + tail, "acme"), "acme"), Rule("b", "secret:b", (front + tail,), "b")]
    found = anchors.of_rules(rules)
    assert found == {(front, tail, False): [0, 1], ("acme", "", False): [0]}
