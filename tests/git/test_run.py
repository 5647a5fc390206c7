from __future__ import annotations

import os
import subprocess
import time
from pathlib import Path

import pytest

from session_sync.git import run
from session_sync.git.failure import GitError
from session_sync.git.run import Git


def test_a_failed_command_says_what_git_said(tmp_path: Path) -> None:
    with pytest.raises(GitError, match="git rev-parse failed: fatal: not a git repository"):
        Git(tmp_path).run("rev-parse", "HEAD")


def test_what_a_hook_hands_down_does_not_pass(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_DIR", "/nowhere")
    monkeypatch.setenv("GIT_INDEX_FILE", "/nowhere/index")
    Git().run("init", "-q", "--bare", str(tmp_path / "a.git"))
    assert Git(tmp_path / "a.git").run("rev-parse", "--git-dir").strip() == os.fsencode(tmp_path / "a.git")


def test_settings_are_not_in_the_arguments(tmp_path: Path) -> None:
    assert Git(settings={"some.key": "a secret"}).run("config", "--get", "some.key") == b"a secret\n"


def test_a_silent_network_command_is_given_up_with_its_children(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A helper that never answers, as a remote behind a dead network does."""
    helper = tmp_path / "git-remote-silent"
    helper.write_text(f"#!/bin/sh\necho $$ > {tmp_path}/pid\nexec sleep 600\n")
    helper.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    monkeypatch.setattr(run, "SILENCE_LIMIT", 0.5)
    with pytest.raises(GitError, match="said nothing") as raised:
        Git().talk("ls-remote", "silent::x")
    assert raised.value.unreachable
    pid = (tmp_path / "pid").read_text().strip()
    deadline = time.monotonic() + 60
    while Path(f"/proc/{pid}").exists() and "Z" not in Path(f"/proc/{pid}/stat").read_text():
        assert time.monotonic() < deadline, "the helper outlived the time-out"
        time.sleep(0.02)


def test_programs_as_remotes_are_refused(tmp_path: Path) -> None:
    with pytest.raises(GitError, match="not allowed") as raised:
        Git().talk("ls-remote", "--", f"ext::touch {tmp_path}/pwned")
    assert raised.value.refused
    assert not (tmp_path / "pwned").exists()


def test_a_stream_that_ends_badly_is_an_error(tmp_path: Path) -> None:
    Git().run("init", "-q", "--bare", str(tmp_path))
    with (
        pytest.raises(GitError, match="fast-import"),
        Git(tmp_path).stream("fast-import", "--done") as out,
    ):
        out.write(b"nonsense\n")


def test_the_users_hooks_are_not_run(tmp_path: Path) -> None:
    hooks = tmp_path / "hooks"
    hooks.mkdir()
    (hooks / "reference-transaction").write_text(f"#!/bin/sh\ntouch {tmp_path}/ran\n")
    (hooks / "reference-transaction").chmod(0o755)
    subprocess.run(["git", "config", "--global", "core.hooksPath", str(hooks)], check=True)
    Git().run("init", "-q", "--bare", str(tmp_path / "a.git"))
    here = Git(tmp_path / "a.git")
    here.run("update-ref", "refs/x", here.run("mktree").decode().strip())
    assert not (tmp_path / "ran").exists()
