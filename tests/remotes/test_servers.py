"""The servers themselves, with plain git: a test of ours that fails over them is then about us."""

from __future__ import annotations

import secrets
import shlex
import shutil
import socket
import subprocess
import time
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from remotes import servers
from remotes.conftest import Remote


def commit_file(work: Path, name: str, content: bytes) -> None:
    (work / name).write_bytes(content)
    servers.git("add", name, cwd=work)
    servers.git("commit", "--quiet", "-m", name, cwd=work)


def test_clone_push_and_fetch(remote: Remote, tmp_path: Path) -> None:
    ours, theirs = tmp_path / "ours", tmp_path / "theirs"
    servers.git("clone", "--quiet", remote.url, ours)
    commit_file(ours, "log.md", b"first\n")
    servers.git("push", "--quiet", "origin", "HEAD:refs/heads/machines/a", cwd=ours)
    servers.git("clone", "--quiet", "--branch", "machines/a", remote.url, theirs)
    commit_file(ours, "log.md", b"second\n")
    servers.git("push", "--quiet", "origin", "HEAD:refs/heads/machines/a", cwd=ours)
    servers.git("fetch", "--quiet", cwd=theirs)
    assert (theirs / "log.md").read_bytes() == b"first\n"
    assert servers.git("show", "origin/machines/a:log.md", cwd=theirs) == "second\n"
    assert servers.git("--git-dir", remote.git_dir, "show", "machines/a:log.md") == "second\n"


def test_a_push_larger_than_the_post_buffer_is_whole(remote: Remote, tmp_path: Path) -> None:
    """Above http.postBuffer git sends the body in chunks."""
    work, content = tmp_path / "work", secrets.token_bytes(3 << 20)
    servers.git("clone", "--quiet", remote.url, work)
    commit_file(work, "large", content)
    servers.git("push", "--quiet", "origin", "HEAD:main", cwd=work)
    back = tmp_path / "back"
    servers.git("clone", "--quiet", remote.url, back)
    assert (back / "large").read_bytes() == content


def test_a_negotiation_long_enough_for_gzip_is_understood(remote: Remote, tmp_path: Path) -> None:
    work, back = tmp_path / "work", tmp_path / "back"
    servers.git("clone", "--quiet", remote.url, work)
    commit_file(work, "first", b"1")
    servers.git("push", "--quiet", "origin", "HEAD:main", cwd=work)
    servers.git("clone", "--quiet", remote.url, back)
    for number in range(160):  # the names of fewer commits make no request that git would compress
        servers.git("commit", "--quiet", "--allow-empty", "-m", f"mine {number}", cwd=back)
    commit_file(work, "second", b"2")
    servers.git("push", "--quiet", "origin", "HEAD:main", cwd=work)
    servers.git("fetch", "--quiet", cwd=back)
    assert servers.git("show", "origin/main:second", cwd=back) == "2"


def test_http_asks_for_credentials_and_git_fails_at_once(remote_root: Path) -> None:
    with servers.http_git_server(remote_root, user="ada", password="right") as base:
        with pytest.raises(RuntimeError, match=r"could not read Username|terminal prompts disabled"):
            servers.git("ls-remote", f"{base}logs.git")
        with pytest.raises(RuntimeError, match="Authentication failed"):
            servers.git("ls-remote", base.replace("//", "//ada:wrong@") + "logs.git")


def test_http_with_credentials_pushes(remote_root: Path, tmp_path: Path) -> None:
    with servers.http_git_server(remote_root, user="ada", password="right") as base:
        servers.git("clone", "--quiet", base.replace("//", "//ada:right@") + "logs.git", tmp_path / "work")
        commit_file(tmp_path / "work", "log.md", b"x")
        servers.git("push", "--quiet", "origin", "HEAD:main", cwd=tmp_path / "work")
    assert servers.git("--git-dir", remote_root / "logs.git", "show", "main:log.md") == "x"


def test_http_does_not_serve_what_lies_outside(remote_root: Path, tmp_path: Path, http_base: str) -> None:
    servers.bare_repository(tmp_path / "outside.git")
    with pytest.raises(RuntimeError, match="requested URL returned error"):
        servers.git("ls-remote", f"{http_base}%2e%2e/outside.git")


def test_http_answers_again_on_a_port_that_was_closed(remote_root: Path) -> None:
    port = servers.free_port()
    url = f"http://{servers.LOOPBACK}:{port}/logs.git"
    with pytest.raises(RuntimeError, match="connect"):
        servers.git("ls-remote", url)
    for _ in range(2):
        with servers.http_git_server(remote_root, port=port):
            servers.git("ls-remote", url)


def test_ssh_without_the_key_is_refused_at_once(
    ssh_server: servers.SshServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stranger = ssh_server.command.replace("sshd/client", "sshd/absent")
    monkeypatch.setenv("GIT_SSH_COMMAND", stranger)
    with pytest.raises(RuntimeError, match="Permission denied"):
        servers.git("ls-remote", f"{ssh_server.url}logs.git")


def test_ssh_sessions_see_no_real_home(ssh_server: servers.SshServer, tmp_path: Path) -> None:
    url = urlsplit(ssh_server.url)
    port, target = str(url.port), f"{url.username}@{url.hostname}"
    seen = subprocess.run(
        [*shlex.split(ssh_server.command), "-p", port, target, "echo $HOME; command -v git"],
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
    )
    assert seen.stdout.splitlines()[0] == str(tmp_path / "sshd")
    assert Path(seen.stdout.splitlines()[1]).name == "git"
    assert Path(url.path) == tmp_path / "served"


def test_sshd_refuses_connections_above_max_startups(remote_root: Path, tmp_path: Path) -> None:
    """What a default sshd does to 30 machines at once, made certain: one waiting connection is too many."""
    with servers.ssh_git_server(remote_root, tmp_path / "busy", max_startups="1:100:1") as server:
        refused = pytest.raises(RuntimeError, match=r"kex_exchange_identification|Connection (reset|closed)")
        with _silent_connection(server), refused:
            _ls_remote_over(server)
        deadline = time.monotonic() + 60
        while "MaxStartups" not in server.log.read_text() and time.monotonic() < deadline:
            time.sleep(0.05)
        assert "MaxStartups" in server.log.read_text()


def _silent_connection(server: servers.SshServer) -> socket.socket:
    address = urlsplit(server.url)
    made = socket.create_connection((address.hostname, address.port), timeout=60)
    made.recv(1)  # sshd has counted it once its banner comes
    return made


def _ls_remote_over(server: servers.SshServer) -> None:
    servers.git("-c", f"core.sshCommand={server.command}", "ls-remote", f"{server.url}logs.git")


@pytest.mark.parametrize("scheme", ["http", "ssh"])
def test_the_black_hole_accepts_and_never_answers(scheme: str) -> None:
    with servers.black_hole_server() as port, pytest.raises(subprocess.TimeoutExpired):
        servers.git("ls-remote", f"{scheme}://{servers.LOOPBACK}:{port}/logs.git", timeout=2)


def test_sshd_ends_with_its_block(remote_root: Path, tmp_path: Path) -> None:
    with servers.ssh_git_server(remote_root, tmp_path / "sshd") as server:
        _ls_remote_over(server)
    with pytest.raises(RuntimeError, match="Connection refused"):
        _ls_remote_over(server)


def test_a_missing_sshd_is_an_error_that_says_what_to_install(
    remote_root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "which", lambda *_, **__: None)
    with (
        pytest.raises(servers.MissingToolError, match="install openssh-server"),
        servers.ssh_git_server(remote_root, tmp_path / "sshd"),
    ):
        pass


def test_a_missing_http_backend_is_an_error_that_says_what_to_install(
    remote_root: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("GIT_EXEC_PATH", str(tmp_path))
    with (
        pytest.raises(servers.MissingToolError, match="install the whole of git"),
        servers.http_git_server(remote_root),
    ):
        pass
