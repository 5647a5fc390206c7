"""The lines that people read after a round, whatever it did."""

from __future__ import annotations

from pathlib import Path

from session_sync.errors import DEFERRED, FAILED
from session_sync.sync import report as sync_report
from session_sync.sync.outcome import Outcome
from session_sync.sync.tree.tree import NOTHING, Commit, Entry

ROOT = Path("/tree")
HERE, THERE = "a" * 40, "b" * 40
FILE = Entry("100644", "c" * 40)


def lines(outcome: Outcome) -> list[str]:
    return sync_report.lines(outcome, "tree")


def test_a_round_with_nothing_to_do_tells_where_it_is() -> None:
    outcome = Outcome(ROOT, branch="main", upstream="origin/main", head=HERE, remote_head=HERE)
    assert lines(outcome) == ["tree: HEAD is aaaaaaaaaaaa on main, the same as origin/main"]
    outcome.remote_head = THERE
    assert lines(outcome) == ["tree: HEAD is aaaaaaaaaaaa on main; origin/main is bbbbbbbbbbbb"]
    outcome.remote_head = ""
    assert lines(outcome) == ["tree: HEAD is aaaaaaaaaaaa on main; origin/main is unknown"]
    outcome.upstream = ""
    assert lines(outcome) == ["tree: HEAD is aaaaaaaaaaaa on main; no remote yet"]


def test_the_reason_of_a_failure_comes_first_with_the_conflicts() -> None:
    outcome = Outcome(ROOT, code=FAILED, message="why, and what to do", conflicts=["a.md", "b.md"], committed=HERE)
    assert lines(outcome)[:3] == ["tree failed: why, and what to do", "  conflict: a.md", "  conflict: b.md"]
    assert lines(Outcome(ROOT, code=DEFERRED, message="later")) == ["tree deferred: later"]


def test_long_lists_are_cut_and_counted() -> None:
    names = [f"{number}.txt" for number in range(25)]
    pulled = [Commit(f"{number:040}", "Ada" if number % 2 else "Bob", f"subject {number}") for number in range(25)]
    outcome = Outcome(ROOT, committed=HERE, files=names, pulled=pulled, upstream="origin/main", pushed=["d" * 40] * 25)
    told = lines(outcome)
    assert "tree: committed 25 files as aaaaaaaaaaaa" in told
    assert "tree: pulled 25 commits by Bob (13), Ada (12)" in told
    assert told.count("  and 5 more") == 2
    assert lines(Outcome(ROOT, code=FAILED, conflicts=names))[-1] == "  and 5 more"
    assert "  19.txt" in told
    assert "  20.txt" not in told
    assert len([line for line in told if "dddd" in line and len(line) < 400]) == 1


def test_what_stayed_is_named_with_its_reason() -> None:
    outcome = Outcome(
        ROOT,
        left=[("big.bin", "over 95 MB")],
        withheld=[(b"caf\xe9.md", [(0, "email"), (7, "secret:github")])],
        moved=[("C:\\x", Path("/quarantine/x"))],
        warnings=["the commit is not signed"],
    )
    told = lines(outcome)
    assert told[0] == "[WARNING] not committed big.bin: over 95 MB"
    assert "[WARNING] withheld caf\\xe9.md: its name: email, line 7: secret:github" in told
    assert told[-1] == "[WARNING] the commit is not signed"
    assert "moved C:\\x out of the tree: /quarantine/x" in told


def test_the_wiki_counts_articles_and_not_its_index() -> None:
    outcome = Outcome(ROOT)
    outcome.incoming = {
        b"wiki/index.md": (FILE, FILE),
        b"wiki/projects/a.md": (NOTHING, FILE),
        b"wiki/projects/b.md": (FILE, NOTHING),
        b"wiki/projects/c.md": (FILE, FILE),
        b"wiki/top.md": (NOTHING, FILE),
        b"notes/wiki/x.md": (NOTHING, FILE),
    }
    assert sync_report.wiki(outcome) == {"general": {"new": 1}, "projects": {"new": 1, "removed": 1, "updated": 1}}
    assert "tree: wiki projects: 1 new, 1 removed, 1 updated" in lines(outcome)


def test_the_report_is_plain_data() -> None:
    outcome = Outcome(ROOT, withheld=[(b"caf\xe9.md", [(0, "email")])], moved=[("C:\\x", Path("/q/x"))])
    report = sync_report.report(outcome)
    assert report["withheld"] == [{"path": "caf\\xe9.md", "line": 0, "type": "email"}]
    assert report["moved"] == [{"path": "C:\\x", "to": "/q/x"}]
    assert (report["status"], report["root"]) == ("done", "/tree")
