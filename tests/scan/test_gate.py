from __future__ import annotations

import pytest

from session_sync.errors import UsageError
from session_sync.home import paths
from session_sync.home.config import Config, PolicyRule
from session_sync.scan import gate
from session_sync.scan.gate import Gate
from session_sync.scan.ignore import Ignore
from session_sync.scan.scanner.scanner import Scanner
from support.templates import expand

CUSTOMER = "CUST-acme-x"
TOKEN = expand("ghp_<<alnum:36>>", "gate")
EMAIL = b"grace.hopper@navy.mil"
STANDARD = Gate(Config(), Ignore())


def log(project: str, name: str = "a.md") -> tuple[str, str]:
    """The path and the project of a log in the store."""
    return f"projects/{project}/{name}", project


def test_customers_are_strict_and_others_keep_secrets_only() -> None:
    assert STANDARD.check(*log("PILOT"), EMAIL) == []
    assert STANDARD.check(*log(CUSTOMER), EMAIL) == [(1, "email")]
    assert STANDARD.check(*log("cust-acme"), EMAIL) == [(1, "email")]
    for project in ("PILOT", CUSTOMER):
        assert STANDARD.check(*log(project), f"GITHUB={TOKEN}".encode()) == [(1, "secret:github")]
        assert STANDARD.check(*log(project), b"card 4539 5787 6362 1486") == [(1, "credit_card")]


def test_the_policy_of_a_project_decides() -> None:
    chosen = Gate(Config(policies=(PolicyRule("OPEN", "off"), PolicyRule("TEAM", "standard", "inline"))), Ignore())
    assert chosen.check(*log("OPEN"), TOKEN.encode() + b"\xff") == []
    assert chosen.check(*log("TEAM"), EMAIL + b" password: t9!Kestrel4") == [(1, "email")]
    assert chosen.check(*log("TEAM"), TOKEN.encode()) == [(1, "secret:github")]


def test_the_line_is_told() -> None:
    assert STANDARD.check(*log(CUSTOMER), b"one\ntwo 536-22-8140\n") == [(2, "ssn")]


def test_the_users_own_address_is_no_leak() -> None:
    assert gate.load(Config(), "ada@Navy.mil").check(*log(CUSTOMER), b"by Ada@navy.mil") == []


def test_what_the_user_ignores_passes_with_its_reason() -> None:
    paths.home().mkdir(parents=True, exist_ok=True)
    paths.ignore_file().write_text("- path: projects/CUST-acme-x/**\n  rule: email\n  reason: public contact\n")
    chosen = gate.load(Config(), "")
    assert chosen.check(*log(CUSTOMER), EMAIL + b" 536-22-8140") == [(1, "ssn")]
    assert chosen.check(*log("CUST-other"), EMAIL) == [(1, "email")]
    assert chosen.version != STANDARD.version
    paths.ignore_file().write_text("- rule: email\n")
    with pytest.raises(UsageError, match="needs a reason"):
        gate.load(Config(), "")


def test_what_cannot_be_decoded_is_withheld() -> None:
    for project in ("PILOT", CUSTOMER):
        assert STANDARD.check(*log(project), b"fine\n\xff\xfe") == [(2, "undecodable")]


def test_what_only_looks_like_text_is_withheld() -> None:
    assert STANDARD.check(*log(CUSTOMER), b"a\0b") == [(1, "undecodable")]
    assert STANDARD.check(*log(CUSTOMER), "mail".encode("utf-16-le")) == [(1, "undecodable")]


def test_a_finding_in_a_name_is_told_without_the_name() -> None:
    for one in (log(CUSTOMER, "2026-11-21-ada-536-22-8140.md"), log("CUST-536-22-8140")):
        assert STANDARD.check(*one, b"fine") == [(gate.FILE_NAME, "ssn")]
    assert "536" not in STANDARD.shown("2026-11-21-ada-536-22-8140.md")
    assert STANDARD.shown("2026-11-21-ada-fine.md") == "2026-11-21-ada-fine.md"


@pytest.mark.parametrize("error", [RuntimeError("broken"), TimeoutError("slow"), MemoryError()])
def test_what_the_scanner_fails_on_is_withheld(error: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr(Scanner, "scan", fail)
    assert STANDARD.check(*log("PILOT"), b"fine") == [(1, "unscannable")]


def test_what_a_machine_says_of_itself_holds_no_secret() -> None:
    assert TOKEN not in STANDARD.published(f'{{"hostname": "{TOKEN}"}}')
    assert STANDARD.published('{"hostname": "ada-laptop"}') == '{"hostname": "ada-laptop"}'


def test_what_may_pass_hides_nothing_that_may_not() -> None:
    kept = Gate(Config(policies=(PolicyRule("TEAM", "secrets", "inline"),)), Ignore())
    for text in (f'password = "{TOKEN} and more1"', f"PGPASSWORD={TOKEN}#x1", f"remote: {TOKEN}@github.com/acme/app"):
        assert (1, "secret:github") in kept.check(*log("TEAM"), text.encode()), text
    assert STANDARD.check(*log("PILOT"), f"remote: {TOKEN}@github.com/acme/app.git".encode()) == [(1, "secret:github")]
