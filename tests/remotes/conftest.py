"""A remote over each transport, served by a real server."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from remotes import servers


@dataclass(frozen=True)
class Remote:
    """One bare repository: how a client reaches it, and where its bytes are."""

    url: str
    git_dir: Path


@pytest.fixture
def remote_root(tmp_path: Path) -> Path:
    """The directory that the servers serve, with an empty `logs.git` in it."""
    root = tmp_path / "served"
    servers.bare_repository(root / "logs.git")
    return root


@pytest.fixture
def ssh_server(remote_root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[servers.SshServer]:
    """A running sshd; every ssh that git starts in the test uses its key."""
    with servers.ssh_git_server(remote_root, tmp_path / "sshd") as server:
        monkeypatch.setenv("GIT_SSH_COMMAND", server.command)
        yield server


@pytest.fixture
def http_base(remote_root: Path) -> Iterator[str]:
    """A running http-backend without authentication."""
    with servers.http_git_server(remote_root) as base:
        yield base


@pytest.fixture(params=["http", "ssh"])
def remote(request: pytest.FixtureRequest, remote_root: Path) -> Remote:
    """`logs.git` over each transport in turn."""
    base = (
        request.getfixturevalue("http_base") if request.param == "http" else request.getfixturevalue("ssh_server").url
    )
    return Remote(f"{base}logs.git", remote_root / "logs.git")
