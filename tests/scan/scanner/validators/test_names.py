from __future__ import annotations

import pytest

from session_sync.scan.scanner import scanner
from support.templates import expand

PASSWORD = expand("<<password>>", "password")


@pytest.mark.parametrize(
    "name",
    ["DB_PASS", "dbpass", "ftppass", "userPass", "smtp.pass", "MYSQLPASS", "pw", "olcRootPW", "DB_PW", "p/w"],
)
def test_a_short_name_is_a_passwords_as_a_whole_part(name: str) -> None:
    assert len(scanner.scan(f"{name}: {PASSWORD}\n")) == 1


@pytest.mark.parametrize("name", ["compass", "bypass", "renderPass", "render pass", "low_pass", "passCount", "npw"])
def test_a_part_of_another_word_is_no_name(name: str) -> None:
    assert scanner.scan(f"{name}: {PASSWORD}\n") == []


def test_a_lone_pass_takes_a_name_for_a_value_only_beside_a_login() -> None:
    assert scanner.scan("pass: hunter2\n") == []
    assert len(scanner.scan("user: bob\npass: hunter2\n")) == 1
