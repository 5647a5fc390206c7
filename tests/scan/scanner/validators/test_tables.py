from __future__ import annotations

import pytest

from support.scanning import values
from support.templates import expand

PASSWORD = expand("<<password>>", "password")


@pytest.mark.parametrize(
    ("text", "is_found"),
    [
        ("| host | password |\n|---|---|\n| db1 | {} |", True),
        ("| host | passwords changed |\n|---|---|\n| db1 | {} |", False),
    ],
)
def test_a_password_is_what_stands_in_its_column(text: str, is_found: bool) -> None:
    assert values(text.format(PASSWORD)) == ([PASSWORD] if is_found else [])
