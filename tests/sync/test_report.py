"""What rounds in shared trees did, as programs get it."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from jsonschema import Draft202012Validator

from session_sync.errors import FAILED
from session_sync.home import paths
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
    count_articles,
)
from session_sync.sync.tree.tree import NO_ENTRY, Commit, TreeEntry

HERE = "a" * 40
FILE = TreeEntry("100644", "c" * 40)
TREE = SyncTreeReport(
    root="/tree",
    committed=HERE,
    pulled=[Commit(HERE, "Ada", "a subject")],
    left=[Left("big.bin", "over 95 MB")],
    withheld=[Withheld("caf\\xe9.md", 0, "email", "rename it")],
    moved=[Moved("C:\\x", "/q/x")],
    wiki={"projects": {"new": 1}},
)


def sync_report(vault: SyncTreeReport | None = None) -> SyncReport:
    commands = CommandsReport(["deploy.md"], {"save.md": "the name of a built-in command"})
    return SyncReport("done", 0, TREE, vault, commands, ["a warning"], [])


def schema(name: str) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((paths.SCHEMAS / name).read_bytes())
    return content


@pytest.mark.parametrize("vault", [None, SyncTreeReport(root="/vault", code=FAILED, status="failed", message="why")])
def test_a_syncs_report_is_what_its_schema_says(vault: SyncTreeReport | None) -> None:
    content = msgspec.to_builtins(sync_report(vault))
    Draft202012Validator(schema("sync-report.json")).validate(content)
    assert content.keys() == schema("sync-report.json")["properties"].keys() - {"error", "uncommitted"}
    assert content["tree"].keys() == schema("sync-report.json")["$defs"]["round"]["properties"].keys()


def test_a_saves_round_tells_the_same_of_its_tree_and_of_the_wiki_what_it_did() -> None:
    known = schema("sync-report.json")["$defs"]["round"]["properties"].keys()
    content = msgspec.to_builtins(SaveTreeReport(root="/tree", wiki=WikiReport("refreshed", ["why"], ["wiki/a.md"])))
    assert content.keys() == known | {"waiting", "summary", "rounds", "served_by_other"}
    assert content["wiki"] == {"status": "refreshed", "messages": ["why"], "paths": ["wiki/a.md"]}
    assert set(schema("save-report.json")["properties"]["sync"]["required"]) <= content.keys()


def test_commits_and_files_are_plain_objects() -> None:
    content = msgspec.to_builtins(TREE)
    assert content["pulled"] == [{"commit": HERE, "author": "Ada", "subject": "a subject"}]
    assert content["left"] == [{"path": "big.bin", "reason": "over 95 MB"}]
    assert content["withheld"] == [
        {"path": "caf\\xe9.md", "line": 0, "type": "email", "change": "rename it", "piiignore": ""}
    ]
    assert content["moved"] == [{"path": "C:\\x", "to": "/q/x"}]


def test_two_reports_share_no_list() -> None:
    one, other = TreeReport(root="/one"), TreeReport(root="/other")
    one.warnings.append("of one alone")
    assert other.warnings == []


def test_the_wiki_counts_articles_and_not_its_index() -> None:
    incoming = {
        b"wiki/index.md": (FILE, FILE),
        b"wiki/projects/a.md": (NO_ENTRY, FILE),
        b"wiki/projects/b.md": (FILE, NO_ENTRY),
        b"wiki/projects/c.md": (FILE, FILE),
        b"wiki/top.md": (NO_ENTRY, FILE),
        b"notes/wiki/x.md": (NO_ENTRY, FILE),
    }
    assert count_articles(incoming) == {"general": {"new": 1}, "projects": {"new": 1, "removed": 1, "updated": 1}}
