from __future__ import annotations

import pytest

from session_sync.home import paths
from session_sync.scan.scanner import engine, rule_files
from session_sync.scan.scanner.rule import Rule


def rule(*anchors: str, ignore_case: bool = False) -> Rule:
    return Rule("acme", "secret:acme", anchors, "acme", ignore_case=ignore_case)


def kept() -> set[str]:
    return {path.name for path in paths.state().glob("rules-*.compiled")}


def test_what_an_anchor_must_be_followed_by_is_looked_for_behind_it() -> None:
    found = engine.compiled([rule("acme(?=_{0,2}key=)")]).hits(b"acme_key acme__key=1 acme key=2 acmekey=3 acme")
    assert found == {0: [(13, 36)]}  # ends that are close are one run


def test_case_is_ignored_in_all_of_an_anchor_or_in_none() -> None:
    assert engine.compiled([rule("acme(?=_key)", ignore_case=True)]).hits(b"ACME_KEY") == {0: [(4, 4)]}
    assert engine.compiled([rule("ACME(?=_key)")]).hits(b"ACME_KEY") == {}


def test_rules_with_one_front_are_told_apart_by_what_follows() -> None:
    made = engine.compiled([rule("acme(?=_key)"), rule("acme(?=_id)"), rule("acme")])
    assert made.hits(b"acme_id") == {1: [(4, 4)], 2: [(4, 4)]}


def test_a_lookahead_may_look_back_and_at_any_byte() -> None:
    made = engine.compiled([rule(r"@(?=(?<!git@)[\x80-\xff])")])
    assert made.hits("git@ü x@ü @u".encode()) == {0: [(9, 9)]}


def test_no_rules_find_nothing() -> None:
    assert engine.compiled([]).hits(b"acme") == {}


def test_a_rule_of_a_users_own_without_anchors_is_everywhere() -> None:
    made = engine.compiled([rule("acme"), Rule("b", "secret:b", (), "b", go=True), Rule("c", "secret:c", (), "c")])
    assert made.hits(b"an acme") == {0: [(7, 7)], 1: [(0, 7)]}


def test_choices_of_one_version_are_kept_side_by_side() -> None:
    engine.load()
    whole = kept()
    assert [one.type for one in engine.load(name="ips", wanted=lambda one: one.type == "ip").rules] == ["ip", "ip"]
    assert whole < kept()
    assert {name.partition(".")[0] for name in kept()} == {name.partition(".")[0] for name in whole}
    assert len(kept() - whole) == 1
    assert {one.type for one in engine.load(name="ips").rules} == {"ip"}  # as it was kept


def test_another_version_replaces_all_that_was_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    engine.load()
    engine.load(name="ips", wanted=lambda one: one.type == "ip")
    monkeypatch.setattr(rule_files, "version", lambda own, regional: "f" * 64)
    engine.load(name="none", wanted=lambda one: False)
    assert kept() == {"rules-ffffffffffffffff.none.compiled"}
