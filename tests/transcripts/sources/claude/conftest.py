"""Where transcripts of Claude Code are made."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.claude_sessions import Made


@pytest.fixture
def made(tmp_path: Path) -> Made:
    return Made(tmp_path)
