"""A store of 10,000 logs: a sync when nothing, or one log, has changed, against a bare `git status`.

    python benchmarks/store.py [--logs 10000] [--times 9] [--json]

`git status` runs in a work tree with the same files committed; both sides alternate in one run, and the
ratios are of medians. Exit code 1 when the remote does not hold every log.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

from contention import Ran, checked, count_files, machine_environment, run, sealed_environment, verb

from remotes import servers

PROJECTS = 10
LOG_BYTES = 2048
WORDS = (
    "session",
    "branch",
    "remote",
    "commit",
    "merge",
    "later",
    "plan",
    "review",
    "design",
    "measure",
    "result",
)


class Cost(NamedTuple):
    """Seconds of wall clock and of CPU."""

    wall: float
    cpu: float


def cost(*runs: Ran) -> Cost:
    """What the runs took together; each must have succeeded."""
    return Cost(sum(checked(ran).wall for ran in runs), sum(ran.cpu for ran in runs))


def middle(costs: Sequence[Cost]) -> Cost:
    """The median of each."""
    return Cost(median(one.wall for one in costs), median(one.cpu for one in costs))


def fill(env: dict[str, str], logs: int) -> Path:
    """Write the store; returns the folder of its projects."""
    projects = Path(env["SESSION_SYNC_HOME"], "session-logs", "projects")
    source = random.Random(20261120)  # noqa: S311 - the same text in every run
    for number in range(logs):
        folder = projects / f"PROJECT-{number % PROJECTS}" / env["SESSION_SYNC_MACHINE_UUID"]
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        text = " ".join(source.choices(WORDS, k=LOG_BYTES // 5))
        (folder / f"2026-11-20-bench-topic{number}.md").write_text(f"# Log {number}\n\n{text}"[:LOG_BYTES])
    return projects


class Tree:
    """A git work tree with the same files, and a remote of its own."""

    def __init__(self, root: Path, files: Path, env: dict[str, str]) -> None:
        self.path = root / "tree"
        self.env = env
        remote = servers.bare_repository(root / "tree.git")
        shutil.copytree(files, self.path)
        for words in (
            ("init", "--quiet", "--initial-branch=main"),
            ("remote", "add", "origin", str(remote)),
            ("add", "--all"),
            ("commit", "--quiet", "-m", "all"),
            ("push", "--quiet", "origin", "HEAD:main"),
            ("status", "--porcelain"),  # writes the index anew, so that the runs measured compare times alone
        ):
            checked(self.git(*words))

    def git(self, *words: str) -> Ran:
        return run(["git", *words], self.env, self.path)

    def status(self) -> Cost:
        return cost(self.git("status", "--porcelain"))

    def status_and_push(self) -> Cost:
        """`git status` that sees one changed file, and the push of its commit; committing is not counted."""
        seen = self.git("status", "--porcelain")
        checked(self.git("commit", "--quiet", "--all", "-m", "one"))
        return cost(seen, self.git("push", "--quiet", "origin", "HEAD:main"))


def append(path: Path) -> None:
    """Change one log, as an update does."""
    with path.open("a") as log:
        log.write("\nOne more line.\n")


def alternate(
    times: int, ours: Callable[[], Cost], theirs: Callable[[], Cost], before: Callable[[], None]
) -> dict[str, Any]:
    """Run both sides in turn; returns the medians and the ratios ours / theirs."""
    pairs = []
    for _ in range(times):
        before()
        pairs.append((ours(), theirs()))
    mine, git = middle([pair[0] for pair in pairs]), middle([pair[1] for pair in pairs])
    return {
        "session_sync": mine._asdict(),
        "git": git._asdict(),
        "ratio": {"wall": mine.wall / git.wall, "cpu": mine.cpu / git.cpu},
    }


def measure(root: Path, logs: int, times: int) -> dict[str, Any]:
    """All measurements of one store."""
    env = machine_environment(sealed_environment(root), root, 0)
    remote = servers.bare_repository(root / "logs.git")
    checked(run(verb("sync_logs", "--init", "--remote", remote), env))
    projects = fill(env, logs)

    def sync() -> Cost:
        return cost(run(verb("sync_logs", "--sync"), env))

    first = sync()
    tree = Tree(root, projects, env)
    changed = next(projects.rglob("*.md")).relative_to(projects)

    def change() -> None:
        for place in (projects, tree.path):
            append(place / changed)

    return {
        "logs": logs,
        "times": times,
        "first_sync": first._asdict(),
        "nothing_changed": alternate(times, sync, tree.status, lambda: None),
        "one_changed": alternate(times, sync, tree.status_and_push, change),
        "landed": count_files(remote, f"machines/{env['SESSION_SYNC_MACHINE_UUID']}", env),
    }


def table(report: dict[str, Any]) -> str:
    """The measurements for people."""
    first = report["first_sync"]
    lines = [
        f"{report['logs']} logs, first sync: {first['wall']:.2f} s wall, {first['cpu']:.2f} s CPU",
        f"{'median of ' + str(report['times']):<18}{'ours s':>9}{'git s':>9}{'ratio':>8}{'CPU ratio':>11}",
    ]
    for name in ("nothing_changed", "one_changed"):
        part = report[name]
        walls = f"{part['session_sync']['wall']:>9.3f}{part['git']['wall']:>9.3f}"
        lines.append(f"{name:<18}{walls}{part['ratio']['wall']:>8.2f}{part['ratio']['cpu']:>11.2f}")
    return "\n".join(lines)


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--logs", type=int, choices=range(PROJECTS, 100_001), default=10_000, metavar="10..100000")
    parser.add_argument("--times", type=int, choices=range(1, 101), default=9, metavar="1..100")
    parser.add_argument("--json", action="store_true", help="one object on stdout instead of the table")
    chosen = parser.parse_args(argv)
    with tempfile.TemporaryDirectory(prefix="session-sync-bench-") as temporary:
        root = Path(temporary)
        os.environ.update(sealed_environment(root))  # the servers' git reads the environment of this process
        report = measure(root, chosen.logs, chosen.times)
    print(json.dumps(report, indent=2) if chosen.json else table(report))
    return int(report["landed"] != chosen.logs)


if __name__ == "__main__":
    raise SystemExit(main())
