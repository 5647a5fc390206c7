"""Trees to update."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.updates import Update


@pytest.fixture
def one(tmp_path: Path) -> Update:
    return Update(tmp_path / "tree")
