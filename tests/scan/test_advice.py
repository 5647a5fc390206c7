"""The way on that a withheld file is told with: an entry for .piiignore is valid as it is pasted, and no wider."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from session_sync.home.config import Config
from session_sync.scan import advice, ignore
from session_sync.scan.advice import Advice
from session_sync.scan.gate import FILE_NAME, UNDECODABLE, UNSCANNABLE
from session_sync.scan.ignore import Ignore
from session_sync.scan.scanner.scanner import Finding
from session_sync.scan.tree_gate import TreeGate

NAMES = [
    "projects/PILOT/2026-11-30-ada-plan.md",
    "a b/c'd: #1, {x}.md",
    "notes [draft]*?.md",
    'say "hi".md',
    "back\\slash\nline.md",
    "é 中 😀.md",
    "hidden\u202ename\u200b.md",
    os.fsdecode(b"\xff.md"),
    "-.md",
    "[!a].md",
    "..a/~b",
    "**/c.md",
    "**",
    "[",
    "[]",
    "???",
    "😀",
    "---",
    "...",
    "~",
    "\u202e",
    "\x07\u2028\x85",
    "x" * 5000,
]


OTHERS = ["say 'hi'.md", "back/slash\nline.md", "back\\slash\tline.md", "hidden name .md", "abc", "a", "x/a"]


@pytest.mark.parametrize("name", NAMES)
def test_an_entry_is_valid_as_it_is_pasted_and_fits_its_file_alone(name: str, tmp_path: Path) -> None:
    line = advice.entry(name, "secret:github")
    assert line.isprintable()
    (tmp_path / ".piiignore").write_text(f"# before\n{line}\n")
    entries = ignore.load(tmp_path / ".piiignore")
    found, other = Finding(0, 1, "secret:github", "x"), Finding(0, 1, "email", "x")
    assert entries.covers(name, found, "value")
    assert not entries.covers(name, other, "value")
    assert not entries.covers(f"x/{name}", found, "value")
    assert not entries.covers(f"{name}x", found, "value")
    assert [one for one in OTHERS if entries.covers(one, found, "value")] == []


@pytest.mark.parametrize("name", NAMES)
def test_an_entry_counts_in_a_shared_tree_too(name: str, tmp_path: Path) -> None:
    (tmp_path / ".piiignore").write_text(advice.entry(name, "email"))
    kept, warnings = ignore.load(tmp_path / ".piiignore").narrow()
    assert (len(kept.entries), warnings) == (1, [])
    gate = TreeGate(Config(), kept, root=Path("/nowhere/tree"))
    assert gate.check_file(name, "CUST-acme", b"grace.hopper@navy.mil", b"", may_be_binary=False).findings == []
    assert Ignore() != kept


def test_what_no_entry_can_help_has_none() -> None:
    for kind in (UNDECODABLE, UNSCANNABLE):
        assert advice.of("a.md", 3, kind, may_be_told=True) == Advice("save it as plain UTF-8 text", "")
    assert advice.of("a.md", FILE_NAME, "ssn", may_be_told=False) == Advice("rename it", "")


def test_a_line_tells_all_places_of_a_type() -> None:
    way = advice.of("a.md", 3, "email", may_be_told=True)
    line = advice.told("P/a.md", [(3, "email"), (5, "email")], way, "/home/ada/.session-sync/.piiignore")
    assert line == (
        "P/a.md: line 3: email, line 5: email; remove or replace it, or add to /home/ada/.session-sync/.piiignore: "
        '- {path: "a.md", rule: "email", reason: "say here why this is no leak"}'
    )
    many = advice.told("P/a.md", [(number, "email") for number in range(25)], way, "x")
    assert "its name: email, line 1: email" in many
    assert " and 5 more; " in many
