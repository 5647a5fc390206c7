"""Why a finding counts is told with its line; no value is in it, whatever else the line holds."""

from __future__ import annotations

import io

import pytest

from session_sync.scan.explanation import Explainer, Explanation
from session_sync.scan.files import examination, passages
from session_sync.scan.files.verdicts import Known
from session_sync.scan.scanner import scanner
from session_sync.scan.scanner.stream import Scan
from support.templates import expand

MAIL = "grace.hopper@navy.mil"
TOKEN = expand("ghp_<<alnum:36>>", "explained")
PASSWORD = expand("<<password>>", "explained")
PEM = expand("-----BEGIN RSA PRIVATE KEY-----\n<<pem:25>>\n-----END RSA PRIVATE KEY-----", "explained")


def explained(text: str) -> dict[str, Explanation]:
    """The explanations of all findings in `text`, the outermost one of each type."""
    data = text.encode("utf-8", "surrogatepass")
    found = list(examination.examine_stream(Scan(io.BytesIO(data), scanner.default())))
    made = passages.explained(Explainer(scanner.default()), io.BytesIO(data), found, found)
    assert len(made) == len(found) > 0
    return {one.finding.type: why for one, why in reversed(made.items())}


def test_what_made_a_rule_find_it_is_told() -> None:
    token = explained(f"see {TOKEN} there")["secret:github"]
    assert token.because == "it begins with `ghp_`"
    assert (token.length, token.defined) == (40, "rules/code.yaml")
    assert "GitHub" in token.source
    assert (token.blocked_at, token.may_be_inline) == (["secrets", "standard", "strict"], False)
    password = explained(f"export DB_PASSWORD={PASSWORD}\n")["secret:password"]
    assert password.because == "`PASSWORD=` stands before it"
    assert password.may_be_inline
    assert explained(f"by {MAIL}")["email"].blocked_at == ["standard", "strict"]


def test_the_line_is_shown_and_all_values_on_it_are_masked() -> None:
    text = explained(f"one\nsend {TOKEN} to {MAIL}, not {TOKEN}\nthree")["email"].text
    assert text.startswith("send [REDACTED:secret:github:")
    assert " to [REDACTED:email:" in text
    assert text.count("REDACTED") == 3


@pytest.mark.parametrize(
    "before", ["x" * 5_000, "\x1b[31mred\x1b]8;;http://a\x07 ", "\u202e", '{"a": "é\\n', "\ud800"[:0]]
)
@pytest.mark.parametrize("behind", ["y" * 5_000, "\r\nnext", "\\n\x1b[0m", ""])
def test_no_value_and_no_control_character_is_told(before: str, behind: str) -> None:
    for why in explained(f"a\n{before} password = '{PASSWORD}' {TOKEN} {MAIL} {PASSWORD} {behind}").values():
        told = "\n".join(why.lines())
        assert not [value for value in (PASSWORD, TOKEN, TOKEN[8:20], MAIL) if value in told]
        assert told.replace("\n", "").isprintable()
        assert len(why.text) < 600


def test_what_touches_a_value_is_masked_with_it() -> None:
    text = explained(f"export DB_PASSWORD={PASSWORD};more and then")["secret:password"].text
    assert text.endswith("] and then")
    assert "more" not in text


def test_a_value_of_several_lines_is_one_tag() -> None:
    why = explained(f"one\nkey: {PEM}\nnext")["secret:private_key"]
    assert why.text.startswith("key: [REDACTED:secret:private_key:")
    assert why.text.endswith("]")


def test_what_is_not_there_any_more_has_no_explanation() -> None:
    found = list(examination.examine_stream(Scan(io.BytesIO(f"by {MAIL}".encode()), scanner.default())))
    explainer = Explainer(scanner.default())
    for now in (b"", b"by somebody else, who has no address"):
        assert passages.explained(explainer, io.BytesIO(now), found, found) == {}


def test_findings_far_apart_in_a_long_text_are_all_explained() -> None:
    text = ("é" * 700_000).join(["", f" {MAIL} ", f" {TOKEN} ", f" mail {MAIL}"])
    found: list[Known] = list(examination.examine_stream(Scan(io.BytesIO(text.encode()), scanner.default())))
    made = passages.explained(Explainer(scanner.default()), io.BytesIO(text.encode()), found, found)
    assert sorted(made) == found
    assert len(found) == 3
