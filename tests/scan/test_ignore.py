from __future__ import annotations

import json
import os
from datetime import date, timedelta
from pathlib import Path

import pytest

from session_sync.errors import UsageError
from session_sync.home import paths
from session_sync.scan import ignore, tags
from session_sync.scan.scanner.scanner import Finding

EMAIL = Finding(3, 9, "email", "email-address")
YESTERDAY, TODAY = date.today() - timedelta(days=1), date.today()
HASH = "0" * 32


def loaded(tmp_path: Path, text: str) -> ignore.Ignore:
    path = tmp_path / ".piiignore"
    path.write_text(text)
    return ignore.load(path)


def covers(tmp_path: Path, entry: str, name: str = "a/b/c.md", value: str = "ada@navy.mil") -> bool:
    return loaded(tmp_path, f"- {{reason: made up, {entry}}}\n").covers(name, EMAIL, value)


@pytest.mark.parametrize("text", ["", "# nothing yet\n", "[]\n"])
def test_nothing_is_ignored_by_default(text: str, tmp_path: Path) -> None:
    assert ignore.load(tmp_path / "missing") == loaded(tmp_path, text) == ignore.Ignore()
    assert not ignore.Ignore().covers("a.md", EMAIL, "ada@navy.mil")


@pytest.mark.parametrize(
    ("glob", "name", "fits"),
    [
        ("a/b/c.md", "a/b/c.md", True),
        ("c.md", "a/b/c.md", False),
        ("*.md", "a/b/c.md", False),
        ("*.md", "c.md", True),
        ("a/*", "a/b/c.md", False),
        ("a/*/c.md", "a/b/c.md", True),
        ("a/**", "a/b/c.md", True),
        ("a/**", "ab/c.md", False),
        ("**", "a/b/c.md", True),
        ("**/*.md", "c.md", True),
        ("**/*.md", "a/b/c.md", True),
        ("**/b/**/c.md", "a/b/c.md", True),
        ("a/**/**/c.md", "a/b/c.md", True),
        ("a/**/d.md", "a/b/c.md", False),
        ("a/?/[a-c].md", "a/b/c.md", True),
        ("A/b/c.md", "a/b/c.md", False),
        ("a.b", "aXb", False),
    ],
)
def test_globs_are_relative_to_the_folder(glob: str, name: str, fits: bool, tmp_path: Path) -> None:
    assert covers(tmp_path, f"path: '{glob}'", name) == fits


def test_a_hostile_glob_takes_no_more_than_linear_time(tmp_path: Path) -> None:
    assert not covers(tmp_path, f"path: '{'**/' * 200}{'*a' * 50}'", "a/" * 2000 + "a" * 200 + "b")


@pytest.mark.parametrize(("rule", "fits"), [("email", True), ("email-address", True), ("ssn", False), ("e*", False)])
def test_a_rule_is_named_by_its_id_or_type(rule: str, fits: bool, tmp_path: Path) -> None:
    assert covers(tmp_path, f"rule: {rule}") == fits


def test_a_value_is_named_by_its_keyed_hash(tmp_path: Path) -> None:
    assert covers(tmp_path, f"value: {tags.tag('ada@navy.mil')}")
    assert not covers(tmp_path, f"value: {tags.tag('ada@navy.mil')}", value="bob@navy.mil")


@pytest.mark.parametrize(
    ("entry", "counts"),
    [
        ("path: fixtures/x.ini", False),
        ("path: fixtures/x.ini, rule: email", True),
        ("rule: email", True),
        (f"value: '{HASH}'", True),
        ("path: '**', rule: email", False),
        ("path: '*', rule: email", False),
        ("path: '**/*', rule: email", False),
        ("path: '**/[!?]?*.*', rule: email", False),
        ("path: '**/fixtures/**', rule: email", True),
    ],
)
def test_in_a_shared_tree_only_narrow_entries_count(entry: str, counts: bool, tmp_path: Path) -> None:
    given = loaded(tmp_path, f"- {{reason: made up, {entry}}}\n")
    kept, warnings = given.narrow()
    assert kept == (given if counts else ignore.Ignore())
    assert [text[:8] for text in warnings] == ([] if counts else ["At '[0]'"])


def test_all_that_is_given_must_fit(tmp_path: Path) -> None:
    tag = tags.tag("ada@navy.mil")
    assert covers(tmp_path, f"path: 'a/**', rule: email, value: {tag}")
    assert not covers(tmp_path, f"path: 'b/**', rule: email, value: {tag}")
    assert not covers(tmp_path, f"path: 'a/**', rule: ssn, value: {tag}")


def test_one_entry_is_enough(tmp_path: Path) -> None:
    text = "- {path: x, reason: a}\n- {rule: email, reason: b}\n"
    assert loaded(tmp_path, text).covers("y", EMAIL, "ada@navy.mil")


def test_words_and_numbers_of_yaml_are_texts(tmp_path: Path) -> None:
    entries = loaded(tmp_path, f"- {{rule: no, path: 1.0, value: {'1' * 32}, reason: 5, expires: {TODAY}}}").entries
    assert entries == (ignore.IgnoreEntry("5", "1.0", "no", "1" * 32, str(TODAY)),)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("- {path: a}", "At '[0]': needs a reason in .piiignore"),
        ("- {path: a, reason: x}\n- {path: a, reason: ' '}", "At '[1].reason': must say why this is not a leak"),
        ("- {path: a, reason: }", "At '[0].reason': must say why"),
        ("- {reason: x}", "At '[0]': needs a path, a rule or a value"),
        ("- {reason: x, expires: 2999-01-01}", "At '[0]': needs a path, a rule or a value"),
        ("- {path: a, reason: x, ada@navy.mil: y}", "At '[0]': has a key besides path, rule, value, reason, expires"),
        ("- {value: ada@navy.mil, reason: x}", "At '[0].value': must be the 32 hex digits that reports show"),
        (f"- {{value: {HASH}0, reason: x}}", "At '[0].value': must be the 32 hex digits that reports show"),
        ("- {rule: [ada@navy.mil], reason: x}", "At '[0].rule': must be a rule or a type"),
        ("- {path: /a, reason: x}", "At '[0].path': must be a glob relative to this file's folder"),
        ("- {path: ../a, reason: x}", "At '[0].path': must be a glob"),
        ("- {path: a/, reason: x}", "At '[0].path': must be a glob"),
        ("- {path: 'a\\b', reason: x}", "At '[0].path': must be a glob"),
        (f"- {{path: a, reason: x, expires: {YESTERDAY}}}", f"At '[0].expires': the entry expired on {YESTERDAY}; "),
        ("- {path: a, reason: x, expires: 2999-02-30}", "At '[0].expires': must be a date such as 2027-12-31"),
        ("- {path: a, reason: x, expires: soon}", "At '[0].expires': must be a date such as 2027-12-31"),
        ("- ada@navy.mil", "At '[0]': must have keys: path, rule, value, reason, expires"),
        ("path: a", "At '': must be a list of entries in .piiignore"),
        ("ada@navy.mil", "At '': must be a list of entries in .piiignore"),
        ("- &a {path: x, reason: y}\n- *a", ".piiignore uses aliases (*name), which it must not"),
        ("- {x]", ".piiignore is not valid YAML at line 1; fix it"),
        ("[" * 3_000 + "]" * 3_000, ".piiignore is not valid YAML"),
        ("- {path: \0}", ".piiignore is not valid YAML"),
    ],
)
def test_mistakes_are_told_with_their_place_and_without_values(text: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError) as raised:
        loaded(tmp_path, text)
    assert message in str(raised.value)
    assert "navy" not in str(raised.value)


def test_every_key_of_the_schema_is_documented() -> None:
    schema = json.loads((paths.SCHEMAS / "piiignore.json").read_bytes())
    keys = schema["items"]["properties"]
    assert list(keys) == [*ignore._WANTED]
    assert all({"description", "examples"} <= set(key) for key in keys.values())


def test_only_a_regular_file_of_reasonable_size_is_read(tmp_path: Path) -> None:
    path = tmp_path / ".piiignore"
    os.mkfifo(path)
    with pytest.raises(UsageError, match="no regular file"):
        ignore.load(path)
    path.unlink()
    path.mkdir()
    with pytest.raises(UsageError, match="no regular file"):
        ignore.load(path)
    path.rmdir()
    path.write_text("#" * 1_000_001)
    with pytest.raises(UsageError, match="longer than 1,000,000 bytes"):
        ignore.load(path)


def test_a_tag_will_do_for_a_value(tmp_path: Path) -> None:
    ignored = loaded(tmp_path, f"- {{reason: made up, value: {HASH}}}\n")
    assert ignored.covers_tag("a", EMAIL, HASH)
    assert not ignored.covers_tag("a", EMAIL, HASH[1:] + "1")


def test_a_value_that_is_ignored_does_not_count_again_for_what_stands_before_it() -> None:
    token, assigned = Finding(8, 48, "secret:github", "x"), Finding(8, 48, "secret:generic", "y")
    inner, longer = Finding(9, 48, "secret:password", "y"), Finding(8, 60, "secret:password", "y")
    mail = Finding(8, 48, "email", "z")
    assert ignore.remaining([assigned, inner, longer, mail], [token]) == [longer, mail]
    assert ignore.remaining([token], [assigned]) == [token]  # a known form may be a leak whatever it is assigned to
    assert ignore.remaining([assigned], [mail]) == [assigned]
