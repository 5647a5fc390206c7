"""Where session files of Gemini CLI are."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from support.gemini_sessions import DIRECTORY


@pytest.fixture
def chats(tmp_path: Path) -> Path:
    """The folder of a project's session files, in a client's folder."""
    folder = tmp_path / ".gemini" / "tmp" / "widget" / "chats"
    folder.mkdir(parents=True)
    (folder.parent / ".project_root").write_text(DIRECTORY)
    (tmp_path / ".gemini" / "projects.json").write_text(json.dumps({"projects": {DIRECTORY: "widget"}}))
    return folder
