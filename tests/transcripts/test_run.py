"""A run exports what changed since the last one, and just that."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from pathlib import Path

from support import agents
from support.archives import Export, Run


def test_a_second_run_changes_nothing(export: Export) -> None:
    agents.claude(export.home, 1, "Hello")
    agents.codex(export.home, 2, "Hello too")
    export()
    before = export.times()
    report = export()
    assert (report["exported"], report["unchanged"]) == ([], 2)
    assert export.times() == before


def test_a_session_that_grows_rewrites_its_own_two_files(export: Export) -> None:
    agents.claude(export.home, 1, "First")
    agents.claude(export.home, 2, "Other", minute=5)
    export()
    before = export.times()
    agents.claude(export.home, 1, "First", "Second", output="more")
    assert len(export()["exported"]) == 1
    after = export.times()
    assert after.keys() == before.keys()
    changed = {name for name in after if after[name] != before[name]}
    assert len(changed) == 2
    assert all("first" in name for name in changed)


def test_the_archive_outlives_the_transcripts(export: Export) -> None:
    path = agents.claude(export.home, 1, "One")
    agents.claude(export.home, 2, "Two")
    export()
    before = export.files()
    path.unlink()
    export()
    assert export.files() == before
    report = export("--prune-missing")
    assert len(report["pruned"]) == 1
    assert len(export.markdown()) == 1
    shutil.rmtree(export.home / ".claude")
    assert export("--prune-missing")["pruned"] == []
    assert len(export.markdown()) == 1


def test_a_run_that_looks_in_one_place_prunes_nothing_elsewhere(export: Export) -> None:
    one = agents.claude(export.home, 1, "One", cwd="/work/a")
    agents.claude(export.home, 2, "Two", cwd="/work/b")
    export()
    export("--source", f"claude={one.parent}", "--prune-missing")
    assert len(export.markdown()) == 2
    one.unlink()
    assert len(export("--source", f"claude={one.parent}", "--prune-missing")["pruned"]) == 1
    assert [path.stem for path in export.markdown()] == ["2026-11-20-1000-two"]


def test_two_transcripts_with_one_id_are_two_sessions(export: Export, tmp_path: Path) -> None:
    agents.claude(export.home, 1, "Here")
    agents.claude(tmp_path / "copy", 1, "There", "and more")
    places = ("--source", f"claude={export.home / '.claude'}", "--source", f"claude={tmp_path / 'copy'}")
    export(*places)
    assert sorted(path.stem for path in export.markdown()) == ["2026-11-20-1000-here", "2026-11-20-1000-there"]
    assert export(*places)["exported"] == []


def test_two_runs_at_once_are_safe(export: Export, run_verb: Run) -> None:
    for number in range(1, 40):
        agents.claude(export.home, number, f"Prompt {number % 7}")
    command = ["export", "sync", "--out", str(export.out), "--json"]
    import concurrent.futures

    with concurrent.futures.ThreadPoolExecutor(3) as pool:
        ran = [one.result() for one in [pool.submit(run_verb, *command) for _ in range(3)]]
    assert [one.code for one in ran] == [0, 0, 0]
    assert len(export.markdown()) == 39
    before = export.times()
    assert export()["exported"] == []
    assert export.times() == before
    assert run_verb("export", "verify", str(export.out)).code == 0


def test_a_killed_run_is_finished_by_the_next_one(export: Export, tmp_path: Path) -> None:
    import signal
    import sys

    from support.homes import SCRIPTS

    for number in range(1, 200):
        agents.claude(export.home, number, *(f"Prompt {number} {turn}" for turn in range(30)))
    command = [sys.executable, str(SCRIPTS / "export.py"), "sync", "--out", str(export.out)]
    with subprocess.Popen(command, env=dict(os.environ)) as process:
        while len(list(export.out.rglob("*.md"))) < 20 and process.poll() is None:
            time.sleep(0.01)
        process.send_signal(signal.SIGKILL)
    time.sleep(0.3)
    some = len(export.markdown())
    assert some < 199
    export()
    assert len(export.markdown()) == 199
    assert len(list(export.out.rglob(".*.json"))) == 199
