"""An archive to look at."""

from __future__ import annotations

from pathlib import Path

import pytest

from support import agents
from support.archives import Run


@pytest.fixture
def archive(run_verb: Run, sealed_home: Path, tmp_path: Path) -> Path:
    """An archive of three sessions."""
    agents.claude(sealed_home, 1, "One", "Two", cwd="/work/pilot")
    agents.claude(sealed_home, 2, "Three", cwd="/work/other")
    agents.codex(sealed_home, 3, "Four", cwd="/work/other")
    out = tmp_path / "out"
    assert run_verb("export", "sync", "--out", str(out)).code == 0
    return out
