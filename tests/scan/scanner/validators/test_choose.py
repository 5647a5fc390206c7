from __future__ import annotations

import re

import pytest

from session_sync.scan.scanner import rule_files
from session_sync.scan.scanner.candidate import Candidate
from session_sync.scan.scanner.rule import Rule
from session_sync.scan.scanner.validators import choose
from support.templates import expand


def candidate(text: str) -> Candidate:
    match = re.search(r".+", text)
    assert match
    return Candidate(text, *match.span(), match, ("US",))


def test_every_validator_that_a_rule_names_is_there() -> None:
    rules = rule_files.load(None, True)
    named = {one.validator for one in rules if one.validator}
    assert len(named) > 10
    assert all(callable(choose.of(one)) for one in rules)


@pytest.mark.parametrize(
    ("text", "is_one"),
    [("<<alnum:32>>", True), ("YOUR_API_KEY", False), ("xxxxxxxxxxxx", False), ("-----BEGIN PRIVATE KEY-----", True)],
)
def test_a_secret_without_a_validator_of_its_own_is_no_placeholder(text: str, is_one: bool) -> None:
    found = candidate(expand(text, "secret"))
    assert choose.of(Rule("a", "secret:a", (), "a"))(found) == (found.place if is_one else None)


def test_anything_else_without_one_is_what_it_matched() -> None:
    found = candidate("YOUR_API_KEY")
    assert choose.of(Rule("a", "ip", (), "a"))(found) == found.place
    assert choose.of(Rule("a", "secret:a", (), "a", validator="any"))(found) == found.place
