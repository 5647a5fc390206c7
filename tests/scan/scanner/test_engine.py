from __future__ import annotations

import sys

import pytest

from session_sync.home import paths
from session_sync.scan.scanner import engine, rule_files
from session_sync.scan.scanner.anchors import Finder
from session_sync.scan.scanner.hyperscan_engine import HyperscanFinder
from session_sync.scan.scanner.python_engine import PythonFinder
from session_sync.scan.scanner.rule import Rule

TEXT = b"198.51.100.7 card 4539578763621486"


def rule(*anchors: str, ignore_case: bool = False) -> Rule:
    return Rule("acme", "secret:acme", anchors, "acme", ignore_case=ignore_case)


@pytest.fixture(params=[HyperscanFinder, PythonFinder])
def finder(request: pytest.FixtureRequest) -> type[Finder]:
    chosen: type[Finder] = request.param
    return chosen


def kept() -> set[str]:
    return {path.name for path in paths.state().glob("rules-*.compiled")}


def test_what_an_anchor_must_be_followed_by_is_looked_for_behind_it(finder: type[Finder]) -> None:
    found = engine.compiled([rule("acme(?=_{0,2}key=)")], finder).hits(
        b"acme_key acme__key=1 acme key=2 acmekey=3 acme"
    )
    assert found == {0: [(13, 36)]}  # ends that are close are one run


def test_case_is_ignored_in_all_of_an_anchor_or_in_none(finder: type[Finder]) -> None:
    assert engine.compiled([rule("acme(?=_key)", ignore_case=True)], finder).hits(b"ACME_KEY") == {0: [(4, 4)]}
    assert engine.compiled([rule("ACME(?=_key)")], finder).hits(b"ACME_KEY") == {}


def test_rules_with_one_front_are_told_apart_by_what_follows(finder: type[Finder]) -> None:
    made = engine.compiled([rule("acme(?=_key)"), rule("acme(?=_id)"), rule("acme")], finder)
    assert made.hits(b"acme_id") == {1: [(4, 4)], 2: [(4, 4)]}


def test_a_lookahead_may_look_back_and_at_any_byte(finder: type[Finder]) -> None:
    made = engine.compiled([rule(r"@(?=(?<!git@)[\x80-\xff])")], finder)
    assert made.hits("git@ü x@ü @u".encode()) == {0: [(9, 9)]}


def test_no_rules_find_nothing(finder: type[Finder]) -> None:
    assert engine.compiled([], finder).hits(b"acme") == {}


def test_a_rule_of_a_users_own_without_anchors_is_everywhere(finder: type[Finder]) -> None:
    made = engine.compiled(
        [rule("acme"), Rule("b", "secret:b", (), "b", go=True), Rule("c", "secret:c", (), "c")], finder
    )
    assert made.hits(b"an acme") == {0: [(7, 7)], 1: [(0, 7)]}


def test_what_is_kept_serves_every_choice_of_the_rules() -> None:
    whole = engine.load()
    kept_once = kept()
    addresses = engine.load(wanted=lambda one: one.type == "ip")
    assert kept() == kept_once
    assert addresses.rules == whole.rules
    assert {whole.rules[number].type for number in addresses.wanted} == {"ip"}
    every = whole.hits(TEXT)
    assert addresses.hits(TEXT) == {number: every[number] for number in every if number in addresses.wanted} != every


def test_another_version_replaces_what_was_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    engine.load()
    monkeypatch.setattr(rule_files, "version", lambda own, regional: "f" * 64)
    engine.load()
    assert kept() == {"rules-ffffffffffffffff.compiled"}


def test_without_hyperscan_re_finds_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    before = engine.load()
    monkeypatch.setitem(sys.modules, HyperscanFinder.__module__, None)
    made, again = engine.load(), engine.load()
    monkeypatch.undo()
    assert made.hits(TEXT) == again.hits(TEXT)
    assert set(made.hits(TEXT)) == set(before.hits(TEXT))
    assert engine.load().hits(TEXT) == before.hits(TEXT)


@pytest.mark.parametrize("damage", [b"", b"6\n", b"6\n" + bytes(40)])
def test_what_is_damaged_is_made_again(damage: bytes) -> None:
    engine.load()
    path = paths.rules_file(rule_files.version(None, False))
    whole = path.read_bytes()
    path.write_bytes(damage)
    engine.load()
    assert path.read_bytes() == whole
