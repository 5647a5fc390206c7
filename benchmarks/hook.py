"""What the hook costs an agent: each event against an empty Python, with the same interpreter, in turn.

    python benchmarks/hook.py [--rounds 30]

The worker that the end of a session starts is replaced by a program that does nothing, so that only the hook is
measured. The goal is at most twice the empty Python and 20 ms.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FLAGS = ("-I", "-S", "-B")


def plugin_with_idle_worker(folder: Path) -> Path:
    """A copy of the plugin whose launcher ends at once; returns its hook."""
    shutil.copytree(ROOT / "hooks", folder / "hooks")
    shutil.copytree(ROOT / "scripts", folder / "scripts", ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "scripts" / "run").write_text("#!/bin/sh\n")
    return folder / "hooks" / "hook.py"


def seconds(command: list[str], data: bytes, env: dict[str, str]) -> float:
    """The wall-clock time of one run, which must succeed."""
    begin = time.perf_counter()
    subprocess.run(command, input=data, env=env, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - begin


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=30)
    rounds = parser.parse_args().rounds
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        hook = plugin_with_idle_worker(root / "plugin")
        (root / "transcript.jsonl").write_text("{}\n")
        (root / "home").mkdir()
        (root / "home" / "config.yaml").write_text("remote: /nowhere\n")  # without one the hook does nothing
        env = {"PATH": os.environ["PATH"], "HOME": folder, "SESSION_SYNC_HOME": str(root / "home")}
        python = sys.executable
        event = {"session_id": "bench", "transcript_path": str(root / "transcript.jsonl"), "cwd": folder}
        commands = {"empty Python": ([python, "-S", "-c", "pass"], b"")}
        for name in ("SessionStart", "Stop", "SessionEnd"):
            data = json.dumps({**event, "hook_event_name": name}).encode()
            commands[name] = ([python, *FLAGS, str(hook)], data)
        times: dict[str, list[float]] = {name: [] for name in commands}
        for _ in range(rounds):
            for name, (command, data) in commands.items():
                times[name].append(seconds(command, data, env))
    empty = statistics.median(times["empty Python"]) * 1000
    limit = 2 * empty + 20
    for name, found in times.items():
        middle = statistics.median(found) * 1000
        print(f"{name:13} median {middle:6.1f} ms   {middle / empty:5.2f} x   limit {limit:5.1f} ms")


if __name__ == "__main__":
    main()
