"""The rules in the files: every rule's own examples are its test."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from session_sync.home import paths
from session_sync.scan.scanner import engine, rule, rule_files, scanner
from support.templates import expand, labelled

FILES = sorted(paths.RULES.glob("*.yaml"))
RULES = [one for path in FILES for one in rule.of_file(path)]
REGIONS = ("US", "DE")
SEEDS = 4


def alone(one: dict[str, Any]) -> scanner.Scanner:
    """A scanner that knows the rule `one` alone."""
    return scanner.Scanner(engine.compiled(rule.of_content([one])), REGIONS)


def values(using: scanner.Scanner, text: str) -> list[str]:
    return [text[found.start : found.end] for found in using.scan(text)]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_a_file_of_rules_keeps_its_schema(path: Path) -> None:
    from jsonschema import Draft202012Validator

    schema = json.loads((paths.SCHEMAS / "rules.json").read_text())
    errors = Draft202012Validator(schema).iter_errors(rule.of_file(path))
    assert [f"{error.json_path}: {error.message}" for error in errors] == []


def test_ids_are_unique() -> None:
    ids = [one["id"] for one in RULES]
    assert len(set(ids)) == len(ids)


@pytest.mark.parametrize("one", RULES, ids=lambda one: one["id"])
def test_a_rule_finds_its_examples_and_nothing_else(one: dict[str, Any]) -> None:
    using = alone(one)
    for number, example in enumerate(one["examples"]):
        for seed in range(SEEDS):
            text, labels = labelled(example.replace("⟦", "⟦-|"), f"{number}-{seed}")
            assert values(using, text) == [text[start:end] for _, start, end in labels] != [], text
    for number, example in enumerate(one["counterexamples"]):
        text = expand(example, str(number))
        assert values(using, text) == [], text


@pytest.fixture(scope="module")
def every() -> scanner.Scanner:
    """All rules, those of a region included."""
    return scanner.Scanner(engine.compiled(rule_files.load(None, True)), REGIONS)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_the_whole_scanner_finds_every_example(every: scanner.Scanner, path: Path) -> None:
    for one in rule.of_file(path):
        for number, example in enumerate(one["examples"]):
            text, ((_, start, end),) = labelled(example.replace("⟦", "⟦-|"), str(number))
            assert any(found.start <= start and end <= found.end for found in every.scan(text)), (one["id"], text)


BORDERS = [  # the letters and digits of these belong to no token behind them
    *("\n", "\\n", "\\\\n", "\t", "\\t", '\\"'),
    *("\x1b[93m", "\\u001b[93m", "\\x1b[1;32m", "\\033[0m"),
    *("%20", "%3D", "&quot;", "&#39;", "&nbsp;"),
]


def is_known_alone(using: scanner.Scanner, value: str) -> bool:
    return any((found.start, found.end) == (0, len(value)) for found in using.scan(value))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_a_secret_known_by_its_shape_is_found_behind_whatever_ends_a_word(every: scanner.Scanner, path: Path) -> None:
    for one in rule.of_file(path):
        for number, example in enumerate(one["examples"] if one["type"].startswith("secret:") else ()):
            text, ((_, start, end),) = labelled(example.replace("⟦", "⟦-|"), str(number))
            for border in BORDERS if is_known_alone(every, text[start:end]) else ():
                behind = border + text[start:end]
                places = [(found.start, found.end) for found in every.scan(behind)]
                assert any(first <= len(border) and last == len(behind) for first, last in places), (one["id"], behind)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_every_example_is_found_behind_an_escaped_line_end(every: scanner.Scanner, path: Path) -> None:
    for one in rule.of_file(path):
        for number, example in enumerate(one["examples"]):
            for border in ("\\n", "\\t", "\\u001b[93m"):
                text, ((_, start, end),) = labelled(border + example.replace("⟦", "⟦-|"), str(number))
                assert any(found.start <= start and end <= found.end for found in every.scan(text)), (one["id"], text)


def own_rules(folder: Path) -> Path:
    """A user's file of one rule."""
    path = folder / "own.toml"
    path.write_text("[[rules]]\nid = 'acme'\nregex = 'acme-[a-z0-9]{20}'\nkeywords = ['acme-']\n")
    return path


def test_a_version_changes_with_whatever_may_change_a_verdict(tmp_path: Path) -> None:
    own = own_rules(tmp_path)
    versions = {rule_files.version(None, False), rule_files.version(None, True), rule_files.version(own, False)}
    assert len(versions) == 3
    assert rule_files.version(None, False) in versions


def test_the_rules_of_a_user_and_of_regions_are_added(tmp_path: Path) -> None:
    own = own_rules(tmp_path)
    ours = rule_files.load(None, False)
    assert [one.id for one in rule_files.load(own, False)[len(ours) :]] == ["user-acme"]
    regional = [one for one in rule_files.load(None, True) if one not in ours]
    assert regional
    assert all(one.regional for one in regional)


@pytest.mark.parametrize(
    "judge",
    [
        paths.RULES / "keys.yaml",
        paths.SCRIPTS / "session_sync" / "scan" / "scanner" / "validators" / "pem.py",
        paths.SCRIPTS / "session_sync" / "scan" / "files" / "examination.py",
        paths.PLUGIN_ROOT / "requirements.lock",
    ],
    ids=lambda path: path.name,
)
def test_a_version_changes_with_each_file_that_judges(judge: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = rule_files.version.__wrapped__(None, False)
    read = Path.read_bytes
    monkeypatch.setattr(Path, "read_bytes", lambda path: read(path) + b"#" * (path == judge))
    assert rule_files.version.__wrapped__(None, False) != before
