from __future__ import annotations

import os
import signal
import subprocess
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

import pytest

from remotes import servers
from session_sync.git import run
from session_sync.git.failure import GitError
from session_sync.git.run import Git
from support.trees import Repo


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


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody is waited for long."""
    monkeypatch.setattr(run, "SILENCE_LIMIT", 4.0)


def script(place: Path, text: str) -> Path:
    place.write_text(f"#!/bin/sh\n{text}\n")
    place.chmod(0o755)
    return place


@pytest.mark.usefixtures("short")
def test_a_silent_network_command_is_given_up_with_its_children(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A helper that never answers, as a remote behind a dead network does."""
    script(tmp_path / "git-remote-silent", f"echo $$ > {tmp_path}/pid; exec sleep 600")
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    with pytest.raises(GitError, match="the remote said nothing for 4 s") as raised:
        Git().talk("ls-remote", "silent::x")
    assert raised.value.unreachable
    pid = (tmp_path / "pid").read_text().strip()
    deadline = time.monotonic() + 60
    while Path(f"/proc/{pid}").exists() and "Z" not in Path(f"/proc/{pid}/stat").read_text():
        assert time.monotonic() < deadline, "the helper outlived the time-out"
        time.sleep(0.02)


@pytest.mark.usefixtures("short")
def test_a_remote_that_accepts_and_says_nothing_is_given_up() -> None:
    with servers.black_hole_server() as port, pytest.raises(GitError, match="the remote said nothing") as raised:
        Git().talk("ls-remote", f"http://127.0.0.1:{port}/r.git")
    assert raised.value.unreachable


@pytest.mark.usefixtures("short")
@pytest.mark.parametrize("helper", ["{}", "!exec {}"])
def test_a_credential_helper_that_waits_is_ended_and_named(tmp_path: Path, helper: str) -> None:
    waiting = script(tmp_path / "git-credential-window", "exec sleep 600")
    subprocess.run(["git", "config", "--global", "credential.helper", helper.format(waiting)], check=True)
    with (
        servers.http_git_server(tmp_path, user="ada", password="right") as base,
        pytest.raises(GitError, match="git-credential-window, which git waits") as raised,
    ):
        Git().talk("ls-remote", f"{base}r.git")
    assert not raised.value.unreachable


def test_a_filter_that_waits_is_ended_and_named(tmp_path: Path) -> None:
    waiting = script(tmp_path / "slow-filter", "exec sleep 600")
    repo = Repo(tmp_path / "tree")
    repo.commit({".gitattributes": "*.x filter=slow\n"})
    repo.git("config", "filter.slow.clean", f"{waiting} %f")
    with pytest.raises(GitError, match="slow-filter, which git waits for, has not ended after 1 s"):
        Git(tree=repo.root).run("hash-object", "--stdin", "--path=a.x", data=b"x", limit=1.0)


@pytest.mark.parametrize("way", ["http", "ssh"])
def test_a_remote_that_works_in_silence_is_waited_for(
    tmp_path: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    """Its hook takes longer than the limit, and it only says that it is there: git shows nothing of that."""
    monkeypatch.setattr(run, "SILENCE_LIMIT", 5.0)
    root = tmp_path / "served"
    bare = servers.bare_repository(root / "logs.git")
    servers.git("--git-dir", bare, "config", "receive.keepAlive", "1")
    script(bare / "hooks" / "pre-receive", "sleep 8")
    repo = Repo(tmp_path / "tree")
    commit = repo.commit()
    with ExitStack() as stack:
        if way == "http":
            base = stack.enter_context(servers.http_git_server(root))
        else:
            server = stack.enter_context(servers.ssh_git_server(root, tmp_path / "sshd"))
            monkeypatch.setenv("GIT_SSH_COMMAND", server.command)
            base = server.url
        Git(tree=repo.root).talk("push", "--progress", "--porcelain", f"{base}logs.git", f"{commit}:refs/heads/a")
    assert servers.git("--git-dir", bare, "rev-parse", "a").strip() == commit


def test_a_remote_that_is_only_there_is_not_waited_for_forever(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "QUIET_LIMIT", 3.0)
    bare = servers.bare_repository(tmp_path / "logs.git")
    servers.git("--git-dir", bare, "config", "receive.keepAlive", "1")
    script(bare / "hooks" / "pre-receive", "sleep 600")
    repo = Repo(tmp_path / "tree")
    commit = repo.commit()
    with pytest.raises(GitError):
        Git(tree=repo.root).talk("push", "--porcelain", str(bare), f"{commit}:refs/heads/a")


def test_an_ssh_master_that_keeps_the_outputs_is_not_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bare = servers.bare_repository(tmp_path / "logs.git")
    master = "(exec sleep 600) </dev/null >/dev/null & echo $! > {}/master"
    ssh = script(tmp_path / "ssh", f'{master.format(tmp_path)}; eval "exec sh -c \\"\\${{$#}}\\""')
    monkeypatch.setenv("GIT_SSH", str(ssh))
    try:
        assert Git().talk("ls-remote", f"host:{bare}") == b""
    finally:
        os.kill(int((tmp_path / "master").read_text()), signal.SIGKILL)


def test_no_trace_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "tmp").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "tmp"))
    bare = servers.bare_repository(tmp_path / "logs.git")
    Git().talk("ls-remote", str(bare))
    Git(bare).run("hash-object", "-w", "--stdin", data=b"x")
    assert list((tmp_path / "tmp").iterdir()) == []
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "not there"))
    assert Git().talk("ls-remote", str(bare)) == b""


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
