from __future__ import annotations

import json

import pytest

from session_sync.scan.scanner import scanner
from session_sync.scan.scanner.unwrap import plain
from support.templates import expand

TOKEN = expand("ghp_<<alnum:36>>", "plain")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (r"a\nb", "a\n\nb"),
        (r"say \"x\"", 'say ""x""'),
        (r"\\\"x\\\"", '""""x""""'),
        (r"a\u003db", "a     =b"),
        (r"a\u00e9b", "a     éb"),
        (r"a\u0026b", "a&&&&&&b"),
        (r"a\u002Bb", "a++++++b"),
        ("a=&quot;b&quot;", 'a=""""""b""""""'),
        ("&amp;quot;b&#39;&#x27;", '""""""""""b' + "'" * 11),
        ("a&amp;b&lt;c&gt;d", "a&&&&&b   <c   >d"),
        ("&#10;a &unknown; &&", "\n\n\n\n\na &unknown; &&"),
        ("a%3Db%26c%3D1", "a  =b&&&c  =1"),
        ("a%253Db", "a    =b"),
        ("%7B%22a%22%3A%22b%22%7D", '  {"""a"""  :"""b"""  }'),
        ("p%40ss%3A%2F%20sig=x%2B%3D%3D&y", "p%40ss%3A%2F%20sig=x%2B%3D%3D&y"),
        ("100%25 %s %3D", "100%25 %s %3D"),
        ("\x1b[31mred\x1b[0m", "     red    "),
        (r"\u001b[31mred", "          red"),
        ("4111\u00a01111\u20112222", "4111 1111-2222"),
        ("“x”", '"x"'),
        ("C:\\Users", "C:\\Users"),
    ],
)
def test_wrapping_is_taken_off_at_the_same_length(text: str, expected: str) -> None:
    assert plain(text) == expected
    assert len(plain(text)) == len(text)


@pytest.mark.parametrize("before", ["中", "é", "\u2028", "😀", "\x1b", "\x00", "\n", "=", "ü"])
def test_a_token_behind_an_escape_is_found(before: str) -> None:
    for text in (before + TOKEN, json.dumps(before + TOKEN), json.dumps(json.dumps(before + TOKEN)), f"t%3D{TOKEN}"):
        (found,) = scanner.scan(text)
        assert text[found.start : found.end] == TOKEN, text
