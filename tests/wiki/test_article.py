from __future__ import annotations

import os

import pytest

from session_sync.wiki.article import Basis
from support.articles import LOGIN, OLD, check, mention


def test_a_draft_that_only_adds_is_fine(given: Basis) -> None:
    draft = OLD.replace("A summary", "Another").replace("11-20\nsources", "11-21\nsources").replace("free\n", "")
    draft = draft.replace("- the parser", "- new\n- the parser").replace("remark\n", "remark\n  - another\n")
    draft = draft.replace("|---|---|\n", "|---|---|\n| c | d |\n").replace(": login\n", ": login\n- 2026-11-21: more\n")
    assert check(draft, given) == []
    assert check(draft.replace("\n", "\r\n"), given) == []
    assert check(OLD, given, OLD.replace("\n", "\r\n")) == []
    assert check(OLD, given, None) == []


@pytest.mark.parametrize(
    ("before", "after", "word"),
    [
        ("---\ntitle", "title", "front matter is missing"),
        ("title: Pilot", "title: [", "not valid YAML"),
        ("title: Pilot", "title: [a]", "`title` must be a text"),
        ("title: Pilot", "title: " + "[" * 70_000 + "]" * 70_000, "too large"),
        ("title: Pilot", "title: &a x\nstatus: *a", "aliases"),
        ("2026-11-20\nsources", "soon\nsources", "must be a date"),
        ("2026-11-20\nsources", "2026-13-20\nsources", "must be a date"),
        ("2026-11-20\nsources", "2026-11-22\nsources", "in the future"),
        ("2026-11-20\nsources", "2026-11-19\nsources", "before the old"),
        (f"\n  - {LOGIN}", "", f"must still hold '{LOGIN}'"),
        (f"\n  - {LOGIN}", " some text", "must be a list"),
        (LOGIN, f"{LOGIN}\n  - /etc/passwd", "'/etc/passwd'"),
        (LOGIN, f"{LOGIN}\n  - projects/pilot/session-logs/no.md", "not a session log"),
        (LOGIN, f"{LOGIN}\n  - projects/pilot/session-logs/link.md", "not a session log"),
        (LOGIN, f"{LOGIN}\n  - projects/../{LOGIN}", "not a session log"),
        (LOGIN, f"{LOGIN}\n  - README.md", "not a session log"),
    ],
)
def test_the_front_matter_must_be_right(given: Basis, before: str, after: str, word: str) -> None:
    os.symlink("2026-11-20-ada-login.md", (given.root / LOGIN).with_name("link.md"))
    complaints = check(OLD.replace(before, after, 1), given)
    assert len(complaints) == 1
    assert word in complaints[0]


def test_another_log_that_is_there_may_be_a_source(given: Basis) -> None:
    other = given.root / "session-logs" / "2026-11-21-ada-x.md"
    other.parent.mkdir()
    other.write_text("x")
    draft = OLD.replace(LOGIN, f"{LOGIN}\n  - session-logs/2026-11-21-ada-x.md")
    assert check(draft, given) == []


@pytest.mark.parametrize(
    ("draft", "word"),
    [
        (b"", "empty"),
        (b" \n", "empty"),
        (b"\xff", "UTF-8"),
        (OLD.encode() + b"\0", "NUL"),
        (b"x" * 1_000_001, "larger"),
        (b"---\ntitle: x\nlast_compiled: 2026-11-21\n---\n\n", "no text but"),
    ],
)
def test_what_cannot_be_an_article_is_told(given: Basis, draft: bytes, word: str) -> None:
    complaints = check(draft, given, None)
    assert len(complaints) == 1
    assert word in complaints[0]


def test_an_article_that_shrank_is_told(given: Basis) -> None:
    assert check(OLD, given, OLD + "free text. " * 2000) == [
        "the draft lost most of the article; begin with the old one and change what the session changed"
    ]


def test_a_complaint_shows_no_control_characters_and_many_are_counted(given: Basis) -> None:
    assert "\x1b" not in "".join(mention("vault/\x1b[31mred", given))
    many = " ".join(f"vault/no{number}" for number in range(30))
    assert mention(many, given)[-1] == "and 10 more like these"


def test_hostile_size_takes_no_time(given: Basis) -> None:
    items = "- a\n" * 60_000 + "- b\n" * 60_000
    old = OLD.replace("- 2026-11-20: login\n", items)
    assert len(check(old.replace("- b\n", "- c\n"), given, old)) == 21
    hostile = ["# a" + " " * 100_000 + "x", "vault/no" + "." * 100_000, "./" * 50_000, "vault/" * 16_000]
    assert len(mention("\n".join(hostile), given)) == 2
