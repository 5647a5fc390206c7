"""What is taken of betterleaks' filters."""

from __future__ import annotations

import time

import pytest

from session_sync.scan.scanner.allowlist import Allowlist
from session_sync.scan.scanner.gitleaks import filters

SECRET = 'finding["secret"]'


@pytest.mark.parametrize(
    ("text", "entropy"),
    [
        (f"entropy({SECRET}) <= 3.5", 3.5),
        (f"filter.entropy({SECRET}) < 3", 3),
        (f"// why\nentropy({SECRET}) <= 2.0 // and how", 2),
        (f"(entropy({SECRET}) <= 2.5)", 2.5),
        (f"entropy({SECRET}) <= 2.0 || filter.entropy(finding['secret']) <= 3.0", 3),
        (f"entropy({SECRET}) >= 2.0", 0),
        (f"!(entropy({SECRET}) <= 2.0)", 0),
        ('entropy(finding["match"]) <= 2.0', 0),
        ("", 0),
    ],
)
def test_an_entropy(text: str, entropy: float) -> None:
    assert filters.parsed(text).entropy == entropy
    assert filters.parsed(text).allowlists == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"matchesAny({SECRET}, [`^a\\.b$`])", Allowlist((r"^a\.b$",))),
        (f"filter.matchesAny({SECRET}, [\n  `a`, // first\n  `[\"'`,\n])", Allowlist(("a", "[\"'"))),
        (
            f'matchesAny({SECRET}, [r"""a"b\\d""", r"c\\d", "d\\\\d", \'e\'])',
            Allowlist(('a"b\\d', r"c\d", r"d\d", "e")),
        ),
        ('matchesAny(finding["line"], [`a || b`])', Allowlist(("a || b",), "line")),
        (f'containsAny({SECRET}, ["dummy", "te;st"])', Allowlist(stopwords=("dummy", "te;st"))),
        ('containsAny(finding["match"], ["a.b"])', Allowlist((r"(?i)a\.b",), "match")),
    ],
)
def test_a_list(text: str, expected: Allowlist) -> None:
    assert filters.parsed(text) == (0, [expected], True)
    assert filters.parsed(f"({text} || {text})\n|| entropy({SECRET}) <= 1.0") == (1, [expected, expected], True)


@pytest.mark.parametrize(
    "other",
    [
        'matchesAny(attributes["path"], [`x`])',
        f'!matchesAny({SECRET}, ["[0-9]"])',
        f"failsTokenEfficiency({SECRET})",
        f"filter.tokenRatio({SECRET}) >= 2.5",
        f'(containsAny({SECRET}, ["a"]) && matchesAny(finding["line"], [`b`]))',
        f'(containsAny({SECRET}, ["a"]) || isTest) && (isProd || matchesAny(finding["line"], [`b`]))',
        f'containsAny({SECRET}, ["a"]) && isTest',
        f'let isTest = containsAny({SECRET}, ["a"]) || containsAny({SECRET}, ["b"]) || false; isTest',
        f'matchesAny({SECRET}, ["a"] + others)',
    ],
)
def test_what_looks_elsewhere_lets_nothing_pass(other: str) -> None:
    assert filters.parsed(other) == (0, [], False)
    assert filters.parsed(f"{other} || entropy({SECRET}) <= 2.0")[1:] == ([], False)


@pytest.mark.parametrize(
    "text",
    [
        f"x ? entropy({SECRET}) <= 2.0 || entropy({SECRET}) <= 2.0 : false",
        f"a || entropy({SECRET}) <= 2.0 || b) && (c",
    ],
)
def test_another_form_lets_nothing_pass(text: str) -> None:
    assert filters.parsed(text) == (0, [], False)


@pytest.mark.parametrize("part", ["(", "((a || b) || ", '"', "`", " ", "let a = b; ", "a || ", "[", '"a" ', "r'"])
def test_a_hostile_filter_takes_no_time(part: str) -> None:
    start = time.process_time()
    filters.parsed(part * 50_000)
    filters.parsed(f"matchesAny({SECRET}, [{part * 50_000}")
    assert time.process_time() - start < 5
