"""An archive to fill."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.archives import Export, Run


@pytest.fixture
def export(run_verb: Run, sealed_home: Path, tmp_path: Path) -> Export:
    return Export(run_verb, sealed_home, tmp_path / "out")
