"""Mailboxes, with nothing around them, and what looks like them."""

from __future__ import annotations

import pytest

from support.scanning import values

FOUND = [
    ("mail grace.hopper@navy.mil please", ["grace.hopper@navy.mil"]),
    ("_grace@navy.mil_", ["grace@navy.mil"]),
    ("user=grace%40navy.mil&x", ["grace%40navy.mil"]),
    ("to=%3Cgrace%40navy.mil%3E", ["grace%40navy.mil"]),
    ("mailto:grace%2Bjobs@navy.mil", ["grace%2Bjobs@navy.mil"]),
    ("grace@müller.de", ["grace@müller.de"]),
    ("mail('grace@navy.mil')", ["grace@navy.mil"]),
    ("f'grace@navy.mil is new'", ["grace@navy.mil"]),
    ("sean.o'brien@navy.mil", ["sean.o'brien@navy.mil"]),
    ("@@ -1 +1 @@\n-grace@navy.mil\n+ada@navy.mil\n", ["grace@navy.mil", "ada@navy.mil"]),
]
CLEAN = [
    "git@github.com:org/repo",
    "noreply@github.com",
    "12345+ada@users.noreply.github.com",
    "ada@example.org",
    "icon@2x.png",
    "deploy@web1.prod.internal",
    "ssh grace@host.acme.com uptime",
    "scp -P 22 grace@host.acme.com:/x .",
    "https://grace:token@git.acme.com/x.git",
    "root@web01.acme.com",
    "app@main.ts and chalk@5.3.0.tgz and user@1000.service",
    "import x from '@socket.io/parser'",
    "-@acme.dev/core",
    "'grace'@'navy.mil'",
]


@pytest.mark.parametrize(("text", "wanted"), [*FOUND, *((text, []) for text in CLEAN)])
def test_what_is_found_is_right_to_the_character(text: str, wanted: list[str]) -> None:
    assert values(text) == wanted
