from __future__ import annotations

import os
from pathlib import Path

import pytest

from session_sync.wiki.article import Basis, check_draft

LOG = "projects/pilot/session-logs/2026-11-20-ada-login.md"
OLD = f"""---
title: Pilot
category: projects
last_compiled: 2026-11-20
sources:
  - {LOG}
---

A summary.

## Patterns

- [ ] rotate the key in March
- the parser
  keeps its state
  - nested remark

A paragraph of two
lines.

| a | b |
|---|---|

```
## History

- no item
```

## History

- 2026-11-20: login

## More

free
"""


@pytest.fixture
def given(tmp_path: Path) -> Basis:
    """A tree with one log, and a vault with one file."""
    root, vault = tmp_path / "tree", tmp_path / "vault"
    (root / LOG).parent.mkdir(parents=True)
    (root / LOG).write_text("# Login\n")
    (vault / "servers").mkdir(parents=True)
    (vault / "servers" / "web one.md").write_text("x")
    return Basis(root, vault=vault, today="2026-11-21")


def check(draft: str | bytes, given: Basis, old: str | None = OLD) -> list[str]:
    return check_draft(draft.encode() if isinstance(draft, str) else draft, old, given)


def test_a_draft_that_only_adds_is_fine(given: Basis) -> None:
    draft = OLD.replace("A summary", "Another").replace("11-20\nsources", "11-21\nsources").replace("free\n", "")
    draft = draft.replace("- the parser", "- new\n- the parser").replace("remark\n", "remark\n  - another\n")
    draft = draft.replace("|---|---|\n", "|---|---|\n| c | d |\n").replace(": login\n", ": login\n- 2026-11-21: more\n")
    assert check(draft, given) == []
    assert check(draft.replace("\n", "\r\n"), given) == []
    assert check(OLD, given, OLD.replace("\n", "\r\n")) == []
    assert check(OLD, given, None) == []


@pytest.mark.parametrize(
    ("before", "after", "quoted"),
    [
        ("- [ ] rotate the key in March\n", "", "'- [ ] rotate the key in March'"),
        ("- [ ] rotate", "- [x] rotate", "'- [ ] rotate the key in March'"),
        ("  keeps its state\n", "  keeps  its state\n", "'- the parser keeps its state'"),
        ("  - nested remark\n", "", "'- nested remark'"),
        ("of two\nlines", "of two lines", "'A paragraph of two lines.'"),
        ("- no item\n", "", "'``` ## History - no item ```'"),
        ("- 2026-11-20: login\n", "", "'## History'"),
        ("## History\n\n- 2026", "## Past\n\n- 2026", "'- 2026-11-20: login'"),
        ("## More", "## History\n", ""),
    ],
)
def test_each_piece_of_patterns_and_history_is_kept_byte_for_byte(
    given: Basis, before: str, after: str, quoted: str
) -> None:
    assert before in OLD
    complaints = check(OLD.replace(before, after), given)
    assert len(complaints) == (1 if quoted else 0)
    assert quoted in "".join(complaints)


def test_code_that_a_line_begins_with_hides_no_section(given: Basis) -> None:
    old = OLD.replace("A summary.", "```make``` makes it.")
    assert check(old, given, old) == []
    assert len(check(old.replace("- [ ] rotate the key in March\n", ""), given, old)) == 1


def test_a_missing_section_counts_for_all_its_items_and_order_counts(given: Basis) -> None:
    start, _, rest = OLD.partition("## Patterns")
    assert len(check(start + rest[rest.index("## History\n\n- 2026") :], given)) == 7
    item = "- [ ] rotate the key in March\n"
    moved = OLD.replace(item, "").replace("lines.\n", f"lines.\n\n{item}")
    assert "in the old order" in "".join(check(moved, given))


@pytest.mark.parametrize(
    ("resolved", "count"),
    [
        ("rotate the key in March", 0),
        ("- [ ]  rotate the   key in March", 0),
        ("rotate the key", 0),
        ("rotate the", 1),
        ("something else altogether", 1),
    ],
)
def test_what_is_resolved_may_go(given: Basis, resolved: str, count: int) -> None:
    draft = OLD.replace("- [ ] rotate the key in March\n", "")
    assert len(check(draft.replace("sources:", f'resolved:\n  - "{resolved}"\nsources:'), given)) == count


def test_a_beginning_that_two_items_share_resolves_none(given: Basis) -> None:
    old = OLD.replace("- [ ] rotate", "- [ ] rotate the key in April\n- [ ] rotate")
    draft = OLD.replace("- [ ] rotate the key in March\n", "")
    draft = draft.replace("sources:", "resolved: [rotate the key]\nsources:")
    assert len(check(draft, given, old)) == 2


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
        (f"\n  - {LOG}", "", f"must still hold '{LOG}'"),
        (f"\n  - {LOG}", " some text", "must be a list"),
        (LOG, f"{LOG}\n  - /etc/passwd", "'/etc/passwd'"),
        (LOG, f"{LOG}\n  - projects/pilot/session-logs/no.md", "not a session log"),
        (LOG, f"{LOG}\n  - projects/pilot/session-logs/link.md", "not a session log"),
        (LOG, f"{LOG}\n  - projects/../{LOG}", "not a session log"),
        (LOG, f"{LOG}\n  - README.md", "not a session log"),
    ],
)
def test_the_front_matter_must_be_right(given: Basis, before: str, after: str, word: str) -> None:
    os.symlink("2026-11-20-ada-login.md", (given.root / LOG).with_name("link.md"))
    complaints = check(OLD.replace(before, after, 1), given)
    assert len(complaints) == 1
    assert word in complaints[0]


def test_another_log_that_is_there_may_be_a_source(given: Basis) -> None:
    other = given.root / "session-logs" / "2026-11-21-ada-x.md"
    other.parent.mkdir()
    other.write_text("x")
    draft = OLD.replace(LOG, f"{LOG}\n  - session-logs/2026-11-21-ada-x.md")
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


def mention(text: str, given: Basis, old: str = OLD) -> list[str]:
    return check(OLD.replace("free\n", f"{text}\n"), given, old)


@pytest.mark.parametrize(
    "text",
    [
        "see `vault/servers/web one.md`.",
        "see [x](vault/servers/web%20one.md)",
        "<vault/servers/web one>",
        "vault/servers, vault:servers/",
        "`vault:servers/web one.md:12`",
        "`vault/servers/web one.md#Ports`",
        "{vault}/servers",
        "vault/no (verify)",
        "`vault/no/where.md` (verify)",
        "[vault/no](vault/no) (verify)",
        "vault/no.\n(verify)",
        "https://vault/secret, the vault: there, a/vault/b",
    ],
)
def test_a_path_that_is_in_the_vault_or_marked_is_fine(given: Basis, text: str) -> None:
    assert mention(text.replace("{vault}", str(given.vault)), given) == []


@pytest.mark.parametrize(
    "text",
    [
        "see vault/no.md",
        "`vault/servers/web two.md`",
        "```\ncat vault/no\n```",
        "{vault}/no",
        "./vault/no",
        "Vault:no/where",
        "vault/servers/../../tree",
        "vault/out/tree",
        "vault/no and later (verify)",
        f"vault/{'x' * 500}",
    ],
)
def test_an_invented_path_is_told(given: Basis, text: str) -> None:
    assert given.vault is not None
    os.symlink(given.vault.parent, given.vault / "out")
    complaints = mention(text.replace("{vault}", str(given.vault)), given)
    assert len(complaints) == 1
    assert "is not in the vault" in complaints[0]
    assert len(complaints[0]) < 200


def test_the_vault_may_be_spelled_from_the_home(given: Basis, sealed_home: Path) -> None:
    (sealed_home / "notes").mkdir()
    own = Basis(given.root, vault=sealed_home / "notes", today=given.today)
    assert mention("~/notes/a.md", own) == [
        "'~/notes/a.md' is not in the vault; correct it, or write (verify) after it"
    ]


@pytest.mark.parametrize("vault", [None, Path("/nowhere/at/all")])
def test_without_the_vault_only_what_was_said_before_counts(given: Basis, vault: Path | None) -> None:
    own = Basis(given.root, log_text="moved to vault/new.md", vault=vault, today=given.today)
    assert mention("`vault/new.md`, vault/old.md", own, OLD + "vault/old.md\n") == []
    assert "cannot be checked" in "".join(mention("vault/new", own))


def test_a_path_that_must_be_kept_needs_no_file(given: Basis) -> None:
    old = OLD.replace("- the parser", "- vault/gone.md was the place\n- the parser")
    assert check(old, given, old) == []


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
