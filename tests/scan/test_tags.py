from __future__ import annotations

import hashlib
import re
import subprocess
import sys
from pathlib import Path

import pytest

from session_sync.errors import UserError
from session_sync.home import files, paths
from session_sync.scan import tags
from support.homes import SCRIPTS

PRINT_TAG = (
    "import sys; sys.path.insert(0, sys.argv[1]); from session_sync.scan import tags; print(tags.tag(sys.argv[2]))"
)


def test_a_value_has_one_tag_in_a_home_and_another_in_the_next(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = tags.tag("grace@navy.mil")
    assert re.fullmatch("[0-9a-f]{32}", first)
    assert tags.tag("grace@navy.mil") == first != tags.tag("grace@navy.mil ")
    assert first not in hashlib.sha256(b"grace@navy.mil").hexdigest()
    monkeypatch.setenv("SESSION_SYNC_HOME", str(tmp_path / "other"))
    assert tags.tag("grace@navy.mil") != first


def test_values_are_told_apart_by_their_bytes() -> None:
    assert len({tags.tag(value) for value in ("\u00e9", "e\u0301", "\ud800", "")}) == 4


def test_the_key_is_the_owner_s_alone() -> None:
    tags.tag("x")
    assert paths.redaction_key().stat().st_mode & 0o777 == 0o600
    assert len(paths.redaction_key().read_bytes()) == 32


@pytest.mark.parametrize("content", [b"", b"short", b"x" * 33])
def test_a_damaged_key_is_told_and_kept(content: bytes) -> None:
    files.make_private_dir(paths.home())
    paths.redaction_key().write_bytes(content)
    with pytest.raises(UserError, match=r"redaction-key is damaged: .*; restore it"):
        tags.tag("x")
    assert paths.redaction_key().read_bytes() == content


def test_processes_that_start_at_once_agree() -> None:
    command = [sys.executable, "-c", PRINT_TAG, str(SCRIPTS), "x"]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE) for _ in range(6)]
    assert {process.communicate(timeout=120)[0].decode() for process in running} == {tags.tag("x") + "\n"}
    assert [path.name for path in paths.home().iterdir() if path.is_file()] == ["redaction-key"]
