"""What a user's allowlist lets pass."""

from __future__ import annotations

import json
import re
import time
from dataclasses import asdict

import pytest

from session_sync.scan.scanner.allowlist import Allowlist

RANDOM = "Nil1Jiifoov6Oodieb6ahF5ihohboht3gehookGeeM6Yamiek2wol3cath7We7aa"


def allows(one: Allowlist, text: str, pattern: str = r"key=(\S+)") -> bool:
    match = re.search(pattern, text)
    assert match
    return one.allows(match, match[1])


def test_one_without_conditions_allows_nothing() -> None:
    assert not allows(Allowlist(), "key=abc")
    assert not allows(Allowlist(every=True), "key=abc")


@pytest.mark.parametrize(
    ("target", "allowed"),
    [
        ("secret", ["^s3cret$"]),
        ("match", ["^s3cret", "^key=s3cret$", "key"]),
        ("line", ["first", "^before key=s3cret behind$", "third"]),
    ],
)
def test_a_regex_sees_its_target_only(target: str, allowed: list[str]) -> None:
    text = "first\nbefore key=s3cret behind\nthird"
    held = [one for one in allowed if allows(Allowlist(regexes=(one,), target=target), text)]
    assert held == {"secret": allowed, "match": allowed[1:], "line": allowed[1:2]}[target]


def test_the_line_is_all_lines_of_a_match() -> None:
    one = Allowlist(regexes=("^a key=x\ny z$",), target="line")
    assert allows(one, "no\na key=x\ny z\nno", r"key=(x\ny)")


@pytest.mark.parametrize("secret", ["example", "my-EXAMPLE-0123456789-0123456789", "examplepassword", "xx_example"])
def test_a_stopword_that_tells_what_the_secret_is_allows_it(secret: str) -> None:
    assert allows(Allowlist(stopwords=("Example",)), f"key={secret}")


@pytest.mark.parametrize(
    ("word", "secret"),
    [("hook", RANDOM), ("a", "xaxxxxxx"), ("", "abc"), ("abc", "abd"), ("b", "-abc-abc-abc")],
)
def test_a_stopword_that_chance_put_into_a_secret_does_not(word: str, secret: str) -> None:
    assert not allows(Allowlist(stopwords=(word,)), f"key={secret}")


def test_a_stopword_does_not_look_beside_the_secret() -> None:
    assert not allows(Allowlist(stopwords=("key",)), "key=s3cret")


def test_every_needs_both_kinds_of_condition() -> None:
    both = {"regexes": ("^abc",), "stopwords": ("dummy",)}
    assert allows(Allowlist(**both), "key=abc")
    assert not allows(Allowlist(**both, every=True), "key=abc")
    assert allows(Allowlist(**both, every=True), "key=abc-dummy")
    assert allows(Allowlist(regexes=("^abc",), every=True), "key=abc")


def test_it_survives_json() -> None:
    one = Allowlist(("a",), "line", ("b",), every=True)
    assert Allowlist(**json.loads(json.dumps(asdict(one)))) == one
    assert hash(Allowlist(**json.loads(json.dumps(asdict(one)))))


def test_no_expression_is_searched_for_when_the_time_is_over() -> None:
    match = re.search("key=(.*)", "key=abc")
    assert match
    assert not Allowlist(regexes=("abc",)).allows(match, "abc", time.monotonic() - 1)
    assert Allowlist(stopwords=("abc",)).allows(match, "abc", time.monotonic() - 1)
