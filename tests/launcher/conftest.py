"""A plugin to launch."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.plugin_copy import Plugin


@pytest.fixture
def plugin(tmp_path: Path) -> Plugin:
    return Plugin(tmp_path / "launched")
