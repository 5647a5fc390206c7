"""A command under the round's lock, as a user runs it: who waits, what is handed through, what a kill leaves."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path

import pytest

from session_sync import system
from session_sync.home import lock, paths, spool
from support.homes import SCRIPTS, Home, Run
from support.narratives import narrative

SCRIPT = str(SCRIPTS / "locked.py")
# Writes when it began and when it ended.
TIMED = "import sys, time; b = time.time(); time.sleep(0.3); open(sys.argv[1], 'a').write(f'{b} {time.time()}\\n')"


def wait_for(condition: object, seconds: float = 120) -> None:
    deadline = time.monotonic() + seconds
    while not condition():  # type: ignore[operator] # a function of no arguments
        assert time.monotonic() < deadline, "waited too long"
        time.sleep(0.02)


def is_free() -> bool:
    with lock._try_lock(lock._round_lock()) as held:
        return held


@contextmanager
def running(shell: str, tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """`locked` with a shell that has begun to run the script `shell`; `$1` is `tmp_path`."""
    command = [sys.executable, SCRIPT, "--", "sh", "-c", f'echo $$ > "$1/pid"; {shell}', "sh", str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL) as process:
        wait_for(lambda: (tmp_path / "pid").exists() and (tmp_path / "pid").read_text())
        try:
            yield process
        finally:
            process.kill()
            system.kill(child(tmp_path))


def child(tmp_path: Path) -> int:
    return int((tmp_path / "pid").read_text())


def test_two_at_once_never_overlap(tmp_path: Path) -> None:
    command = [sys.executable, SCRIPT, "--", sys.executable, "-c", TIMED, str(tmp_path / "times")]
    for process in [subprocess.Popen(command) for _ in range(4)]:
        assert process.wait(120) == 0
    times = sorted([float(part) for part in line.split()] for line in (tmp_path / "times").read_text().splitlines())
    assert len(times) == 4
    assert all(before[1] <= after[0] for before, after in pairwise(times))


def test_what_goes_in_and_out_is_the_commands_own(tmp_path: Path) -> None:
    shell = 'read line; echo "<$line> $MINE $PWD"; echo warning >&2; umask > mask; exit 7'
    done = subprocess.run(
        [sys.executable, SCRIPT, "--wait", "5", "--", "sh", "-c", shell],
        input=b"hello\n",
        capture_output=True,
        check=False,
        cwd=tmp_path,
        umask=0o027,
        env={**os.environ, "MINE": "$(a value)"},
    )
    assert (done.returncode, done.stderr) == (7, b"warning\n")
    assert done.stdout == f"<hello> $(a value) {tmp_path}\n".encode()
    assert (tmp_path / "mask").read_text() == "0027\n"
    assert (tmp_path / "mask").stat().st_mode & 0o777 == 0o640
    assert spool.pending() == []


def test_the_launchers_umask_is_not_the_commands(run_verb: Run) -> None:
    ran = run_verb("locked", "--", "sh", "-c", 'umask; echo "${SESSION_SYNC_UMASK-none}"', SESSION_SYNC_UMASK="0002")
    assert ran.out == "0002\nnone\n"


def test_words_are_handed_through_as_they_are(run_verb: Run) -> None:
    words = ["--wait", "a b", "$HOME", "--", "-x", "", "*"]
    ran = run_verb("locked", "--", sys.executable, "-c", "import json, sys; print(json.dumps(sys.argv[1:]))", *words)
    assert json.loads(ran.out) == words


@pytest.mark.parametrize("arguments", [[], ["--"], ["--wait", "1"], ["git", "commit"], ["--json", "--", "true"]])
def test_what_is_no_command_is_wrong_usage(run_verb: Run, arguments: list[str]) -> None:
    ran = run_verb("locked", *arguments)
    assert ran.code == 2
    assert ran.err.count("\n") == 1
    assert ran.err.startswith("session-sync: ")


def test_help_says_how(run_verb: Run) -> None:
    ran = run_verb("locked", "--help")
    assert ran.code == 0
    assert "session-sync locked [--wait S] -- COMMAND..." in ran.out


def test_a_command_that_is_not_there(run_verb: Run) -> None:
    ran = run_verb("locked", "--", "no-such\x1b[2Jcommand", "x")
    assert (ran.code, ran.out) == (127, "")
    assert ran.err == "session-sync: there is no command no-such\\x1b[2Jcommand; check its name and PATH\n"


@pytest.mark.parametrize("content", ["#!/bin/sh\n", "no program"])
def test_a_command_that_cannot_be_run(run_verb: Run, tmp_path: Path, content: str) -> None:
    program = tmp_path / "program"
    program.write_text(content)
    program.chmod(0o755 if content == "no program" else 0o644)
    ran = run_verb("locked", "--", str(program))
    assert ran.code == 126
    assert ran.err.startswith(f"session-sync: cannot run {program}: ")
    assert ran.err.count("\n") == 1


def test_a_busy_lock_defers_and_leaves_no_ticket(run_verb: Run, tmp_path: Path) -> None:
    with running("exec sleep 600", tmp_path):
        ran = run_verb("locked", "--wait", "0.2", "--", "touch", str(tmp_path / "ran"))
    assert (ran.code, ran.out) == (75, "")
    assert ran.err == "session-sync: another round has been running for more than 0 s; run this again\n"
    assert not (tmp_path / "ran").exists()
    assert spool.pending() == []


def test_a_long_command_shows_that_it_lives(tmp_path: Path) -> None:
    with running("exec sleep 600", tmp_path):
        os.utime(paths.round_owner(), (0, 0))
        wait_for(lambda: paths.round_owner().stat().st_mtime > 0)


def test_a_command_that_removes_the_locks_record_ends_under_the_lock(tmp_path: Path) -> None:
    with running('while [ ! -e "$1/gone" ]; do sleep 0.02; done; sleep 2.2; exit 4', tmp_path) as process:
        paths.round_owner().unlink()
        (tmp_path / "gone").touch()  # it shows progress once a second
        assert process.wait(120) == 4


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_is_passed_on_and_waited_for(tmp_path: Path, number: signal.Signals) -> None:
    shell = f"trap 'kill $s; sleep 0.3; exit 3' {number.value}; sleep 600 & s=$!; touch $1/begun; wait"
    with running(shell, tmp_path) as process:
        wait_for((tmp_path / "begun").exists)
        process.send_signal(number)
        assert process.wait(120) == 3
    assert is_free()


def test_a_command_that_a_signal_ends(tmp_path: Path) -> None:
    with running("exec sleep 600", tmp_path) as process:
        process.terminate()
        assert process.wait(120) == 128 + signal.SIGTERM


def test_an_interrupt_at_the_terminal_is_the_commands(tmp_path: Path) -> None:
    """A terminal sends it to all; the command has the last word."""
    shell = "trap 'kill $s; sleep 0.3; exit 5' INT; sleep 600 & s=$!; wait"
    command = [sys.executable, SCRIPT, "--", "sh", "-c", f"{shell.replace('wait', 'touch begun; wait')}"]
    with subprocess.Popen(command, cwd=tmp_path, start_new_session=True, stderr=subprocess.PIPE) as process:
        wait_for((tmp_path / "begun").exists)
        os.killpg(process.pid, signal.SIGINT)
        _, said = process.communicate(timeout=120)
    assert (process.returncode, said) == (5, b"")


def test_a_signal_that_the_user_ignores_is_ignored_by_the_command(tmp_path: Path) -> None:
    shell = f"trap '' HUP; exec {sys.executable} {SCRIPT} -- sh -c 'kill -HUP $$; echo alive'"
    done = subprocess.run(["sh", "-c", shell], capture_output=True, check=False)
    assert (done.returncode, done.stdout) == (0, b"alive\n")


def test_the_lock_stays_taken_until_the_command_of_a_killed_one_ends(tmp_path: Path) -> None:
    with running("exec sleep 600", tmp_path) as process:
        process.kill()
        process.wait()
        assert not is_free()
        system.kill(child(tmp_path))
        wait_for(is_free)


def test_what_a_command_leaves_running_does_not_hold_the_lock(tmp_path: Path) -> None:
    with running("exec >&- 2>&-; sleep 600 & echo $! > $1/pid", tmp_path) as process:
        assert process.wait(120) == 0
        assert is_free()
        assert system.process_start(child(tmp_path))


@pytest.mark.parametrize("verb", [["locked", "--", "true"], ["sync-logs", "--pull"], ["sync-logs"]])
def test_what_runs_within_does_not_wait_for_itself(home: Home, verb: list[str]) -> None:
    script = str(SCRIPTS / f"{verb[0].replace('-', '_')}.py")
    ran = home.run("locked", "--", sys.executable, script, *verb[1:])
    assert ran.code == 2
    assert "this runs within `scripts/run locked`" in ran.err
    assert home.sync("--json").code == 0  # afterwards all is as ever


def test_a_log_saved_within_is_saved_and_synced_by_the_next_round(home: Home) -> None:
    save = [sys.executable, str(SCRIPTS / "save.py"), "--project", "PILOT", "--topic", "t"]
    ran = home.run("locked", "--", *save, stdin=narrative())
    assert ran.code == 2
    assert "saved; this runs within `scripts/run locked`" in ran.err
    log = Path(ran.out.strip())
    assert log.is_file()
    assert [name[:5] for name in os.listdir(home.path / "spool")] == ["left-"]
    home.sync()
    assert os.listdir(home.path / "spool") == []


def test_what_a_command_left_running_may_sync_when_it_has_ended(home: Home, tmp_path: Path) -> None:
    sync = f"{sys.executable} {SCRIPTS / 'sync_logs.py'}; echo $? > code"
    late = f"while [ ! -e ended ]; do sleep 0.02; done; {sync}"
    ran = home.run("locked", "--", "sh", "-c", f"cd {tmp_path}; ({late}) >/dev/null 2>&1 & ")
    assert ran.code == 0
    (tmp_path / "ended").touch()
    wait_for(lambda: (tmp_path / "code").exists() and (tmp_path / "code").read_text())
    assert (tmp_path / "code").read_text() == "0\n"
