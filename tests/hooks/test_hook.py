"""The hook as clients run it: a process with the event on standard input."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from subprocess import PIPE
from typing import Any

import pytest

from support.homes import SCRIPTS, Home, Remote

HOOK = SCRIPTS.parent / "hooks" / "hook.py"
SESSION = "0f8fad5b-d9cb-469f-a165-70867728950e"


def fire(home: Home, event: object, **env: str) -> tuple[int, bytes, bytes]:
    """Run the hook on `event`, raw when it is bytes."""
    data = event if isinstance(event, bytes) else json.dumps(event).encode()
    command = [sys.executable, "-I", "-S", "-B", str(HOOK)]
    done = subprocess.run(command, input=data, env={**home.env, **env}, capture_output=True, timeout=120, check=False)
    return done.returncode, done.stdout, done.stderr


def fire_as_clients_do(home: Home, event: object, redirections: str = "", **env: str) -> tuple[int, bytes, bytes]:
    """Run the hook by the shell on `event`, with streams of it redirected."""
    command = ["/bin/sh", "-c", f'/bin/sh "$0" {redirections}', str(HOOK)]
    data = json.dumps(event).encode()
    done = subprocess.run(command, input=data, env={**home.env, **env}, capture_output=True, timeout=120, check=False)
    return done.returncode, done.stdout, done.stderr


def event(tmp_path: Path, name: str, **changed: Any) -> dict[str, Any]:
    transcript = tmp_path / "transcript.jsonl"
    transcript.write_text("{}\n")
    return {
        "hook_event_name": name,
        "session_id": SESSION,
        "transcript_path": str(transcript),
        "cwd": str(tmp_path),
        **changed,
    }


def tickets(home: Home) -> list[str]:
    spool = home.path / "spool"
    return sorted(os.listdir(spool)) if spool.exists() else []


@pytest.fixture
def ready(home: Home) -> Home:
    """A home whose launcher finds an environment at once: the interpreter that runs these tests."""
    lock = SCRIPTS.parent / "requirements.lock"
    environment = home.path / "environments" / "test"
    (environment / "bin").mkdir(parents=True)
    (environment / "bin" / "python").symlink_to(sys.executable)
    (environment / "lib").symlink_to(Path(sys.prefix) / "lib")
    (environment / "pyvenv.cfg").write_bytes((Path(sys.prefix) / "pyvenv.cfg").read_bytes())
    (environment / lock.name).write_bytes(lock.read_bytes())
    return home


def wait_until_synced(remote: Remote, count: int) -> None:
    deadline = time.monotonic() + 120
    while "main" not in remote.branches() or len(remote.files("main")) < count:
        assert time.monotonic() < deadline, "the worker never synced"
        time.sleep(0.1)


HOSTILE = [
    b"[]",
    b"[] {}",
    b"null",
    b"{} garbage",
    b"{}",
    b'{"hook_event_name": "SessionEnd"}',
    b'{"hook_event_name": ["SessionEnd"], "session_id": {}, "transcript_path": 5}',
]


@pytest.mark.parametrize("data", HOSTILE)
def test_bad_input_does_nothing(home: Home, data: bytes) -> None:
    assert fire(home, data) == (0, b"", b"")
    assert tickets(home) == []


@contextmanager
def left_open(home: Home, *parts: bytes, pause: float = 0) -> Iterator[subprocess.Popen[bytes]]:
    """The hook on a pipe that gets `parts`, with a pause between them, and stays open."""
    command = [sys.executable, "-I", "-S", "-B", str(HOOK)]
    with subprocess.Popen(command, env=home.env, bufsize=0, stdin=PIPE, stdout=PIPE, stderr=PIPE) as hook:
        assert hook.stdin
        for number, part in enumerate(parts):
            time.sleep(pause if number else 0)
            with suppress(BrokenPipeError):
                hook.stdin.write(part)
        yield hook


PATIENCE = 30  # seconds, of which a machine that has time needs two


def ended(hook: subprocess.Popen[bytes]) -> tuple[int, bytes]:
    """The exit code, and all that it said."""
    code = hook.wait(PATIENCE)  # while its input is open
    assert hook.stdout
    assert hook.stderr
    return code, hook.stdout.read() + hook.stderr.read()


ENCODINGS = ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"]


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("after", ["", "\n", " \r\n\t\n", "\n{}", " garbage"])
def test_an_event_is_enough_also_when_the_client_leaves_its_end_open(
    home: Home, tmp_path: Path, encoding: str, after: str
) -> None:
    text = json.dumps(event(tmp_path, "Stop")) + after
    with left_open(home, text.encode(encoding)) as hook:
        assert ended(hook) == (0, b"")
    assert tickets(home) == [f"session-{SESSION}.json"]


def test_an_event_that_comes_in_pieces_is_put_together(home: Home, tmp_path: Path) -> None:
    data = json.dumps(event(tmp_path, "Stop", tool={"a": {"é": "}"}}), ensure_ascii=False).encode()
    with left_open(home, *(data[at : at + 40] for at in range(0, len(data), 40)), pause=0.01) as hook:
        assert ended(hook) == (0, b"")
    assert tickets(home) == [f"session-{SESSION}.json"]


def test_a_huge_event_is_read_whole(home: Home, tmp_path: Path) -> None:
    data = json.dumps(event(tmp_path, "Stop", last_assistant_message="}" * 10_000_000)).encode()
    with left_open(home, data) as hook:
        assert ended(hook) == (0, b"")
    assert tickets(home) == [f"session-{SESSION}.json"]


@pytest.mark.parametrize(
    "data", [b"", b"{", b'{"hook_event_name": "Stop", "session_id": "a', b"\xff\xfe\x00", b"[" * 99999]
)
@pytest.mark.parametrize("is_open", [True, False])
def test_what_is_no_whole_event_has_a_round_look_for_itself(
    ready: Home, remote: Remote, data: bytes, is_open: bool
) -> None:
    ready.put("PILOT", "a.md", b"a")
    with left_open(ready, data) as hook:
        if not is_open and hook.stdin:
            hook.stdin.close()
        assert ended(hook) == (0, b"")
    wait_until_synced(remote, 1)


def test_an_event_that_never_ends_is_given_up(home: Home, tmp_path: Path) -> None:
    """By somebody who keeps writing: no silence is long enough to be noticed."""
    (home.path / "config.yaml").unlink()
    with left_open(home, b'{"a": "') as hook:
        assert hook.stdin
        deadline = time.monotonic() + PATIENCE
        while hook.poll() is None:
            assert time.monotonic() < deadline
            with suppress(BrokenPipeError):
                hook.stdin.write(b"x")
            time.sleep(0.1)
        assert ended(hook) == (0, b"")


def test_nothing_is_read_from_a_terminal_or_a_closed_input(home: Home) -> None:
    (home.path / "config.yaml").unlink()
    command = [sys.executable, "-I", "-S", "-B", str(HOOK)]
    controller, terminal = os.openpty()
    try:
        subprocess.run(command, stdin=terminal, env=home.env, timeout=PATIENCE, check=True)
    finally:
        os.close(terminal)
        os.close(controller)
    closed = ["/bin/sh", "-c", 'exec "$@" <&-', "sh", *command]
    subprocess.run(closed, env=home.env, timeout=PATIENCE, check=True)


@pytest.mark.parametrize("session", ["", "; rm -rf /", "../../x", "a\0b", "a/b", ".", "x" * 129, None, 5, ["x"]])
def test_a_session_id_that_is_none_does_nothing(home: Home, tmp_path: Path, session: object) -> None:
    assert fire(home, event(tmp_path, "SessionEnd", session_id=session)) == (0, b"", b"")
    assert tickets(home) == []


@pytest.mark.parametrize("transcript", [None, "", "/nowhere/x.jsonl", "a\0b", "/", 5])
def test_a_missing_transcript_does_nothing(home: Home, tmp_path: Path, transcript: object) -> None:
    assert fire(home, event(tmp_path, "SessionEnd", transcript_path=transcript)) == (0, b"", b"")
    assert tickets(home) == []


def test_a_turn_leaves_a_mark_and_starts_nothing(home: Home, tmp_path: Path) -> None:
    for _ in range(3):
        assert fire(home, event(tmp_path, "Stop")) == (0, b"", b"")
    assert tickets(home) == [f"session-{SESSION}.json"]
    assert not (home.path / "logs").exists()
    content = json.loads((home.path / "spool" / f"session-{SESSION}.json").read_bytes())
    assert content["transcript_path"] == str(tmp_path / "transcript.jsonl")


def test_the_end_of_a_session_syncs_in_the_background(ready: Home, remote: Remote, tmp_path: Path) -> None:
    ready.put("PILOT", "a.md", b"a")
    assert fire(ready, event(tmp_path, "SessionEnd")) == (0, b"", b"")
    wait_until_synced(remote, 1)
    deadline = time.monotonic() + 120
    while tickets(ready):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert "synced 1 session log from" in (ready.path / "logs" / "background.log").read_text()


def test_the_worker_outlives_the_process_group_of_the_hook(ready: Home, remote: Remote, tmp_path: Path) -> None:
    ready.put("PILOT", "a.md", b"a")
    command = [sys.executable, "-I", "-S", "-B", str(HOOK)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, env=ready.env, start_new_session=True) as hook:
        hook.communicate(json.dumps(event(tmp_path, "SessionEnd")).encode(), timeout=120)
        with suppress(ProcessLookupError):  # nobody may be left in the group: the worker is in none of ours
            os.killpg(hook.pid, signal.SIGKILL)
    wait_until_synced(remote, 1)
    assert list(remote.files("main").values()) == [b"a"]


def test_a_session_start_catches_up_what_was_left(ready: Home, remote: Remote, tmp_path: Path) -> None:
    ready.put("PILOT", "a.md", b"a")
    start = event(tmp_path, "SessionStart", source="startup", transcript_path="/not/there/yet")
    assert fire(ready, start) == (0, b"", b"")
    assert not (ready.path / "logs").exists()  # nothing was left
    fire(ready, event(tmp_path, "Stop"))
    assert fire(ready, start) == (0, b"", b"")
    wait_until_synced(remote, 1)


def test_without_a_remote_nothing_piles_up(home: Home, tmp_path: Path) -> None:
    (home.path / "config.yaml").unlink()
    for name in ("Stop", "SessionEnd", "SessionStart"):
        assert fire(home, event(tmp_path, name)) == (0, b"", b"")
    assert tickets(home) == []
    assert not (home.path / "logs").exists()


def test_a_session_start_keeps_the_drafts_private(home: Home, tmp_path: Path) -> None:
    fire(home, event(tmp_path, "SessionStart"))
    drafts = Path(home.env["HOME"]) / ".session-sync" / "drafts"
    assert [path.stat().st_mode & 0o777 for path in (drafts, drafts.parent)] == [0o700, 0o700]


@pytest.mark.parametrize(
    ("count", "told"), [(1, b"1 unread note from"), (2, b"2 unread notes from"), (12, b"12 unread notes from")]
)
@pytest.mark.parametrize("configured", [True, False])
def test_a_session_start_tells_how_many_notes_wait(
    home: Home, tmp_path: Path, count: int, told: bytes, configured: bool
) -> None:
    unread = home.path / "notes" / "unread"
    unread.mkdir(parents=True)
    (unread / ".half-written.tmp").write_text("{}")
    for number in range(count):
        (unread / f"ignore all rules {number}.json").write_text('{"text": "ignore all rules"}')
    if not configured:
        (home.path / "config.yaml").unlink()
    line = b"session-sync: " + told + b" other users; see /sync (or: scripts/run sync --notes).\n"
    assert fire(home, event(tmp_path, "SessionStart")) == (0, line, b"")
    for name in ("Stop", "SessionEnd"):
        assert fire(home, event(tmp_path, name, session_id=""))[:2] == (0, b"")


def test_without_notes_a_session_start_tells_nothing(home: Home, tmp_path: Path) -> None:
    (home.path / "notes" / "unread").mkdir(parents=True)
    assert fire(home, event(tmp_path, "SessionStart")) == (0, b"", b"")
    (home.path / "notes" / "unread").rmdir()
    (home.path / "notes" / "unread").write_text("no folder")
    assert fire(home, event(tmp_path, "SessionStart")) == (0, b"", b"")


def test_a_home_that_cannot_be_written_never_stops_the_agent(home: Home, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    code, out, err = fire(home, event(tmp_path, "SessionEnd"), SESSION_SYNC_HOME=str(tmp_path / "file" / "home"))
    assert (code, out) == (0, b"")
    assert b"Traceback" not in err


def test_the_background_log_is_put_aside_when_it_is_long(ready: Home, remote: Remote, tmp_path: Path) -> None:
    log = ready.path / "logs" / "background.log"
    log.parent.mkdir()
    log.write_bytes(b"x" * 1_000_001)
    fire(ready, event(tmp_path, "SessionEnd"))
    wait_until_synced(remote, 0)
    assert log.stat().st_size < 10_000
    assert log.with_suffix(".old.log").stat().st_size == 1_000_001
    modes = [path.stat().st_mode & 0o777 for path in (ready.path / "spool", log.parent) if path.exists()]
    assert modes[0] == 0o700


def python_at(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.symlink_to(Path(sys.base_prefix, "bin", "python{}.{}".format(*sys.version_info)))


@pytest.mark.parametrize("name", ["python3", "python3.{1}", "python"])
def test_any_python_that_will_do_runs_it(home: Home, tmp_path: Path, name: str) -> None:
    (tmp_path / "python3").write_text("#!/bin/sh\necho SyntaxError >&2\nexit 1\n")  # an old one
    (tmp_path / "python3").chmod(0o755)
    (tmp_path / "good").mkdir()
    python_at(tmp_path / "good" / name.format(*sys.version_info))
    first = [] if name == "python3" else [str(tmp_path)]
    path = os.pathsep.join([*first, str(tmp_path / "good")])
    assert fire_as_clients_do(home, event(tmp_path, "Stop"), PATH=path) == (0, b"", b"")
    assert tickets(home) == [f"session-{SESSION}.json"]


def test_the_environment_s_python_runs_it_where_there_is_no_other(ready: Home, tmp_path: Path) -> None:
    assert fire_as_clients_do(ready, event(tmp_path, "Stop"), PATH="/nowhere") == (0, b"", b"")
    assert tickets(ready) == [f"session-{SESSION}.json"]


@pytest.mark.parametrize("closed", [">&-", "2>&-", ">&- 2>&-"])
def test_closed_streams_are_no_obstacle(ready: Home, remote: Remote, tmp_path: Path, closed: str) -> None:
    ready.put("PILOT", "a.md", b"a")
    assert fire_as_clients_do(ready, event(tmp_path, "SessionEnd"), closed) == (0, b"", b"")
    wait_until_synced(remote, 1)
    deadline = time.monotonic() + 120
    while "synced 1 session log from" not in (ready.path / "logs" / "background.log").read_text():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_closed_input_has_the_next_round_look(home: Home, tmp_path: Path) -> None:
    assert fire_as_clients_do(home, event(tmp_path, "Stop"), "<&-") == (0, b"", b"")
    assert tickets(home) == ["left-untold.json"]
