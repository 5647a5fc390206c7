"""`export sync` beside convx-ai on the same transcripts in one run: time, memory, and what is left of planted values.

    python benchmarks/export.py [--sessions 5000] [--corpus DIR] [--peer CONVX] [--big-mb 600] [--times 5] [--json]

CONVX is its program, or the Python of its environment (`pip install convx-ai`); without it only our side runs.
--corpus takes a folder as corpus.py or gen_corpus.py make it instead of making one; the list of what is planted is
expected beside it (DIR.truth.jsonl), else nothing is said about leaks. The corpus is linked, never changed.

Each run is a process of its own, started with bytecode and rules compiled. CPU counts its children as well. "largest
MB" is the peak RSS of the largest process (wait4); "tree MB" the peak of all its processes' PSS together, so that
pages which forked processes share count once, seen in /proc every 20 ms (Linux). Short steps: the median. convx runs
once for each agent: the sum of both, the larger memory. A whole export runs twice, once for its time and once for
"tree MB". By default it leaves tool calls and thinking out of its
Markdown; "with context" is what compares with ours.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

import corpus
from contention import SCRIPTS, sealed_environment

SCALES = (100, 1000)
LONGEST = 7200.0  # seconds of one process
EVERY = 0.02  # seconds between two looks at the memory
PSS = re.compile(rb"^Pss:\s+(\d+) kB", re.MULTILINE)
CONTEXT = ("--with-context", "--with-thinking")
LEFT = 8  # characters at the end of a secret that count as a leak by themselves
NAMED = 12  # letters and digits at the beginning of a value that count as a leak in a name
STAT = """
import os, sys, time
def walk(folder):
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                walk(entry.path)
            else:
                entry.stat()
begin = time.perf_counter()
for root in sys.argv[1:]:
    walk(root)
print(time.perf_counter() - begin)
"""


class Cost(NamedTuple):
    """What one run took, or the median of several."""

    wall: float
    cpu: float
    largest_mb: float = 0.0
    tree_mb: float = 0.0

    def plus(self, other: Cost) -> Cost:
        """Both, one after the other."""
        largest, tree = max(self.largest_mb, other.largest_mb), max(self.tree_mb, other.tree_mb)
        return Cost(self.wall + other.wall, self.cpu + other.cpu, largest, tree)


class Row(NamedTuple):
    """A line of the table."""

    step: str
    side: str
    sessions: int
    cost: Cost


@dataclass(frozen=True)
class Roots:
    """Transcripts of both agents."""

    path: Path

    @property
    def claude(self) -> Path:
        return self.path / ".claude" / "projects"

    @property
    def codex(self) -> Path:
        return self.path / ".codex" / "sessions"


@dataclass
class Bench:
    """Where everything is, and what was measured."""

    root: Path
    env: dict[str, str]
    peer: list[str]
    times: int
    rows: list[Row] = field(default_factory=list)

    @property
    def sides(self) -> list[str]:
        return [*self.plain_sides, *(["convx with context"] if self.peer else [])]

    @property
    def plain_sides(self) -> list[str]:
        return ["ours", *(["convx"] if self.peer else [])]

    def add(self, step: str, side: str, sessions: int, cost: Cost) -> None:
        print(f"{step}, {side}: {cost.wall:.2f} s", file=sys.stderr)
        self.rows.append(Row(step, side, sessions, cost))

    def out(self, side: str, name: str) -> Path:
        return self.root / "out" / name / side.replace(" ", "-")

    def export(self, side: str, roots: Roots, name: str, watched: bool = False) -> Cost:
        """One export of all of `roots`."""
        if side == "ours":
            return run(self.ours(roots, self.out(side, name)), self.env, self.root, watched)
        cost = Cost(0.0, 0.0)
        for command in self.theirs(roots, self.out(side, name), CONTEXT if "context" in side else ()):
            cost = cost.plus(run(command, self.env, self.root, watched))
        return cost

    def whole(self, step: str, side: str, sessions: int, roots: Roots, name: str) -> None:
        """Export everything twice: looking at the memory takes time, which is none of the export's."""
        tree_mb = self.export(side, roots, name, watched=True).tree_mb
        shutil.rmtree(self.out(side, name))
        self.add(step, side, sessions, self.export(side, roots, name)._replace(tree_mb=tree_mb))

    def ours(self, roots: Roots, out: Path) -> list[str]:
        places = [f"--source={name}={path}" for name, path in vars_of(roots)]
        return [*self.python("export.py"), "sync", "--out", str(out), *places, "--json"]

    def theirs(self, roots: Roots, out: Path, more: Sequence[str]) -> Iterator[list[str]]:
        for name, path in vars_of(roots):
            where = ["--output-path", str(out), "--source-system", name, "--input-path", str(path)]
            yield [*self.peer, "backup", *where, "--redact", *more]

    def python(self, script: str = "") -> list[str]:
        """This interpreter as the launcher starts it."""
        bytecode = f"pycache_prefix={self.env['SESSION_SYNC_HOME']}/cache/bytecode"
        return [sys.executable, "-E", "-X", bytecode, *([str(SCRIPTS / script)] if script else [])]

    def median(self, command: Sequence[str]) -> Cost:
        return middle([run(command, self.env, self.root) for _ in range(self.times)])


def vars_of(roots: Roots) -> list[tuple[str, Path]]:
    """The agents that left something below `roots`."""
    return [(name, path) for name, path in (("codex", roots.codex), ("claude", roots.claude)) if path.is_dir()]


def middle(costs: Sequence[Cost]) -> Cost:
    """The median of each figure."""
    return Cost(*(median(figures) for figures in zip(*costs, strict=True)))


class Watch(threading.Thread):
    """Looks at the memory of a process and all its children until `done` is set."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self.done = threading.Event()
        self.peak = 0
        self._pid = pid

    def run(self) -> None:
        while not self.done.wait(EVERY):
            self.peak = max(self.peak, sum(map(pss, tree(self._pid))))


def tree(pid: int) -> Iterator[int]:
    """A process and all below it, as far as they still are."""
    yield pid
    with suppress(OSError):
        for children in Path(f"/proc/{pid}/task").glob("*/children"):
            for child in children.read_bytes().split():
                yield from tree(int(child))


def pss(pid: int) -> int:
    """Its proportional set size in KiB; 0 when it is gone, or there is no /proc."""
    try:
        found = PSS.search(Path(f"/proc/{pid}/smaps_rollup").read_bytes())
    except OSError:
        return 0
    return int(found[1]) if found else 0


def run(command: Sequence[str], env: Mapping[str, str], cwd: Path, watched: bool = False) -> Cost:
    """Run a process to its end; RuntimeError when it fails."""
    with tempfile.TemporaryFile() as out:
        begin = time.perf_counter()
        process = subprocess.Popen(command, env=env, cwd=cwd, stdin=subprocess.DEVNULL, stdout=out, stderr=out)
        bound = threading.Timer(LONGEST, process.kill)
        bound.start()
        watch = Watch(process.pid)
        if watched:
            watch.start()
        _, status, used = os.wait4(process.pid, 0)
        wall = time.perf_counter() - begin
        bound.cancel()
        watch.done.set()
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            out.seek(0)
            raise RuntimeError(f"{command}: exit {process.returncode}: {out.read().decode(errors='replace')[-2000:]}")
    if watched:
        watch.join()
    largest = used.ru_maxrss / (1 << 20 if sys.platform == "darwin" else 1 << 10)
    return Cost(wall, used.ru_utime + used.ru_stime, largest, watch.peak / 1024)


def link(paths: Iterable[Path], old: Path, new: Path) -> None:
    """The same files below `new`; a later write to one of them is a rename, so that the old ones stay."""
    for path in paths:
        place = new / path.relative_to(old)
        place.parent.mkdir(parents=True, exist_ok=True)
        try:
            os.link(path, place)
        except OSError:
            shutil.copy2(path, place)


def spread(paths: Sequence[Path], count: int) -> list[Path]:
    """`count` of them, evenly taken."""
    return [paths[number * len(paths) // count] for number in range(count)]


def grow(path: Path) -> None:
    """Let a client add a prompt to a transcript; who else links to the old file keeps that."""
    data = path.read_bytes()
    new = path.with_suffix(".new")
    new.write_bytes(data + corpus.said(data.splitlines()[0].decode(), "and one thing more").encode() + b"\n")
    os.replace(new, path)


def warm_up(bench: Bench, paths: Sequence[Path], source: Path) -> None:
    """Compile rules and bytecode on both sides."""
    few = Roots(bench.root / "few")
    link(spread(paths, 2), source, few.path)
    for side in bench.sides:
        bench.export(side, few, "warm-up")


def measure_steps(bench: Bench, roots: Roots, count: int) -> None:
    """The whole, the whole again with nothing or one session changed."""
    for side in bench.sides:
        bench.whole("full export", side, count, roots, "full")
    for side in bench.plain_sides:
        again = middle([bench.export(side, roots, "full") for _ in range(bench.times)])
        bench.add("nothing changed", side, count, again)
    paths = list(corpus.transcripts(roots.path))
    costs: dict[str, list[Cost]] = {side: [] for side in bench.plain_sides}
    for number in range(bench.times):
        grow(paths[number * len(paths) // bench.times])
        for side in bench.plain_sides:
            costs[side].append(bench.export(side, roots, "full"))
    for side in bench.plain_sides:
        bench.add("one session changed", side, count, middle(costs[side]))


def measure_start(bench: Bench, roots: Roots) -> dict[str, float]:
    """What is left of "nothing changed" without the start, beside a look at the same files."""
    nothing = bench.median(bench.ours(roots, bench.out("ours", "full")))
    started = bench.median([*bench.python("export.py"), "--help"])
    python = bench.median([*bench.python(), "-c", "pass"])
    looked = []
    for _ in range(bench.times):
        ask = [*bench.python(), "-c", STAT, str(roots.claude), str(roots.codex)]
        looked.append(float(subprocess.run(ask, check=True, capture_output=True, text=True).stdout))
    stat = median(looked)
    work = nothing.wall - started.wall
    return {
        "nothing_changed": nothing.wall,
        "help": started.wall,
        "python": python.wall,
        "work_over_help": work,
        "scandir_and_stat": stat,
        "work_over_scandir": work / stat,
    }


def measure_scales(bench: Bench, paths: Sequence[Path], source: Path) -> None:
    """The cost of a session in small and in big archives."""
    for count in (one for one in SCALES if one < len(paths)):
        roots = Roots(bench.root / f"scale-{count}")
        link(spread(paths, count), source, roots.path)
        for side in bench.sides:
            bench.whole("full export", side, count, roots, f"scale-{count}")
        again = middle([bench.export("ours", roots, f"scale-{count}") for _ in range(bench.times)])
        bench.add("nothing changed", "ours", count, again)


def measure_big(bench: Bench, megabytes: int) -> None:
    """One transcript of that size, run once: convx takes many minutes."""
    roots = Roots(bench.root / "big")
    corpus.write_big(roots.path, megabytes)
    for side in bench.plain_sides:
        bench.add(f"one transcript of {megabytes} MB", side, 1, bench.export(side, roots, "big", watched=True))


class Truth:
    """The planted values by kind, and what to look for to find them, or what is left of them."""

    def __init__(self, path: Path) -> None:
        self.kinds: dict[str, set[str]] = {}
        for line in path.read_text("utf-8").splitlines():
            one = json.loads(line)
            self.kinds.setdefault(one["kind"], set()).add(one["value"])
        self._of: dict[str, list[str]] = {}
        for kind, values in self.kinds.items():
            for value in values:
                is_long = kind in ("key", "password") and len(value) > LEFT and " " not in value
                for needle in {value, value[-LEFT:]} if is_long else {value}:
                    self._of.setdefault(needle, []).append(value)

    def left_in(self, folder: Path, suffix: str, without: str = "") -> set[str]:
        """The values in the files below `folder` that end in `suffix`, without the characters of `without`."""
        with tempfile.NamedTemporaryFile("w", encoding="utf-8") as needles:
            needles.write("\n".join(self._of))
            needles.flush()
            drop = f"| tr -d '{without}'" if without else ""
            find = f"find . -type f -name '*{suffix}' -print0 | xargs -0r cat {drop} | grep -aohFf {needles.name}"
            found = subprocess.run(
                ["sh", "-c", find], cwd=folder, env={**os.environ, "LC_ALL": "C"}, capture_output=True, check=False
            )
        lines = set(found.stdout.decode(errors="replace").splitlines())
        return {value for line in lines for value in self._of.get(line, ())}

    def left_in_names(self, folder: Path) -> set[str]:
        """The values that begin a part of a name, in whatever way they are written there."""
        names = "\n".join(plain(path.name) for path in folder.rglob("*"))
        return {value for values in self.kinds.values() for value in values if plain(value)[:NAMED] in names}


def plain(text: str) -> str:
    return "".join(letter for letter in text.lower() if letter.isalnum())


def leaks(bench: Bench, truth: Truth) -> list[dict[str, Any]]:
    """For each kind of value how many are left: a row for each, with a column for each kind of file."""
    columns: dict[str, set[str]] = {}
    for side in bench.sides:
        folder = bench.out(side, "full")
        columns[f"{side}: Markdown"] = truth.left_in(folder, ".md", without="\\\\")
        columns[f"{side}: JSON"] = truth.left_in(folder, ".json")
        columns[f"{side}: names"] = truth.left_in_names(folder)
    columns["ours: index"] = truth.left_in(Path(bench.env["SESSION_SYNC_HOME"]), "")
    return [
        {"kind": kind, "planted": len(values)} | {name: len(values & left) for name, left in columns.items()}
        for kind, values in sorted(truth.kinds.items())
    ]


def measure(root: Path, chosen: argparse.Namespace) -> dict[str, Any]:
    """All measurements."""
    before = os.getloadavg()[0]
    source = chosen.corpus or root / "corpus"
    if not chosen.corpus:
        corpus.write(source, chosen.sessions)
    env = {**sealed_environment(root), "COLUMNS": "200"}
    bench = Bench(root, env, peer_command(chosen.peer), chosen.times)
    paths = list(corpus.transcripts(source))
    if len(paths) < SCALES[0]:
        raise SystemExit(f"{source} has {len(paths)} sessions; {SCALES[0]} are needed")
    size = sum(path.stat().st_size for path in paths)
    roots = Roots(root / "whole")
    link((path for path in source.rglob("*") if path.is_file()), source, roots.path)
    warm_up(bench, paths, source)
    measure_steps(bench, roots, len(paths))
    starts = measure_start(bench, roots)
    truth = corpus.truth_of(source)
    left = leaks(bench, Truth(truth)) if truth.exists() else []
    shutil.rmtree(root / "out" / "full")
    measure_scales(bench, paths, source)
    if chosen.big_mb:
        measure_big(bench, chosen.big_mb)
    steps = [{**one._asdict(), "cost": one.cost._asdict()} for one in bench.rows]
    loads = [before, os.getloadavg()[0]]
    return {"sessions": len(paths), "mb": size / 1e6, "load": loads, "steps": steps, "start": starts, "leaks": left}


def peer_command(given: Path | None) -> list[str]:
    if given is None:
        return []
    program = given.parent / "convx" if given.name.startswith("python") else given
    if not program.exists():
        raise SystemExit(f"there is no {program}; install convx-ai there")
    return [str(program)]


def tables(report: dict[str, Any]) -> str:
    """The measurements for people, in Markdown."""
    load = ", ".join(f"{one:.2f}" for one in report["load"])
    about = f"{report['sessions']} sessions, {report['mb']:.0f} MB; {os.cpu_count()} cores"
    lines = [f"{about}, load at begin and end: {load}", ""]
    head = ("step", "side", "sessions", "wall s", "CPU s", "ms a session", "largest MB", "tree MB")
    lines += markdown(head, (step_cells(step) for step in report["steps"]))
    lines += ["", *markdown(("start", "ms"), start_cells(report["start"]))]
    if report["leaks"]:
        lines += ["", "Planted values that are left:", ""]
        lines += markdown(list(report["leaks"][0]), ([str(cell) for cell in one.values()] for one in report["leaks"]))
    return "\n".join(lines)


def step_cells(step: dict[str, Any]) -> list[str]:
    cost = Cost(**step["cost"])
    times = (f"{cost.wall:.2f}", f"{cost.cpu:.2f}", f"{cost.wall / step['sessions'] * 1000:.2f}")
    tree_mb = f"{cost.tree_mb:.0f}" if cost.tree_mb else ""
    return [step["step"], step["side"], str(step["sessions"]), *times, f"{cost.largest_mb:.0f}", tree_mb]


def start_cells(start: dict[str, float]) -> Iterator[list[str]]:
    for name, seconds in start.items():
        ratio = name == "work_over_scandir"
        yield [name.replace("_", " "), f"{seconds:.1f} times" if ratio else f"{seconds * 1000:.1f}"]


def markdown(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """A table."""
    return [
        f"| {' | '.join(head)} |",
        "|---" + "|---:" * (len(head) - 1) + "|",
        *(f"| {' | '.join(row)} |" for row in rows),
    ]


def options(argv: Sequence[str] | None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--sessions", type=int, default=5000, help="of the corpus that is made")
    parser.add_argument("--corpus", type=Path, help="measure on this one instead")
    parser.add_argument("--peer", type=Path, metavar="CONVX", help="convx's program, or the Python beside it")
    parser.add_argument("--big-mb", type=int, default=600, help="size of the single transcript; 0 leaves it out")
    parser.add_argument("--times", type=int, default=5, help="runs of a short step")
    parser.add_argument("--below", type=Path, help="where the temporary folder is made")
    parser.add_argument("--json", action="store_true", help="one object on stdout instead of the tables")
    chosen = parser.parse_args(argv)
    for name in ("corpus", "peer", "below"):
        path = getattr(chosen, name)
        setattr(chosen, name, path and path.absolute())
    return chosen


def main(argv: Sequence[str] | None = None) -> int:
    chosen = options(argv)
    with tempfile.TemporaryDirectory(prefix="session-sync-bench-", dir=chosen.below) as temporary:
        report = measure(Path(temporary), chosen)
    print(json.dumps(report, indent=2) if chosen.json else tables(report))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
