from __future__ import annotations

import pytest

from session_sync.scan.scanner import scanner
from support.templates import expand

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
    ("call (415) 867-5309 now", "phone"),
    ("(415)-867-5309", "phone"),
    ("call +49 30 901820 now", "phone"),
    ("Tel.+4930901820", "phone"),
    ("+14158675309", "phone"),
    ("phone: 4158675309", "phone"),
    ("Telefon 0170 1234567", "phone"),
    ("phone_number: 5552345678", "phone"),
    ('"phoneNumber": "4155551234"', "phone"),
    ("customer_ssn: 536228140", "ssn"),
    ("+4930123456", "phone"),
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
    "+1732147200",
    "x\n+2026-11-21 release",
    "x\n+1.0.0 2026-11-21",
    "x\n+10.12.0.0/16",
    "x\n+192.168.1.100",
    "x\n+1024 2048",
    "x\n+1700000000000",
    "+100000000000",
    '"GET / HTTP/1.1" 200 612 1234',
    "640 480 1080 and 300 600 1200",
    "tel: 2026-11-21 04",
    "mobile viewports: 375 414 768 1024",
    "Jupyter cell 3 1024 2048",
    "ssh grace@host.acme.com uptime",
    "scp -P 22 grace@host.acme.com:/x .",
    "https://grace:token@git.acme.com/x.git",
    "root@web01.acme.com",
    "app@main.ts and chalk@5.3.0.tgz and user@1000.service",
    "@@ -1,7 +1234567890,7 @@",
    "2026-11-21 03:04:05.123456 and 192.168.100.200",
    "0.4539578763621486",
]


@pytest.mark.parametrize(("text", "kind"), FOUND)
def test_finds(text: str, kind: str) -> None:
    assert [one.type for one in scanner.scan(text)] == [kind]


@pytest.mark.parametrize("text", CLEAN)
def test_leaves_alone(text: str) -> None:
    assert list(scanner.scan(text)) == []


def test_offsets_are_characters() -> None:
    text = "é grace.hopper@navy.mil"
    (one,) = scanner.scan(text)
    assert text[one.start : one.end] == "grace.hopper@navy.mil"


def test_a_finding_within_another_is_left_out() -> None:
    text = expand("DATABASE_URL=postgres://svc:Tr0ub4-<<alnum:9>>@db.northforge.com/app", "x")
    assert [one.type for one in scanner.scan(text)] == ["secret:connection_string"]


def test_what_takes_too_long_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scanner, "_SECONDS", -1.0)
    with pytest.raises(TimeoutError):
        scanner.scan("card 4539 5787 6362 1486")
