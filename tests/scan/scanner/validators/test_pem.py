from __future__ import annotations

import json

import pytest

from session_sync.scan.scanner import scanner
from support.templates import expand

KEY = expand("-----BEGIN RSA PRIVATE KEY-----\n<<pem:5>>\nZq7==\n-----END RSA PRIVATE KEY-----", "pem").split("\n")
PREFIXES = [
    *("", "web_1  | ", "#6 0.245 ", "2026-11-20T10:00:00.1234567Z ", "build\tkey\t10:00:00 ", "REM ", "      ", " * "),
    *("# ", "// ", "-- ", "> ", "+", "-", "config/keys/server2.pem:", "Nov 20 10:00:00 host app[123]: "),
    expand("<<hex:32>> ", "id"),
]


def found(text: str) -> list[str]:
    return [text[one.start : one.end] for one in scanner.scan(text)]


@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
@pytest.mark.parametrize("prefix", PREFIXES)
def test_a_block_goes_from_its_first_line_to_its_last_behind_any_prefix(prefix: str, line_end: str) -> None:
    whole = (line_end + prefix).join(KEY)
    text = f"before{line_end}{prefix}{whole}{line_end}after that{line_end}"
    assert found(text) == [whole]
    in_json = json.dumps({"out": text})
    assert found(in_json) == [json.dumps(whole)[1:-1]]


@pytest.mark.parametrize("prefix", PREFIXES)
def test_a_block_without_its_end_goes_to_its_last_full_line(prefix: str) -> None:
    whole = ("\n" + prefix).join(KEY[:4])
    assert found(f"x\n{prefix}{whole}\n{prefix}done, 3 files\n") == [whole]


@pytest.mark.parametrize("prefix", PREFIXES)
def test_the_lines_before_the_last_one_are_a_key_too(prefix: str) -> None:
    whole = ("\n" + prefix).join(KEY[3:-1])
    assert found(f"x\n{prefix}{whole}\n{prefix}{KEY[-1]}\n") == [whole]


@pytest.mark.parametrize(
    "text",
    [
        "-----BEGIN PRIVATE KEY-----\n...\n-----END PRIVATE KEY-----",
        "if a == '-----BEGIN PRIVATE KEY-----':\n    readLinesOfKey2(line)\nelif a == '-----END PRIVATE KEY-----':",
        "a | -----BEGIN PRIVATE KEY-----\na | loads /etc/Private2/serverConfig1\na | -----END PRIVATE KEY-----",
        '\'-----BEGIN PRIVATE KEY-----\' in x\n"integrity": "sha512-<<base64:86>>=="',
        "<<base64:64>>\n-----END CERTIFICATE-----",
    ],
)
def test_what_only_speaks_of_a_key_is_none(text: str) -> None:
    assert found(expand(text, "none")) == []
