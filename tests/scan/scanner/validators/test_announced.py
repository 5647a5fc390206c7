from __future__ import annotations

import base64

import pytest

from support.scanning import values
from support.templates import expand

PASSWORD = expand("<<password>>", "password")


def test_a_password_ends_before_the_punctuation_of_its_sentence() -> None:
    assert values(f"the password is {PASSWORD}.") == [PASSWORD]


@pytest.mark.parametrize(
    ("login", "is_found"), [(f"ada:{PASSWORD}", True), ("ada", False), ("ada:", False), ("ada:changeme", False)]
)
def test_a_login_in_base64_counts_by_its_password(login: str, is_found: bool) -> None:
    coded = base64.b64encode(login.encode()).decode()
    assert values(f"send Basic {coded}") == ([coded] if is_found else [])
