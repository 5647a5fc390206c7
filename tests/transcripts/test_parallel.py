"""Work in several processes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from session_sync.errors import UserError
from session_sync.transcripts import parallel


def square() -> Callable[[int], tuple[int, int]]:
    return lambda number: (number * number, os.getpid())


def dying() -> Callable[[int], int]:
    return lambda _: os.kill(os.getpid(), signal.SIGKILL) or 0


def test_everything_is_done_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    found = list(parallel.results(range(500), square))
    assert sorted(value for value, _ in found) == [number * number for number in range(500)]
    assert len({pid for _, pid in found}) == 2
    assert os.getpid() not in {pid for _, pid in found}


def test_little_work_is_done_here() -> None:
    assert {pid for _, pid in parallel.results(range(5), square)} == {os.getpid()}
    assert list(parallel.results([], square)) == []


def test_a_killed_process_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    with pytest.raises(UserError, match="killed"):
        list(parallel.results(range(100), dying))


def test_no_process_outlives_us(tmp_path: Path) -> None:
    script = (
        "import os, sys, time; sys.path[:0] = sys.argv[2].split(':')\n"
        "os.cpu_count = lambda: 2\n"
        "from session_sync.transcripts import parallel\n"
        "def make():\n"
        "    open(f'{sys.argv[1]}/{os.getpid()}', 'w').close()\n"
        "    return lambda _: time.sleep(0.05)\n"
        "for _ in parallel.results(range(10_000), make): pass\n"
    )
    roots = ":".join(path for path in sys.path if path.endswith("scripts"))
    with subprocess.Popen([sys.executable, "-c", script, str(tmp_path), roots]) as process:
        while len(os.listdir(tmp_path)) < 2:
            time.sleep(0.02)
        process.kill()
    deadline = time.monotonic() + 120
    workers = [int(name) for name in os.listdir(tmp_path)]
    while any(_lives(pid) for pid in workers):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def _lives(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"
