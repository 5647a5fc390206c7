from __future__ import annotations

import os
import subprocess
import time
from pathlib import Path

from session_sync import system


def test_a_process_has_a_start_that_stays_the_same() -> None:
    mine = system.process_start(os.getpid())
    assert mine
    assert system.process_start(os.getpid()) == mine


def test_a_process_that_ended_has_none() -> None:
    with subprocess.Popen(["true"]) as process:
        process.wait()
    assert system.process_start(process.pid) is None
    system.kill(process.pid)
    system.kill_group(process.pid)


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
