from __future__ import annotations

import os
import subprocess
import time
from pathlib import Path

import pytest

from session_sync.git import query, run
from session_sync.git.failure import GitError
from session_sync.git.run import Git

SSH_END = "fatal: Could not read from remote repository."


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


def test_credentials_are_masked() -> None:
    error = GitError("push", "fatal: unable to access 'https://ada:hunter2@host/x.git/': Failed to connect")
    assert "hunter2" not in str(error) + error.detail
    assert error.unreachable
    assert not error.refused


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        (f"ssh: connect to host h port 22: Connection refused\n{SSH_END}", "unreachable"),
        (f"fatal: '/gone' does not appear to be a git repository\n{SSH_END}", "unreachable"),
        (f"git@h: Permission denied (publickey).\n{SSH_END}", "refused"),
        ("fatal: could not read Username for 'https://h': terminal prompts disabled", "refused"),
        ("fatal: Authentication failed for 'https://h/'", "refused"),
        (f"kex_exchange_identification: read: Connection reset by peer\n{SSH_END}", "contended"),
        ("error: cannot lock ref 'refs/heads/x'", "contended"),
        ("error: RPC failed; HTTP 503 curl 22", "contended"),
        ("fatal: bad object HEAD", "neither"),
    ],
)
def test_errors_are_told_apart(said: str, kind: str) -> None:
    error = GitError("fetch", said)
    assert error.refused == (kind == "refused")
    assert error.contended == (kind == "contended")
    assert error.unreachable == (kind in ("unreachable", "contended") and "Could not read" in said)


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


def test_config_value_is_empty_when_unset() -> None:
    assert query.config_value("user.name") == "Ada Example"
    assert query.config_value("user.nothing") == ""


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
