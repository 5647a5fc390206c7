"""N callers at once on one machine: how many rounds really run, and how long the last caller waits.

    python benchmarks/callers.py [--callers 30] [--json]

Compared with as many `sync-logs --sync` one after the other, each with one new log, as a machine without
shared rounds would run them. Exit code 1 when a log did not land.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from contention import Ran, checked, count_files, machine_environment, run, sealed_environment, verb

from remotes import servers
from support.narratives import narrative

NARRATIVE = narrative()
SAVE_SECONDS = 60


@dataclass(frozen=True)
class Calls:
    """What a number of callers took."""

    wall: float
    cpu: float
    longest: float
    rounds: int
    deferred: int
    landed: int


def prepare(root: Path, number: int) -> tuple[dict[str, str], Path]:
    """A machine with an empty remote."""
    env = machine_environment(sealed_environment(root), root, number)
    git_dir = servers.bare_repository(root / f"remote-{number}.git")
    checked(run(verb("sync_logs", "--init", "--remote", git_dir), env))
    return env, git_dir


def save(env: dict[str, str], topic: str) -> None:
    """Save one log and leave the round to the callers."""
    command = verb("save", "--project", "PILOT", "--topic", topic, "--no-sync")
    text = NARRATIVE.encode()
    subprocess.run(command, input=text, env=env, check=True, capture_output=True, timeout=SAVE_SECONDS)


def sync(env: dict[str, str]) -> Ran:
    """One caller."""
    return run(verb("sync_logs", "--sync", "--json"), env)


def result(calls: Sequence[Ran], wall: float, landed: int) -> Calls:
    """Add up what the callers report."""
    done = [json.loads(checked(call).out) for call in calls if call.code != 75]
    return Calls(
        wall=wall,
        cpu=sum(call.cpu for call in calls),
        longest=max(call.wall for call in calls),
        rounds=sum(int(report["rounds"]) for report in done),
        deferred=len(calls) - len(done),
        landed=landed,
    )


def at_once(root: Path, callers: int) -> Calls:
    """All logs saved, then all callers at the same time."""
    env, git_dir = prepare(root, 0)
    for number in range(callers):
        save(env, f"topic-{number}")
    with ThreadPoolExecutor(callers) as pool:
        started = time.monotonic()
        calls = list(pool.map(lambda _: sync(env), range(callers)))
        wall = time.monotonic() - started
    return result(calls, wall, landed(git_dir, env))


def one_by_one(root: Path, callers: int) -> Calls:
    """A log and a caller, then the next log and the next caller; saving is not timed."""
    env, git_dir = prepare(root, 1)
    calls = []
    for number in range(callers):
        save(env, f"topic-{number}")
        calls.append(sync(env))
    return result(calls, sum(call.wall for call in calls), landed(git_dir, env))


def landed(git_dir: Path, env: dict[str, str]) -> int:
    """How many logs are on the machine's branch of the remote."""
    return count_files(git_dir, f"machines/{env['SESSION_SYNC_MACHINE_UUID']}", env)


def table(both: dict[str, Calls], callers: int) -> str:
    """The measurements for people."""
    lines = [f"{callers} callers".ljust(14) + f"{'wall s':>8}{'cpu s':>8}{'longest s':>11}{'rounds':>8}{'landed':>8}"]
    for name, calls in both.items():
        numbers = f"{calls.wall:>8.1f}{calls.cpu:>8.1f}{calls.longest:>11.1f}{calls.rounds:>8}{calls.landed:>8}"
        lines.append(f"{name:<14}{numbers}")
    lines.append(f"{'ratio':<14}{ratio(both):>8.2f}  (at once / one by one)")
    return "\n".join(lines)


def ratio(both: dict[str, Calls]) -> float:
    """The wall time of all at once as a part of one by one."""
    return both["at once"].wall / both["one by one"].wall


def as_report(both: dict[str, Calls], callers: int) -> dict[str, Any]:
    """The measurements for programs."""
    return {"callers": callers, "ratio": ratio(both), **{name: vars(calls) for name, calls in both.items()}}


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--callers", type=int, choices=range(2, 101), default=30, metavar="2..100")
    parser.add_argument("--json", action="store_true", help="one object on stdout instead of the table")
    chosen = parser.parse_args(argv)
    with tempfile.TemporaryDirectory(prefix="session-sync-bench-") as temporary:
        root = Path(temporary)
        os.environ.update(sealed_environment(root))  # the servers' git reads the environment of this process
        both = {"at once": at_once(root, chosen.callers), "one by one": one_by_one(root, chosen.callers)}
    report = as_report(both, chosen.callers)
    print(json.dumps(report, indent=2) if chosen.json else table(both, chosen.callers))
    return int(any(calls.landed != chosen.callers for calls in both.values()))


if __name__ == "__main__":
    raise SystemExit(main())
