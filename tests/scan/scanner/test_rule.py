from __future__ import annotations

from pathlib import Path

import pytest

from session_sync.scan.scanner import rule
from session_sync.scan.scanner.allowlist import Allowlist
from session_sync.scan.scanner.rule import Rule


def found(one: Rule, text: str) -> list[str]:
    return [text[slice(*one.place(match))] for match in one.matches(text, 0)]


@pytest.mark.parametrize("text", ["ab12", "x ab12.", "中ab12", "%20ab12"])
def test_a_match_stands_by_itself(text: str) -> None:
    assert found(Rule("a", "secret:a", (), "ab12"), text) == ["ab12"]


@pytest.mark.parametrize("text", ["xab12", "ab123", "ab12x"])
def test_a_match_within_a_word_counts_only_for_a_rule_without_bounds(text: str) -> None:
    assert found(Rule("a", "secret:a", (), "ab12"), text) == []
    assert found(Rule("a", "secret:a", (), "ab12", bounded=False), text) == ["ab12"]


def test_a_letter_of_any_script_is_one_in_a_mailbox_alone() -> None:
    assert found(Rule("a", "secret:a", (), r"\w+@x"), "müller@x") == ["ller@x"]
    assert found(Rule("a", "email", (), r"\w+@x"), "müller@x") == ["müller@x"]


def test_the_value_is_the_group_of_that_name() -> None:
    assert found(Rule("a", "secret:a", (), r"key=(?P<value>\d+)"), "key=12 key=3") == ["12", "3"]


def test_the_value_of_a_rule_of_gos_is_the_first_group_that_is_not_empty() -> None:
    assert found(Rule("a", "secret:a", (), r"key=(a+)?(\s\d+\s)?", go=True), "key=\n12\n") == ["12"]
    assert found(Rule("a", "secret:a", (), r"(k)ey=(\d+)", go=True, secret_group=2), "key=12") == ["12"]


def test_a_file_becomes_rules_with_its_macros_filled_in(tmp_path: Path) -> None:
    path = tmp_path / "own.yaml"
    path.write_text(
        "- {id: a, type: 'secret:a', anchors: ['key'], pattern: '(?i:%SECRET%)=x', examples: [token=x],"
        " allowlists: [{stopwords: [test]}]}\n"
    )
    (one,) = rule.of_content(rule.of_file(path))
    assert found(one, "xtoken=x Token=x") == ["Token=x"]
    assert (one.anchors, one.allowlists) == (("key",), (Allowlist(stopwords=["test"]),))
