"""Verbs whose standard streams are closed, full, or read no further: the work is done, and the code is its own."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from support.homes import MACHINE, OWN, ROOT, SCRIPTS, Home, Remote, make_machine
from support.narratives import narrative

STREAMS = [
    ">&-",
    "2>&-",
    "<&-",
    ">&- 2>&-",
    ">&- 2>&- <&-",
    "> /dev/full",
    "2> /dev/full",
    "> /dev/full 2>&1",
    "| true",
]


@pytest.fixture
def remote(tmp_path: Path) -> Remote:
    return Remote(tmp_path / "r.git")


@pytest.fixture
def home(tmp_path: Path, remote: Remote, compiled_rules: Path) -> Home:
    return make_machine(tmp_path / "home", MACHINE, remote, compiled_rules)


def shell(home: Home, line: str, data: str = "") -> subprocess.CompletedProcess[str]:
    """Run `line` in bash; `$0 script.py` is Python and `$1` the folder of the scripts. The code is the first one's."""
    return subprocess.run(
        ["bash", "-c", f"{line}; exit ${{PIPESTATUS[0]}}", sys.executable, SCRIPTS],
        env=home.env,
        input=data,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def assert_quiet_end(ran: subprocess.CompletedProcess[str], code: int = 0) -> None:
    assert ran.returncode == code, ran
    assert "Traceback" not in ran.stderr
    assert "Exception ignored" not in ran.stderr
    assert "crash.log" not in ran.stderr


@pytest.mark.parametrize("streams", STREAMS)
def test_what_is_saved_is_synced_and_the_code_is_its_own(streams: str, home: Home, remote: Remote) -> None:
    draft = home.path / "draft.md"
    draft.write_text(narrative())
    save = f"$0 $1/save.py --project PILOT --topic one --draft {draft} {streams}"
    assert_quiet_end(shell(home, save))
    assert len(remote.files(OWN)) == 1
    home.put("PILOT", "by-hand.md", narrative().encode())
    assert_quiet_end(shell(home, f"$0 $1/sync_logs.py {streams}"))
    assert len(remote.files(OWN)) == 2
    assert_quiet_end(shell(home, f"$0 $1/sync_logs.py --json {streams}"))


@pytest.mark.parametrize("streams", STREAMS)
def test_a_command_under_the_lock_has_the_streams_it_is_given(streams: str, home: Home) -> None:
    assert_quiet_end(shell(home, f"$0 $1/locked.py -- sh -c 'exit 3' {streams}"), 3)


def test_a_command_with_a_closed_output_writes_into_no_file_of_ours(home: Home) -> None:
    assert_quiet_end(shell(home, "$0 $1/locked.py -- echo spilled >&-"))
    held = [path for path in home.path.rglob("*") if path.is_file() and b"spilled" in path.read_bytes()]
    assert held == []


@pytest.mark.parametrize(
    "verb",
    ["whoami.py", "whoami.py --json", "scan.py $1/whoami.py", "scan.py --json $1/whoami.py", "sync_logs.py --status",
     "sync_logs.py --dry-run --json", "export.py sources"],
)  # fmt: skip
def test_a_report_that_cannot_be_written_is_a_failure_where_it_is_all(verb: str, home: Home) -> None:
    full = shell(home, f"$0 $1/{verb} > /dev/full")
    assert_quiet_end(full, 1)
    (line,) = [line for line in full.stderr.splitlines() if "cannot write" in line]
    assert "No space left on device" in line
    for streams in (">&-", "| true", "2>&-"):
        assert_quiet_end(shell(home, f"$0 $1/{verb} {streams}"))


def test_a_report_of_work_that_cannot_be_written_is_a_warning(home: Home) -> None:
    ran = shell(home, "$0 $1/sync_logs.py --json > /dev/full")
    assert_quiet_end(ran)
    assert "[WARNING] cannot write to standard output: No space left on device; all else was done" in ran.stderr


def test_an_error_keeps_its_code_when_nobody_hears_it(home: Home) -> None:
    for streams in STREAMS:
        ran = shell(home, f"$0 $1/sync_logs.py --nonsense {streams}")
        assert_quiet_end(ran, 2)
        assert ran.stdout == ""


def test_an_error_does_not_go_to_standard_output_when_standard_error_is_closed(home: Home) -> None:
    ran = shell(home, "$0 $1/sync_logs.py --json --nonsense 2>&-")
    assert json.loads(ran.stdout)["code"] == 2


def test_a_narrative_from_a_closed_input_is_refused(home: Home) -> None:
    ran = shell(home, "$0 $1/save.py --project PILOT --topic one <&-")
    assert_quiet_end(ran, 2)
    assert len(ran.stderr.splitlines()) == 1


@pytest.mark.parametrize("streams", STREAMS)
def test_a_hook_never_fails(streams: str, home: Home) -> None:
    ran = shell(home, f"$0 -I -S -B {ROOT / 'hooks' / 'hook.py'} {streams}", '{"hook_event_name": "SessionStart"}')
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "", "")


@pytest.mark.parametrize("place", ["file", "~nobody-of-this-name/x"])
def test_a_hook_says_in_one_line_why_it_could_do_nothing(place: str, home: Home, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    event = '{"hook_event_name": "SessionStart"}'
    given = dict.fromkeys(("SESSION_SYNC_HOME", "HOME"), place if place.startswith("~") else str(tmp_path / place))
    hook = [sys.executable, "-I", "-S", "-B", ROOT / "hooks" / "hook.py"]
    ran = subprocess.run(
        hook, env={**home.env, **given}, cwd=tmp_path, input=event, capture_output=True, text=True, check=False
    )
    assert (ran.returncode, ran.stdout, len(ran.stderr.splitlines())) == (0, "", 1)
    assert place in ran.stderr
