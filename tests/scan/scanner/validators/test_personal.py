"""Mailboxes, cards and other numbers of people, and what looks like them."""

from __future__ import annotations

import pytest

from session_sync.scan.scanner import scanner

FOUND = [
    ("mail grace.hopper@navy.mil please", "email"),
    ("_grace@navy.mil_", "email"),
    ("user=grace%40navy.mil&x", "email"),
    ("SSN 536-22-8140", "ssn"),
    ("_536-22-8140_", "ssn"),
    ("\\n536-22-8140", "ssn"),
    ("536\u201122\u20118140", "ssn"),
    ("SSN: 536 22 8140", "ssn"),
    ("ssn=536228140", "ssn"),
    ("customer_ssn: 536228140", "ssn"),
    ("grace@m\u00fcller.de", "email"),
    ("card 4539 5787 6362 1486", "credit_card"),
    ("card 4539578763621486", "credit_card"),
    ("4539 5787 6362 1486 12/27", "credit_card"),
    ("2 4539 5787 6362 1486", "credit_card"),
    ("4539\u00a05787\u00a06362\u00a01486", "credit_card"),
    ("card_4539-5787-6362-1486_x", "credit_card"),
    ("3714 496353 98431", "credit_card"),
]
CLEAN = [
    "git@github.com:org/repo",
    "noreply@github.com",
    "12345+ada@users.noreply.github.com",
    "ada@example.org",
    "icon@2x.png",
    "deploy@web1.prod.internal",
    "000-12-3456 and 666-12-3456 and 987-65-4321",
    "card 4539 5787 6362 1487",
    "uuid 11111111-1111-4111-8111-111111111111",
    "sha da39a3ee5e6b4b0d3255bfef95601890afd80709",
    "epoch 1700000000123 version 1.2.3.4",
    "ssh grace@host.acme.com uptime",
    "scp -P 22 grace@host.acme.com:/x .",
    "https://grace:token@git.acme.com/x.git",
    "root@web01.acme.com",
    "app@main.ts and chalk@5.3.0.tgz and user@1000.service",
    "2026-11-21 03:04:05.123456 and 192.168.100.200",
    "0.4539578763621486",
]


@pytest.mark.parametrize(("text", "kind"), FOUND)
def test_finds(text: str, kind: str) -> None:
    assert [one.type for one in scanner.scan(text)] == [kind]


@pytest.mark.parametrize("text", CLEAN)
def test_leaves_alone(text: str) -> None:
    assert list(scanner.scan(text)) == []
