"""N machines, one remote, all at once: a clone and a rebase loop on `main` against session-sync.

    python benchmarks/contention.py [--machines 30] [--transports file http ssh] [--only SIDE] [--json]

Both sides land the same number of files from the same number of machines on the same kind of remote, one
after the other in one run; read the ratios, not the seconds. Exit code 1 when something did not land.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from remotes import servers

SCRIPTS = Path(__file__).resolve().parents[1] / "scripts"
FILES = 3
FIRST_PAUSE, LONGEST_PAUSE = 0.2, 5.0
MACHINE_SECONDS = 400.0  # after that a machine gives up and counts as not landed
COMMAND_SECONDS = 300.0
ROUNDS = 10  # a deferred machine is run again this often
PREPARED_AT_ONCE = 4
LOG = "# A session\n\n" + "Some words of a narrative that nobody has to withhold.\n" * 40


@dataclass(frozen=True)
class Ran:
    """One finished process: `cpu` counts its children as well."""

    code: int
    out: str
    err: str
    wall: float
    cpu: float


def run(command: Sequence[str | Path], env: Mapping[str, str], cwd: Path | None = None) -> Ran:
    """Run a process to its end, at most COMMAND_SECONDS, and take its time."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        started = time.monotonic()
        process = subprocess.Popen(
            [*map(str, command)], env=env, cwd=cwd, stdin=subprocess.DEVNULL, stdout=out, stderr=err
        )
        bound = threading.Timer(COMMAND_SECONDS, process.kill)
        bound.start()
        _, status, used = os.wait4(process.pid, 0)  # the only call that gives the CPU time of one child
        wall = time.monotonic() - started
        bound.cancel()
        process.returncode = os.waitstatus_to_exitcode(status)
        texts = [stream.read().decode(errors="replace") for stream in (out, err) if not stream.seek(0)]
    return Ran(process.returncode, texts[0], texts[1], wall, used.ru_utime + used.ru_stime)


def checked(ran: Ran) -> Ran:
    """`ran`, or RuntimeError with what it said when it failed."""
    if ran.code:
        raise RuntimeError(f"exit {ran.code}: {ran.err.strip() or ran.out.strip()}")
    return ran


def verb(name: str, *arguments: str | Path) -> list[str]:
    """The command that runs a verb with this interpreter."""
    return [sys.executable, str(SCRIPTS / f"{name}.py"), *map(str, arguments)]


def sealed_environment(root: Path) -> dict[str, str]:
    """An environment whose home is below `root`, so that no benchmark reads or writes the real one."""
    home = root / "home"
    home.mkdir(parents=True, exist_ok=True)
    (home / ".gitconfig").write_text("[user]\n\tname = Bench\n\temail = bench@example.org\n")
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "XDG_CONFIG_HOME": str(home / ".config"),
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_TERMINAL_PROMPT": "0",
        "SESSION_SYNC_HOME": str(home / ".session-sync"),
        "LC_ALL": "C.UTF-8",
    }


def machine_environment(env: Mapping[str, str], root: Path, number: int) -> dict[str, str]:
    """The environment of machine `number`: a home and a UUID of its own."""
    uuid = f"{number:08x}-0000-4000-8000-000000000000"
    own = {"SESSION_SYNC_HOME": str(root / f"machine-{number}"), "SESSION_SYNC_MACHINE_UUID": uuid}
    return {**env, **own}


def put_logs(env: Mapping[str, str], names: Sequence[str], project: str = "PILOT") -> None:
    """Write logs straight into a machine's store, as if saved before."""
    uuid = env["SESSION_SYNC_MACHINE_UUID"]
    folder = Path(env["SESSION_SYNC_HOME"], "session-logs", "projects", project, uuid)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    for name in names:
        (folder / name).write_text(f"{LOG}\n{uuid} {name}\n")


@dataclass
class Side:
    """What one way of syncing took."""

    wall: float = 0.0
    cpu: float = 0.0  # of the machines; the servers' own is the same kind of work on both sides
    retries: int = 0
    deferred: int = 0
    failed: int = 0
    landed: int = 0

    def add(self, other: Side) -> None:
        self.cpu += other.cpu
        self.retries += other.retries
        self.deferred += other.deferred
        self.failed += other.failed


def at_once(work: Callable[[int], Side], machines: int) -> Side:
    """Do the work of all machines at the same time; the wall time is until the last is done."""
    total = Side()
    with ThreadPoolExecutor(machines) as pool:
        started = time.monotonic()
        for side in pool.map(work, range(machines)):
            total.add(side)
        total.wall = time.monotonic() - started
    return total


def prepared(work: Callable[[int], object], machines: int) -> None:
    """Do what comes before the measurement, a few machines at a time."""
    with ThreadPoolExecutor(PREPARED_AT_ONCE) as pool:
        list(pool.map(work, range(machines)))


def baseline(url: str, git_dir: Path, root: Path, env: dict[str, str], machines: int) -> Side:
    """Each machine is a clone that commits, then fetches, rebases and pushes `main` until it has landed."""

    def prepare(number: int) -> None:
        clone = root / f"clone-{number}"
        checked(run(["git", "clone", "--quiet", url, clone], env))
        for name in file_names(number):
            (clone / name).write_text(f"{LOG}\n{number} {name}\n")

    seed_main(url, root / "seed", env)
    prepared(prepare, machines)
    total = at_once(lambda number: land(root / f"clone-{number}", env), machines)
    total.landed = count_files(git_dir, "main", env)
    return total


def file_names(number: int) -> list[str]:
    """The names of one machine's new logs: no two machines share one."""
    return [f"2026-11-20-machine{number}-topic{index}.md" for index in range(FILES)]


def seed_main(url: str, clone: Path, env: dict[str, str]) -> None:
    """Give `main` a first commit, so that all clones share a history."""
    checked(run(["git", "clone", "--quiet", url, clone], env))
    checked(run(["git", "commit", "--quiet", "--allow-empty", "-m", "start"], env, clone))
    checked(run(["git", "push", "--quiet", "origin", "HEAD:main"], env, clone))


def land(clone: Path, env: dict[str, str]) -> Side:
    """Commit, then fetch + rebase + push with full-jitter backoff until landed or out of time."""
    side = Side()

    def git(*arguments: str) -> bool:
        ran = run(["git", *arguments], env, clone)
        side.cpu += ran.cpu
        return ran.code == 0

    git("add", "--all")
    git("commit", "--quiet", "-m", "three logs")
    deadline = time.monotonic() + MACHINE_SECONDS
    while time.monotonic() < deadline:
        if (
            git("fetch", "--quiet")
            and git("rebase", "--quiet", "origin/main")
            and git("push", "--quiet", "origin", "HEAD:main")
        ):
            return side
        side.retries += 1
        # Without jitter retries rise about six-fold: the baseline is the loop at its best.
        longest = min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** min(side.retries, 10))
        time.sleep(random.uniform(0, longest))  # noqa: S311 - no secret
    return side


def session_sync(url: str, git_dir: Path, root: Path, env: dict[str, str], machines: int) -> Side:
    """Each machine is a home with three new logs in its store and one `sync-logs --sync` process."""
    homes = [machine_environment(env, root, number) for number in range(machines)]

    def prepare(number: int) -> None:
        checked(run(verb("sync_logs", "--init", "--remote", url), homes[number]))
        put_logs(homes[number], file_names(number))

    prepared(prepare, machines)
    total = at_once(lambda number: sync(homes[number]), machines)
    for home in homes:
        total.landed += count_files(git_dir, f"machines/{home['SESSION_SYNC_MACHINE_UUID']}", env)
    return total


def sync(env: dict[str, str]) -> Side:
    """Run `sync-logs --sync` until it is done; a deferred run is run again."""
    side = Side()
    for _ in range(ROUNDS):
        ran = run(verb("sync_logs", "--sync", "--json"), env)
        side.cpu += ran.cpu
        if ran.code == 0:
            side.retries += int(json.loads(ran.out)["retries"])
            return side
        if ran.code != 75:
            print(ran.err.strip(), file=sys.stderr)
            side.failed += 1
            return side
        side.deferred += 1
    return side


def count_files(git_dir: Path, revision: str, env: dict[str, str]) -> int:
    """How many logs `revision` of the remote holds."""
    listed = run(["git", "--git-dir", git_dir, "ls-tree", "-r", "--name-only", revision], env)
    return listed.out.count(".md\n")


def starting_floor(root: Path, env: dict[str, str], machines: int) -> Side:
    """What N Python processes cost that do nothing but print their help."""
    homes = [machine_environment(env, root, number) for number in range(machines)]
    return at_once(lambda number: Side(cpu=checked(run(verb("sync_logs", "--help"), homes[number])).cpu), machines)


@contextmanager
def served(transport: str, root: Path, env: dict[str, str]) -> Iterator[str]:
    """Yield the URL below which the repositories of `root` are reached; ends in a slash."""
    if transport == "http":
        with servers.http_git_server(root) as base:
            yield base
    elif transport == "ssh":
        with servers.ssh_git_server(root, root.parent / f"{root.name}-sshd") as server:
            env["GIT_SSH_COMMAND"] = server.command
            yield server.url
    else:
        yield f"file://{root}/"


SIDES = {"baseline": baseline, "session-sync": session_sync}


def measure(transport: str, root: Path, sides: Sequence[str], machines: int) -> dict[str, Side]:
    """Measure the sides one after the other, each with an empty remote of its own."""
    env = sealed_environment(root)
    found = {}
    with served(transport, root / "served", env) as base:
        for name in sides:
            git_dir = servers.bare_repository(root / "served" / f"{name}.git")
            found[name] = SIDES[name](f"{base}{git_dir.name}", git_dir, root / name, env, machines)
    return found


def table(results: Mapping[str, Mapping[str, Side]], floor: Side | None, expected: int) -> str:
    """The measurements for people, one line each."""
    columns = ("wall s", "cpu s", "retries", "deferred", "failed", "landed")
    lines = [f"{'transport':<10}{'side':<14}" + "".join(f"{column:>10}" for column in columns)]
    for transport, sides in results.items():
        for name, side in sides.items():
            counts = (side.retries, side.deferred, side.failed, f"{side.landed}/{expected}")
            times = f"{side.wall:>10.1f}{side.cpu:>10.1f}"
            lines.append(f"{transport:<10}{name:<14}{times}" + "".join(f"{count:>10}" for count in counts))
        if len(sides) == len(SIDES):
            lines.append(f"{transport:<10}{'ratio':<14}{ratio(sides):>10.2f}  (session-sync / baseline)")
    if floor:
        lines.append(f"{'floor':<10}{'--help':<14}{floor.wall:>10.1f}{floor.cpu:>10.1f}")
    return "\n".join(lines)


def ratio(sides: Mapping[str, Side]) -> float:
    """session-sync's wall time as a part of the baseline's."""
    return sides["session-sync"].wall / sides["baseline"].wall


def as_report(results: Mapping[str, Mapping[str, Side]], floor: Side | None, machines: int) -> dict[str, Any]:
    """The measurements for programs."""
    return {
        "machines": machines,
        "files_per_machine": FILES,
        "transports": {t: {name: vars(side) for name, side in sides.items()} for t, sides in results.items()},
        "ratios": {t: ratio(sides) for t, sides in results.items() if len(sides) == len(SIDES)},
        "floor": vars(floor) if floor else None,
    }


def options(argv: Sequence[str] | None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--machines", type=int, choices=range(1, 101), default=30, metavar="1..100")
    parser.add_argument("--transports", nargs="+", choices=("file", "http", "ssh"), default=["file", "http", "ssh"])
    parser.add_argument("--only", choices=tuple(SIDES), help="measure one side alone")
    parser.add_argument("--json", action="store_true", help="one object on stdout instead of the table")
    return parser.parse_args(argv)


def main(argv: Sequence[str] | None = None) -> int:
    chosen = options(argv)
    sides = [chosen.only] if chosen.only else list(SIDES)
    results: dict[str, dict[str, Side]] = {}
    floor = None
    with tempfile.TemporaryDirectory(prefix="session-sync-bench-") as temporary:
        root = Path(temporary)
        os.environ.update(sealed_environment(root))  # the servers' git reads the environment of this process
        for transport in chosen.transports:
            results[transport] = measure(transport, root / transport, sides, chosen.machines)
        if "session-sync" in sides:
            floor = starting_floor(root / "floor", sealed_environment(root / "floor"), chosen.machines)
    expected = chosen.machines * FILES
    if chosen.json:
        print(json.dumps(as_report(results, floor, chosen.machines), indent=2))
    else:
        print(table(results, floor, expected))
    return int(any(side.landed != expected for measured in results.values() for side in measured.values()))


if __name__ == "__main__":
    raise SystemExit(main())
