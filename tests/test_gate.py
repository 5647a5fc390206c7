from __future__ import annotations

import os

from session_sync import gate
from session_sync.store import Log

CUSTOMER = "CUST-acme-x"


def log(project: str, name: str = "a.md") -> Log:
    return Log(project, "m", name, name, os.stat("."))


def test_only_customers_are_checked() -> None:
    data = b"grace.hopper@navy.mil"
    assert gate.check(log("PILOT"), data, ()) == []
    assert gate.check(log(CUSTOMER), data, ()) == [(1, "email")]
    assert gate.check(log("cust-acme"), data, ()) == [(1, "email")]


def test_the_line_is_told() -> None:
    assert gate.check(log(CUSTOMER), b"one\ntwo 536-22-8140\n", ()) == [(2, "ssn")]


def test_the_users_own_address_is_no_leak() -> None:
    assert gate.check(log(CUSTOMER), b"by Ada@Navy.mil", {"ada@navy.mil"}) == []


def test_what_cannot_be_decoded_is_withheld() -> None:
    assert gate.check(log(CUSTOMER), b"fine\n\xff\xfe", ()) == [(2, "undecodable")]


def test_a_finding_in_a_name_is_told_without_the_name() -> None:
    for one in (log(CUSTOMER, "2026-11-21-ada-536-22-8140.md"), log("CUST-536-22-8140")):
        assert gate.check(one, b"fine", ()) == [(gate.FILE_NAME, "ssn")]
    assert "536" not in gate.shown("2026-11-21-ada-536-22-8140.md")
    assert gate.shown("2026-11-21-ada-fine.md") == "2026-11-21-ada-fine.md"


def test_what_only_looks_like_text_is_withheld() -> None:
    assert gate.check(log(CUSTOMER), b"a\0b", ()) == [(1, "undecodable")]
    assert gate.check(log(CUSTOMER), "mail".encode("utf-16-le"), ()) == [(1, "undecodable")]
