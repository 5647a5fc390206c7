"""A small wiki for tests."""

from __future__ import annotations

import subprocess
from pathlib import Path

from session_sync.logs.shared_tree import Scope
from session_sync.wiki.update import Updated, update_wiki

LOG = "projects/PILOT/session-logs/2026-11-20-ada-login.md"
LINK = "../../projects/PILOT/session-logs/2026-11-20-ada-login.md"
ARTICLE = """---
title: "The: Pilot"
# a comment
sources:
- session-logs/2026-01-01-ada-old.md
status: active
last_compiled: 2026-11-01
---
Text

## History
- 2026-11-01: begun

## Patterns
- one
"""
DRAFT = """---
last_compiled: 2026-11-21
sources: []
---
# Pilot

New text.

## Patterns

- a pattern

## History

- 2026-11-20: login
"""
DAY = "2026-11-21"


def make_tree(root: Path) -> Path:
    """A shared tree at `root` with a wiki and a log."""
    subprocess.run(["git", "init", "-q", str(root)], check=True)
    (root / ".claude").mkdir()
    (root / ".claude" / "session-sync.yaml").write_text("")
    (root / "wiki").mkdir()
    (root / LOG).parent.mkdir(parents=True)
    (root / LOG).write_text('---\ntopic: "Log in [again]"\n---\n\n# Log in\n')
    return root


def put(tree: Path, path: str, text: str) -> Path:
    (tree / path).parent.mkdir(parents=True, exist_ok=True)
    (tree / path).write_bytes(text.encode())
    return tree / path


def update(tree: Path, draft: str | None = None, day: str = DAY, log: str = LOG) -> Updated:
    category, name = ("projects", "PILOT") if log.startswith("projects") else ("general", "")
    return update_wiki(tree, Scope(category, name), tree / log, draft.encode() if draft else None, None, day)
