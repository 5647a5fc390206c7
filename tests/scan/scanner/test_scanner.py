from __future__ import annotations

import pytest

from session_sync.scan.scanner import scanner
from support.templates import expand


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
