"""What a tool says when it fails comes down to one line."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from session_sync.errors import UserError
from session_sync.home import files, paths
from session_sync.launcher import tools


@pytest.mark.parametrize(
    ("said", "line"),
    [
        ("WARNING: x\nERROR: it is odd\nmore\n", "cannot prepare the Python environment: ERROR: it is odd"),
        ("Traceback\nValueError: odd\n\n", "cannot prepare the Python environment: ValueError: odd"),
        ("", "cannot prepare the Python environment: it gave no reason"),
        ("OSError: [Errno 28] No space left on device\n", tools.FULL),
        ("ImportError: a.so: failed to map segment from shared object\n", "no programs may run where the home is"),
        ("ensurepip is not\navailable", tools.NO_VENV),
    ],
)
def test_a_failure_is_explained_or_quoted(said: str, line: str) -> None:
    files.make_private_dir(paths.environment_log().parent)
    with pytest.raises(UserError) as failed:
        tools.run(os.environ, "sh", "-c", 'printf %s "$1"; exit 1', "sh", said)
    assert str(failed.value).startswith(line)
    assert str(failed.value).endswith(f"; details are in {paths.environment_log()}")


def test_a_tool_that_could_say_nothing_on_a_full_disk_is_explained(monkeypatch: pytest.MonkeyPatch) -> None:
    files.make_private_dir(paths.environment_log().parent)
    monkeypatch.setattr(tools, "LITTLE", 1 << 62)  # any disk counts as full
    with pytest.raises(UserError, match=tools.FULL):
        tools.run(os.environ, "false")


def test_tools_run_where_we_are_and_elsewhere_when_that_was_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "gone"
    folder.mkdir()
    monkeypatch.chdir(folder)
    assert tools.ask(os.environ, 60, "pwd").strip() == str(folder)
    folder.rmdir()
    assert tools.ask(os.environ, 60, "pwd").strip() == str(paths.home())
