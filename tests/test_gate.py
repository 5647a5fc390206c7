from __future__ import annotations

from session_sync import gate

CUSTOMER = "CUST-acme-x"


def test_only_customers_are_checked() -> None:
    data = b"grace.hopper@navy.mil"
    assert gate.check("PILOT", data, "a.md", ()) == []
    assert gate.check(CUSTOMER, data, "a.md", ()) == [(1, "email")]
    assert gate.check("cust-acme", data, "a.md", ()) == [(1, "email")]


def test_the_line_is_told() -> None:
    assert gate.check(CUSTOMER, b"one\ntwo 536-22-8140\n", "a.md", ()) == [(2, "ssn")]


def test_the_users_own_address_is_no_leak() -> None:
    assert gate.check(CUSTOMER, b"by Ada@Navy.mil", "a.md", {"ada@navy.mil"}) == []


def test_what_cannot_be_decoded_is_withheld() -> None:
    assert gate.check(CUSTOMER, b"fine\n\xff\xfe", "a.md", ()) == [(2, "undecodable")]


def test_a_finding_in_the_name_is_told_without_the_name() -> None:
    name = "2026-11-21-ada-536-22-8140.md"
    findings = gate.check(CUSTOMER, b"fine", name, ())
    assert findings == [(gate.FILE_NAME, "ssn")]
    assert "536" not in gate.shown_name(name, findings)
