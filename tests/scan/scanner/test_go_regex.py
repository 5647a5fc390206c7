"""Regular expressions of Go."""

from __future__ import annotations

import re

import pytest

from session_sync.scan.scanner import go_regex


@pytest.mark.parametrize(
    ("pattern", "matching", "other"),
    [
        (r"ac(?i)me", ["acME"], ["ACME"]),
        (r"(?i)a(?-i:b)c", ["AbC"], ["aBc"]),
        (r"(?s:a.)b.c", ["a\nbxc"], ["a\nb\nc"]),
        (r"a\z", ["a"], ["a\n"]),
        (r"^a$", ["a"], ["a\n", "b\na"]),
        (r"(?m)^a$", ["b\na\nb"], ["ab"]),
        (r"[[:alnum:]_-]x", ["9x", "-x"], [":x"]),
        (r"\Qa.b*\E", ["a.b*"], ["axb"]),
        (r"\x{1F600}\x41", ["\U0001f600A"], ["A"]),
        (r"(?P<a>x)(?<b>y)", ["xy"], ["x"]),
        (r"^\pL+$", ["ключ"], ["1"]),
        (r"\w\d\s", ["a1 "], ["ä1 ", "a\u0661 "]),
    ],
)
def test_the_syntax_is_gos(pattern: str, matching: list[str], other: list[str]) -> None:
    assert go_regex.size(pattern) > 1
    assert [text for text in matching if not go_regex.is_in(pattern, text)] == []
    assert [text for text in other if go_regex.is_in(pattern, text)] == []


@pytest.mark.parametrize(
    "pattern",
    [
        *(
            r"(a)\1",
            r"a(?=b)",
            r"(?<!b)a",
            r"(?>a)",
            "a++",
            r"a\Z",
            "(a",
            "a)",
            "[a",
            "a**",
            "*a",
            r"[[:foo:]]",
            r"\p{Foo}",
        ),
        *("a{1001}", "(?:[0-9a-f]{31}x){1000}", r"\p{L}{500}"),
    ],
)
def test_what_go_has_not_or_is_too_large_is_refused_without_a_word(pattern: str, capfd) -> None:
    with pytest.raises(ValueError, match=r"[a-z]{4}"):
        assert go_regex.size(pattern) > 1
    assert capfd.readouterr() == ("", "")  # RE2 would write to stderr


@pytest.mark.parametrize(
    ("pattern", "said"), [("(s3cret-s3cret", "missing )"), ("(?=s3cret)", "invalid perl operator: (?=")]
)
def test_what_is_wrong_is_told_without_the_expression(pattern: str, said: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(said)}$"):
        go_regex.size(pattern)


def test_matches_have_places_in_characters() -> None:
    (found,) = go_regex.matches("(ü)(x?)", "äö-ü", 1)
    assert (found.span(), found.span(1), found[2], found.string) == ((3, 4), (3, 4), "", "äö-ü")


def test_a_search_sees_what_is_before_its_start() -> None:
    assert [one.span() for one in go_regex.matches(r"\bb|^.", "ab b", 1)] == [(3, 4)]


def test_half_a_surrogate_pair_takes_one_place() -> None:
    (found,) = go_regex.matches("key=([a-z]+)", "\ud83d key=abc")
    assert found.span(1) == (6, 9)
    assert go_regex.is_in("abc$", "\udc00abc")


@pytest.mark.parametrize(
    ("pattern", "longest"),
    [
        ("acme", "acme"),
        ("[a-z]{200}", "x" * 200),
        ("(?i)(?:ab|c){3,70}x?", "aB" * 70),
        ("é{50}", "é" * 50),
        (r"[a+*]{9}\+", "+" * 10),
    ],
)
def test_no_match_is_longer_than_the_width(pattern: str, longest: str) -> None:
    (found,) = go_regex.matches(pattern, longest)
    assert found[0] == longest
    assert len(longest.encode()) <= go_regex.width(pattern) < 3 * len(longest.encode()) + 100


@pytest.mark.parametrize("pattern", ["acme.*", "a+", "a{3,}", "(?:ab)*", "[[]x+", "[^]]*", r"\\[+]+"])
def test_what_has_no_end_is_given_much(pattern: str) -> None:
    assert 4096 < go_regex.width(pattern) < 4200


def test_groups_are_counted() -> None:
    assert [go_regex.groups(one) for one in ("a", "(a)(?:b)(?P<n>c)")] == [0, 2]
