"""Anchors of keywords."""

from __future__ import annotations

import json
import re

import pytest

from session_sync.scan.scanner.gitleaks import keywords

ASSIGNED = (
    r"(?i)[\w.-]{0,50}?(?:loom|weft-?key)(?:[ \t\w.-]{0,20})[\s'\"]{0,3}"
    r"(?:=|>|:{1,3}=|\|\||:|=>|\?=|,)[\x60'\"\s=]{0,5}([a-z0-9+/]{24})(?:[\x60'\"\s;]|\\[nr]|$)"
)


def follows(word: str, pattern: str, text: str) -> bool:
    """Whether `text` may follow `word`."""
    (anchor,) = keywords.anchors([word], pattern)
    front, _, rest = anchor.partition("(?=")
    assert front == re.escape(word)
    return not rest or re.match("(?=" + rest, text, re.IGNORECASE) is not None


@pytest.mark.parametrize(
    ("keyword", "anchor"),
    [("AcMe", "AcMe"), ('"api_key"', "api_key"), ("a b", r"a\ b"), ("q~", r"q\~"), ("k" * 9000, "k" * 100)],
)
def test_a_keyword_is_searched_as_a_log_holds_it(keyword: str, anchor: str) -> None:
    assert keywords.anchors([keyword], "acme") == (anchor,)


@pytest.mark.parametrize("words", [[], [""], ["acme", "x="]])
def test_there_are_none_where_one_keyword_is_too_short(words: list[str]) -> None:
    assert keywords.anchors(words, "acme") == ()


@pytest.mark.parametrize(
    ("word", "pattern", "matching", "other"),
    [
        ("sk", "SK[0-9a-f]{32}", "0a" * 16, "ill issue"),
        ("s.", r"\b(hvs\.[\w-]{90}|s\.(?i:[a-z0-9]{24}))", "a1" * 12, "path is"),
        ("ab", r"(?i)ab(?i)[a-z/]{30}", r"cd\/" * 15, "cd ef"),
        ("loom_", r"loom_[\w-]{20,99}", "x" * 20, "x" * 19),
    ],
)
def test_what_follows_a_keyword_is_looked_at(word: str, pattern: str, matching: str, other: str) -> None:
    assert follows(word, pattern, matching)
    assert not follows(word, pattern, other)


@pytest.mark.parametrize(
    "pattern",
    [
        "loom(?:[a-f0-9]{16}|local)_",
        "loom(?:[a-z]{9})?-",
        "loom[a-z]{9}?x",
        "loom[^a-z]{9}",
        r"loom[\s\w]{9}",
        "loom[a-z]{9}|loom-",
        "(?:loom|weft)[a-z]{9}",
        "LOOM",
        "weft",
        r"loom[\w-z]{9}",  # no range for Python
        "loom[[:alnum:]]{9}",
    ],
)
def test_nothing_is_asked_where_something_else_may_follow(pattern: str) -> None:
    assert keywords.anchors(["loom"], pattern) == ("loom",)


@pytest.mark.parametrize(
    "given",
    [
        *("=%", ' = "%"', "_KEY: '%'", "-token :=  `%`", '": "%"', " key => %", "|| '%'", ", \t'%'"),
        *("\x20\u201c=\u00a0\u201c%", "\\u0022\\u003a = %"),
    ],
)
def test_a_value_that_is_assigned_is_seen_however_it_is_wrapped(given: str) -> None:
    text = given.replace("%", "a1" * 12)
    for wrapped in (text, json.dumps(text)[1:], json.dumps(json.dumps(text))[3:]):
        assert re.match(keywords.anchors(["loom"], ASSIGNED)[0].encode(), b"loom" + wrapped.encode())


@pytest.mark.parametrize("given", ["", " is a word", " = x", ": 'too short'", "=" + "a1" * 9, " a1" * 12])
def test_a_word_to_which_nothing_is_assigned_is_none(given: str) -> None:
    assert not follows("loom", ASSIGNED, given)


def test_a_keyword_beside_the_expression_may_stand_anywhere() -> None:
    assert keywords.anchors(["acme"], ASSIGNED) == ("acme",)
