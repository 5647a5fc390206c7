from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from subprocess import PIPE

import pytest

from session_sync import system
from session_sync.git.conversation import Answer, converse

PATIENCE = 60  # seconds; a daemon sleeps longer


@pytest.fixture(params=[False, True], autouse=True)
def windows(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both ways to read: all pipes at once, and by the threads that Windows needs."""
    monkeypatch.setattr(system, "WINDOWS", request.param)


@pytest.fixture
def started() -> Iterator[list[subprocess.Popen[bytes]]]:
    """What a test started, ended with its children."""
    processes: list[subprocess.Popen[bytes]] = []
    yield processes
    for process in processes:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        for pipe in (process.stdin, process.stdout, process.stderr):
            assert pipe
            pipe.close()


def ask(started: list[subprocess.Popen[bytes]], *command: str, data: bytes = b"") -> tuple[int, Answer]:
    process = subprocess.Popen(command, stdin=PIPE, stdout=PIPE, stderr=PIPE, start_new_session=True)
    started.append(process)
    answer = converse(process, data, lambda _: None)
    return process.wait(PATIENCE), answer


def test_what_is_said_on_both_outputs_is_heard(started: list[subprocess.Popen[bytes]]) -> None:
    assert ask(started, "sh", "-c", "cat; echo err >&2; exit 3", data=b"in") == (3, (b"in", b"err\n"))


def test_much_goes_both_ways(started: list[subprocess.Popen[bytes]]) -> None:
    data = bytes(range(256)) * 20_000
    code, answer = ask(started, "cat", data=data)
    assert (code, answer.err) == (0, b"")
    assert answer.out == data


def test_what_is_not_read_holds_nobody_up(started: list[subprocess.Popen[bytes]]) -> None:
    assert ask(started, "sh", "-c", "exec <&-; echo done", data=b"x" * 1_000_000) == (0, (b"done\n", b""))


@pytest.mark.parametrize("kept", [">/dev/null", "2>/dev/null", "", "<&0 >/dev/null 2>&1"])
def test_a_daemon_that_keeps_the_outputs_is_not_waited_for(started: list[subprocess.Popen[bytes]], kept: str) -> None:
    said = "x" * 60_000
    text = f"import os; os.write(1, b'{said}'); os.write(2, b'err')"
    command = f'(exec sleep 600) {kept} & exec {sys.executable} -S -c "{text}"'
    code, answer = ask(started, "sh", "-c", command, data=b"")
    assert (code, answer) == (0, (said.encode(), b"err"))


def test_a_daemon_that_goes_on_talking_is_not_listened_to(started: list[subprocess.Popen[bytes]]) -> None:
    code, answer = ask(started, "sh", "-c", "(exec yes) & echo err >&2; exit 4")
    assert (code, answer.err) == (4, b"err\n")


def test_who_closed_its_outputs_is_waited_for(started: list[subprocess.Popen[bytes]]) -> None:
    assert ask(started, "sh", "-c", "exec >&- 2>&-; sleep 0.3; exit 5") == (5, (b"", b""))


def test_one_may_give_up(started: list[subprocess.Popen[bytes]]) -> None:
    process = subprocess.Popen(["sleep", "600"], stdin=PIPE, stdout=PIPE, stderr=PIPE, start_new_session=True)
    started.append(process)

    def look(_: int) -> None:
        raise TimeoutError

    with pytest.raises(TimeoutError):
        converse(process, b"", look)
