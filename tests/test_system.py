from __future__ import annotations

import os
import subprocess
import time
from pathlib import Path

import pytest

from session_sync import system


@pytest.fixture(params=[False, True])
def windows(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both ways to wait for a pipe: by select, and by the thread that Windows needs."""
    monkeypatch.setattr(system, "WINDOWS", request.param)


@pytest.mark.usefixtures("windows")
def test_what_arrives_is_given_at_once_and_silence_ends_it() -> None:
    reading, writing = os.pipe()
    with os.fdopen(reading) as stream, os.fdopen(writing, "wb", buffering=0) as writer:
        writer.write(b"one")
        arriving = system.arriving(stream, 0.5, 60)
        assert next(arriving) == b"one"
        writer.write(b"two")
        assert next(arriving) == b"two"
        assert list(arriving) == []
        writer.write(b"end")  # lets a thread go that still reads
        writer.close()


@pytest.mark.usefixtures("windows")
def test_the_end_of_the_input_ends_it() -> None:
    reading, writing = os.pipe()
    os.write(writing, b"x" * 5000)
    os.close(writing)
    with os.fdopen(reading) as stream:
        assert b"".join(system.arriving(stream, 60, 60)) == b"x" * 5000


@pytest.mark.usefixtures("windows")
def test_no_input_is_waited_for_longer_than_the_limit() -> None:
    reading, writing = os.pipe()
    with os.fdopen(reading) as stream:
        assert list(system.arriving(stream, 60, 0.1)) == []
        os.close(writing)
    assert list(system.arriving(None, 60, 60)) == []


def test_a_process_has_a_start_that_stays_the_same() -> None:
    mine = system.process_start(os.getpid())
    assert mine
    assert system.process_start(os.getpid()) == mine


def test_a_process_that_ended_has_none() -> None:
    with subprocess.Popen(["true"]) as process:
        process.wait()
    assert system.process_start(process.pid) is None
    system.kill(process.pid)
    system.end_group(process.pid)


def test_a_detached_child_writes_to_the_log_and_holds_nothing_of_ours(tmp_path: Path) -> None:
    read, write = os.pipe()
    os.set_inheritable(write, True)
    log = tmp_path / "log"
    system.spawn_detached(["/bin/sh", "-c", "echo out; echo err >&2; ps -o ppid= -p $$; exec sleep 0.5"], log)
    os.close(write)
    assert os.read(read, 1) == b""  # the child has not kept the pipe open
    os.close(read)
    deadline = time.monotonic() + 120
    while log.read_text().count("\n") < 3:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    out, err, parent = log.read_text().split()
    assert (out, err) == ("out", "err")
    assert int(parent) != os.getpid()
    assert log.stat().st_mode & 0o777 == 0o600
