"""Rounds that are ended while git waits for a remote that says nothing."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator

import pytest

from session_sync.home import lock, orphans, paths
from support.homes import Home
from support.members import Member


@pytest.fixture
def silent() -> Iterator[str]:
    """The URL of a remote that takes connections and never answers."""
    with socket.create_server(("127.0.0.1", 0), backlog=50) as server:
        yield f"git://127.0.0.1:{server.getsockname()[1]}/x.git"


def wait_for(condition: object, seconds: float = 120) -> None:
    deadline = time.monotonic() + seconds
    while not condition():  # type: ignore[operator] # a function of no arguments
        assert time.monotonic() < deadline, "waited too long"
        time.sleep(0.02)


@pytest.fixture
def waiting(home: Home, silent: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[subprocess.Popen[bytes]]:
    """A round of a home of ours whose git waits; this process looks at that home too."""
    monkeypatch.setenv("SESSION_SYNC_HOME", str(home.path))
    (home.path / "config.yaml").write_text(f"remote: {silent}\n")
    home.save("one", "--no-sync")
    process = home.start("sync-logs")
    try:
        wait_for(lambda: len(orphans.holders(paths.round_lock())) > 1)  # a git holds the lock as well
        time.sleep(1)  # it may be one before the fetch
        wait_for(lambda: len(orphans.holders(paths.round_lock())) > 1)
        yield process
    finally:
        process.kill()
        process.communicate()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_a_signal_ends_the_round_and_its_git(waiting: subprocess.Popen[bytes], number: signal.Signals) -> None:
    waiting.send_signal(number)
    assert waiting.wait(60) == 130
    assert orphans.holders(paths.round_lock()) == {}
    assert lock.own_round(0, lambda progress: {"code": 0})["code"] == 0


def test_the_git_of_a_killed_round_is_ended_by_the_next_caller(
    home: Home, waiting: subprocess.Popen[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(orphans, "IDLE", 0.5)
    waiting.kill()
    waiting.wait()
    assert orphans.holders(paths.round_lock())
    assert lock.own_round(120, lambda progress: {"code": 0})["code"] == 0
    assert orphans.holders(paths.round_lock()) == {}
    assert list((home.path / "repositories").glob("**/*.lock")) == []


def test_a_signal_ends_a_sync_that_asks_the_remote_in_a_thread(ada: Member, silent: str) -> None:
    ada.git("remote", "set-url", "origin", silent)
    process = ada.home.start("sync", cwd=ada.tree)
    record = ada.home.path / "state/round.lock"
    wait_for(lambda: len(orphans.holders(record)) > 1)
    time.sleep(1)
    wait_for(lambda: len(orphans.holders(record)) > 1)
    process.send_signal(signal.SIGTERM)
    _, said = process.communicate(timeout=60)
    assert (process.returncode, b"Traceback" in said) == (130, False)
    assert orphans.holders(record) == {}
    assert not list((ada.tree / ".git").glob("**/*.lock"))


def test_a_hung_round_is_ended_with_its_git(waiting: subprocess.Popen[bytes], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(orphans, "IDLE", 0.5)
    monkeypatch.setattr(lock.owner, "WATCHED", 0.5)
    waiting.send_signal(signal.SIGSTOP)
    old = time.time() - lock.owner.HUNG_AFTER - 1
    os.utime(paths.round_owner(), (old, old))
    assert lock.own_round(120, lambda progress: {"code": 0})["code"] == 0
    assert waiting.wait(60) == -signal.SIGKILL
    assert orphans.holders(paths.round_lock()) == {}
