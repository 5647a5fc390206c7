from __future__ import annotations

import pytest

from session_sync.scan.scanner import scanner


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("password=Zc4k#4yYLt!, user=bob", "Zc4k#4yYLt!"),
        ("{user=admin, password=Gr7(x)W9}", "Gr7(x)W9"),
        ("UID=sa;PWD={PM4TY;tLYQ!};Encrypt=yes", "PM4TY;tLYQ!"),
        (r'{"password": "QI2VD\"ReGr1VFo", "x": 1}', r"QI2VD\"ReGr1VFo"),
        ("password: ${DB_PASSWORD:-Kestrel9!x}", "Kestrel9!x"),
        ("**Password**: **Kestrel9!x**", "Kestrel9!x"),
        ("http://h/x?password=Kestrel9!x&page=2", "Kestrel9!x"),
    ],
)
def test_a_value_ends_where_it_was_written_to_end(text: str, value: str) -> None:
    assert [text[one.start : one.end] for one in scanner.scan(text)] == [value]
