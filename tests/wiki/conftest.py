"""Trees with a wiki, and what drafts are judged by."""

from __future__ import annotations

from pathlib import Path

import pytest

from session_sync.wiki.article import Basis
from support.articles import LOGIN
from support.wikis import make_tree


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A shared tree with a wiki and a log."""
    return make_tree(tmp_path / "tree")


@pytest.fixture
def given(tmp_path: Path) -> Basis:
    """A tree with one log, and a vault with one file."""
    root, vault = tmp_path / "tree", tmp_path / "vault"
    (root / LOGIN).parent.mkdir(parents=True)
    (root / LOGIN).write_text("# Login\n")
    (vault / "servers").mkdir(parents=True)
    (vault / "servers" / "web one.md").write_text("x")
    return Basis(root, vault=vault, today="2026-11-21")
