"""What rounds in shared trees did, for programs: schemas/sync-report.json, and "sync" in schemas/save-report.json.

Paths are relative to the tree's root, with bytes that are not UTF-8 as \\xNN; commits are full ids, "" for none.
"""

from __future__ import annotations

from collections import Counter

import msgspec

from session_sync.errors import DONE
from session_sync.logs import shared_tree
from session_sync.sync.tree.tree import NO_ENTRY, Changes, Commit, path_text

ArticleCounts = dict[str, dict[str, int]]  # category -> "new", "updated" or "removed" -> articles


class Left(msgspec.Struct, frozen=True):
    """A changed path that stayed uncommitted, and why."""

    path: str
    reason: str


class Withheld(msgspec.Struct, frozen=True):
    """Something that must not leave: where it is, with lines from 1 and 0 for the file's name, and what kind it is.

    The file goes after the `change`, or with the line `piiignore` in the tree's .piiignore, where there is one to add.
    """

    path: str
    line: int
    type: str
    change: str = ""
    piiignore: str = ""


class Moved(msgspec.Struct, frozen=True):
    """A file that was moved out of the tree, and its new place."""

    path: str
    to: str


class TreeReport(msgspec.Struct, kw_only=True):
    """What a round did in one tree; it is the round's own until that returns it."""

    root: str
    status: str = "done"
    code: int = DONE
    message: str = ""
    branch: str = ""
    upstream: str = ""  # "origin/main"; "" without a remote
    head: str = ""
    remote_head: str = ""  # the upstream's commit when we last saw it
    committed: str = ""  # our commit, and the paths in it
    files: list[str] = []
    pulled: list[Commit] = []
    pushed: list[str] = []  # the commits that the remote took
    conflicts: list[str] = []
    conflict_branch: str = ""
    left: list[Left] = []
    withheld: list[Withheld] = []
    moved: list[Moved] = []
    retries: int = 0
    warnings: list[str] = []


class SyncTreeReport(TreeReport, kw_only=True):
    """The round of a sync, and the articles that came with it."""

    wiki: ArticleCounts = {}


class CommandsReport(msgspec.Struct):
    """The slash commands that came to the user's folder by name, and why others did not."""

    copied: list[str]
    kept: dict[str, str]


class SyncReport(msgspec.Struct):
    """What a sync did in the tree and in the user's vault, and what came along."""

    status: str
    code: int
    tree: SyncTreeReport
    vault: SyncTreeReport | None
    commands: CommandsReport
    warnings: list[str]
    notes: list[dict[str, str]] = []
    rounds: int = 1
    served_by_other: bool = False


class WikiReport(msgspec.Struct):
    """What became of the wiki in a save, as `wiki.update.Updated` has it."""

    status: str
    messages: list[str]
    paths: list[str]


class SaveTreeReport(TreeReport, kw_only=True):
    """The round of a save; `waiting` commits of the remote are left to the next sync, `summary` is for people."""

    wiki: WikiReport
    waiting: int = 0
    summary: list[str] = []
    rounds: int = 1
    served_by_other: bool = False


def count_articles(incoming: Changes) -> ArticleCounts:
    """How many articles came new, were updated or removed, by category."""
    found: dict[str, Counter[str]] = {}
    for path, (before, now) in incoming.items():
        parts = path_text(path).split("/")
        if parts[0] == shared_tree.WIKI and parts[-1] != "index.md":
            category = parts[1] if len(parts) > 2 else shared_tree.GENERAL
            change = "new" if before == NO_ENTRY else "removed" if now == NO_ENTRY else "updated"
            found.setdefault(category, Counter())[change] += 1
    return {category: dict(sorted(counts.items())) for category, counts in sorted(found.items())}
