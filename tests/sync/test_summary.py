"""The lines that people read after a round, whatever it did."""

from __future__ import annotations

from session_sync.errors import DEFERRED, FAILED
from session_sync.sync.commands import Copied
from session_sync.sync.report import (
    CommandsReport,
    Left,
    Moved,
    SaveTreeReport,
    SyncReport,
    SyncTreeReport,
    TreeReport,
    WikiReport,
    Withheld,
)
from session_sync.sync.summary import save_lines, sync_lines, tree_lines
from session_sync.sync.tree.tree import Commit

ROOT = "/somewhere/tree"
HERE, THERE = "a" * 40, "b" * 40


def test_a_round_with_nothing_to_do_tells_where_it_is() -> None:
    report = TreeReport(root=ROOT, branch="main", upstream="origin/main", head=HERE, remote_head=HERE)
    assert tree_lines(report) == ["tree: HEAD is aaaaaaaaaaaa on main, the same as origin/main"]
    report.remote_head = THERE
    assert tree_lines(report) == ["tree: HEAD is aaaaaaaaaaaa on main; origin/main is bbbbbbbbbbbb"]
    report.remote_head = ""
    assert tree_lines(report) == ["tree: HEAD is aaaaaaaaaaaa on main; origin/main is unknown"]
    report.upstream = ""
    assert tree_lines(report) == ["tree: HEAD is aaaaaaaaaaaa on main; no remote yet"]


def test_the_reason_of_a_failure_comes_first_with_the_conflicts() -> None:
    report = TreeReport(root=ROOT, code=FAILED, status="failed", message="why, and what to do", committed=HERE)
    report.conflicts = ["a.md", "b.md"]
    assert tree_lines(report)[:3] == ["tree failed: why, and what to do", "  conflict: a.md", "  conflict: b.md"]
    later = TreeReport(root=ROOT, code=DEFERRED, status="deferred", message="later")
    assert tree_lines(later) == ["tree deferred: later"]


def test_long_lists_are_cut_and_counted() -> None:
    names = [f"{number}.txt" for number in range(25)]
    pulled = [Commit(f"{number:040}", "Ada" if number % 2 else "Bob", f"subject {number}") for number in range(25)]
    report = TreeReport(root=ROOT, committed=HERE, files=names, pulled=pulled, upstream="origin/main")
    report.pushed = ["d" * 40] * 25
    told = tree_lines(report)
    assert "tree: committed 25 files as aaaaaaaaaaaa" in told
    assert "tree: pulled 25 commits by Bob (13), Ada (12)" in told
    assert told.count("  and 5 more") == 2
    assert tree_lines(TreeReport(root=ROOT, code=FAILED, conflicts=names))[-1] == "  and 5 more"
    assert "  19.txt" in told
    assert "  20.txt" not in told
    assert len([line for line in told if "dddd" in line and len(line) < 400]) == 1


def test_what_stayed_is_named_with_its_reason() -> None:
    report = TreeReport(
        root=ROOT,
        left=[Left("big.bin", "over 95 MB")],
        withheld=[
            Withheld("caf\\xe9.md", 0, "email", "rename it"),
            Withheld("caf\\xe9.md", 7, "secret:github", "remove or replace it"),
            Withheld("b", 1, "x", "remove or replace it", '- {path: "b", rule: "x", reason: "why"}'),
        ],
        moved=[Moved("C:\\x", "/quarantine/x")],
        warnings=["the commit is not signed"],
    )
    assert tree_lines(report) == [
        "[WARNING] not committed big.bin: over 95 MB",
        "[WARNING] withheld b: line 1: x; remove or replace it, or add to /somewhere/tree/.piiignore: "
        '- {path: "b", rule: "x", reason: "why"}',
        "[WARNING] withheld caf\\xe9.md: its name: email; rename it",
        "[WARNING] withheld caf\\xe9.md: line 7: secret:github; remove or replace it",
        "moved C:\\x out of the tree: /quarantine/x",
        "[WARNING] the commit is not signed",
    ]


def test_articles_that_came_are_counted_by_category() -> None:
    report = SyncTreeReport(root=ROOT, wiki={"projects": {"new": 1, "removed": 1, "updated": 1}})
    assert tree_lines(report) == ["tree: wiki projects: 1 new, 1 removed, 1 updated"]


def test_a_sync_tells_of_the_tree_the_vault_and_the_commands() -> None:
    tree, vault = (SyncTreeReport(root=f"/x/{name}", branch="main", head=HERE) for name in ("tree", "notes"))
    commands = CommandsReport(["deploy.md"], {"save.md": "the name of a built-in command"})
    copied = Copied([("deploy.md", "Ada")], list(commands.kept.items()))
    assert sync_lines(SyncReport("done", 0, tree, vault, commands, ["beware"]), copied) == [
        "tree: HEAD is aaaaaaaaaaaa on main; no remote yet",
        "vault notes: HEAD is aaaaaaaaaaaa on main; no remote yet",
        "command copied: deploy.md (last changed by Ada)",
        "[WARNING] command not copied: save.md: the name of a built-in command",
        "[WARNING] beware",
    ]


def test_a_save_tells_of_its_log_the_wiki_and_what_waits() -> None:
    report = SaveTreeReport(root=ROOT, upstream="origin/main", wiki=WikiReport("refreshed", ["why"], []), waiting=1)
    assert save_lines(report, "session-logs/x.md") == [
        "saved session-logs/x.md",
        "wiki: refreshed",
        "why",
        "1 commit by others on origin/main; run /sync",
    ]
    report.wiki, report.waiting = WikiReport("none", [], []), 0
    assert save_lines(report, "session-logs/x.md") == ["saved session-logs/x.md"]
