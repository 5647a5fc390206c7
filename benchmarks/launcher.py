#!/usr/bin/env python3
"""What the launcher adds to each start of a verb. Usage: launcher.py [VERB] [--rounds N]

Starts an empty Python, `VERB --help` with the environment's Python, and the same through `scripts/run`, in
turn, and prints the median of each. Both ways keep bytecode where the launcher keeps it.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import time
from pathlib import Path

SCRIPTS = Path(__file__).resolve().parents[1] / "scripts"
sys.dont_write_bytecode = True
sys.path.insert(0, str(SCRIPTS))

from session_sync import cli  # noqa: E402
from session_sync.home import paths  # noqa: E402
from session_sync.launcher import launch  # noqa: E402


def main(_: list[str] | None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("verb", nargs="?", default="whoami")
    parser.add_argument("--rounds", type=int, default=40)
    options = parser.parse_args()
    python = [str(launch.provide(launch.LOCK)), "-E", "-X", f"pycache_prefix={paths.bytecode()}"]
    verb = str(SCRIPTS / f"{options.verb.replace('-', '_')}.py")
    commands = {
        "empty Python": [python[0], "-S", "-c", "pass"],
        "script": [*python, verb, "--help"],
        "launcher": [str(paths.LAUNCHER), options.verb, "--help"],
    }
    medians = _medians(commands, options.rounds)
    for name, seconds in medians.items():
        print(f"{name:14}{seconds * 1000:8.1f} ms")
    launcher, script = medians["launcher"], medians["script"]
    print(f"launcher adds {(launcher - script) * 1000:8.1f} ms: {launcher / script:.2f} times the script")
    return 0


def _medians(commands: dict[str, list[str]], rounds: int) -> dict[str, float]:
    """The median seconds of each command, run in turn so that a busy machine slows all alike."""
    times: dict[str, list[float]] = {name: [] for name in commands}
    for number in range(rounds + 1):
        for name, command in commands.items():
            start = time.perf_counter()
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
            if number:  # the first round warms the bytecode
                times[name].append(time.perf_counter() - start)
    return {name: statistics.median(taken) for name, taken in times.items()}


if __name__ == "__main__":
    raise SystemExit(cli.run(main))
