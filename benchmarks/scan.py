"""Our scanner beside kingfisher, betterleaks, gitleaks, detect-secrets and Presidio, on the same logs in one run.

    python benchmarks/scan.py [--mb 100] [--slow-mb 1] [--corpus DIR --truth FILE] [--only ours,kingfisher]
                              [--peers DIR] [--json]

Each scanner runs in a process of its own. The others are installed from PyPI into a virtual environment below
--peers, else below a temporary folder; they get no network. A finding counts when it overlaps a planted value of its
class (email, ssn, phone, credit_card, iban, ip, or any secret); it is a false alarm when it overlaps no planted
value. Slow scanners get a sample. `MB/CPU s` is user and system time of the whole process, its start included.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

from contention import SCRIPTS
from readings import PERSONAL, SECRET, Span, Texts, kind_of
from scanners import SCANNERS, SIDES, Scanner, Setup, run, set_up, size, verb_command

PLANTED = Path(__file__).resolve().parent / "planted.py"
STARTS = 3
IMPORTS = 9

IMPORT = """
import sys
sys.path.insert(0, sys.argv[1])
from session_sync.scan.scanner import scanner
scanner.default().scan_bytes(b'')
"""


@dataclass
class Score:
    """How well a class was found: `right` and `false` count findings, `found` and `planted` values."""

    planted: int = 0
    found: int = 0
    right: int = 0
    false: int = 0

    def add(self, other: Score) -> None:
        for name, count in vars(other).items():
            setattr(self, name, getattr(self, name) + count)

    @property
    def precision(self) -> float | None:
        return self.right / (self.right + self.false) if self.right + self.false else None

    @property
    def recall(self) -> float | None:
        return self.found / self.planted if self.planted else None


@dataclass
class Row:
    """A line of the table."""

    name: str
    megabytes: float | None = None
    sampled: bool = False
    per_cpu_second: float | None = None
    without_start: float | None = None
    start: float | None = None
    first_start: float | None = None
    peak_mb: float | None = None
    classes: dict[str, Score] = field(default_factory=dict)

    def total(self, kinds: Sequence[str]) -> Score:
        total = Score()
        for kind in kinds:
            total.add(self.classes.get(kind, Score()))
        return total


def measure(scanner: Scanner, setup: Setup) -> tuple[Row, Path]:
    """Run a scanner on nothing and on the corpus; returns its figures and its output."""
    folder = setup.sample if scanner.slow else setup.corpus
    starts = [
        run(scanner.command(setup, setup.empty), setup, scanner.codes)  # the first compiles what is kept
        for _ in range(STARTS + 1)
    ]
    whole = run(scanner.command(setup, folder), setup, scanner.codes)
    megabytes = size(folder) / 1e6
    rest = whole.cpu - median(one.cpu for one in starts[1:])
    row = Row(
        scanner.side,
        megabytes,
        folder == setup.sample != setup.corpus,
        megabytes / whole.cpu,
        megabytes / rest if rest > 0 else None,
        median(one.wall for one in starts[1:]),
        starts[0].wall,
        whole.peak_mb,
    )
    return row, whole.out


def measure_import(setup: Setup) -> Row:
    """What importing our scanner and a first scan of nothing add to a bare Python."""
    times: dict[str, list[float]] = {"pass": [], IMPORT: []}
    for _ in range(IMPORTS):
        for program, taken in times.items():
            taken.append(run([*setup.python, "-c", program, SCRIPTS], setup).wall)
    added = median(times[IMPORT]) - median(times["pass"])
    return Row("ours, import and an empty scan over bare Python", start=added)


def judge(findings: Iterable[Span], planted: Iterable[Span], kinds: Sequence[str]) -> dict[str, Score]:
    """Compare what was found with what is there, by class."""
    scores = {kind: Score() for kind in kinds}
    values: dict[str, list[Span]] = {}
    for value in planted:
        values.setdefault(value.file, []).append(value)
        if value.kind in scores:
            scores[value.kind].planted += 1
    found: set[Span] = set()
    for finding in set(findings):
        met = [one for one in values.get(finding.file, ()) if one.start < finding.end and finding.start < one.end]
        same = [one for one in met if one.kind == finding.kind]
        found.update(same)
        scores[finding.kind].right += bool(same)
        scores[finding.kind].false += not met
    for kind, count in Counter(value.kind for value in found).items():
        scores[kind].found = count
    return scores


def truth(path: Path, texts: Texts, names: set[str]) -> list[Span]:
    """What is planted in the files `names`; a value given instead of its place begins in the line that is named."""
    spans = []
    with path.open(encoding="utf-8") as lines:
        for one in map(json.loads, lines):
            if one["file"] not in names:
                continue
            if "start" not in one:
                one["start"], one["end"] = texts.find(one["file"], one["line"], one["value"]) or (0, 0)
            if one["end"] <= one["start"]:
                raise ValueError(f"{one['file']}:{one['line']} lacks its {one['type']}")
            spans.append(Span(one["file"], kind_of(one["type"]), one["start"], one["end"]))
    return spans


def prepare(root: Path, chosen: argparse.Namespace, scanners: Sequence[Scanner]) -> tuple[Setup, Path]:
    """Everything that comes before the measurement; returns the truth's file as well."""
    corpus, known = chosen.corpus, chosen.truth
    if corpus is None:
        corpus, known = root / "corpus", root / "corpus.truth.jsonl"
        subprocess.run([sys.executable, PLANTED, "--out", corpus, "--mb", str(chosen.mb)], check=True)
    return set_up(root, corpus, int(chosen.slow_mb * 1e6), chosen.peers, scanners), known


def rows(root: Path, chosen: argparse.Namespace) -> list[Row]:
    """All measurements, then all judgements."""
    scanners = [one for one in SCANNERS if one.side in chosen.only]
    if not (SCRIPTS / "scan.py").exists():
        scanners = [one for one in scanners if one.command is not verb_command]
    setup, known = prepare(root, chosen, scanners)
    measured = [(scanner, *measure(scanner, setup)) for scanner in scanners]
    imported = [measure_import(setup)] if "ours" in chosen.only else []
    result = []
    for scanner, row, out in measured:
        folder = setup.sample if scanner.slow else setup.corpus
        texts = Texts(folder)
        planted = truth(known, texts, {path.name for path in folder.iterdir()})
        for name, read in scanner.readings.items():
            scores = judge(read(out.read_text("utf-8"), texts), planted, scanner.judged)
            result.append(Row(**{**vars(row), "name": name, "classes": scores}))
    return result + imported


def shown(number: float | None, digits: int = 2) -> str:
    return "" if number is None else f"{number:.{digits}f}"


def table(report: Sequence[Row]) -> str:
    """The measurements for people, in Markdown."""
    heads = "scanner|MB|MB/CPU s|without start|start s|first start s|peak MB|PII precision|PII recall"
    lines = [f"| {heads.replace('|', ' | ')} | secrets precision | secrets recall |", "|---" + "|---:" * 10 + "|"]
    for row in report:
        personal, secrets = row.total(PERSONAL), row.total((SECRET,))
        cells = [
            row.name,
            shown(row.megabytes, 1) + " (sample)" * row.sampled,
            shown(row.per_cpu_second),
            shown(row.without_start),
            shown(row.start, 3),
            shown(row.first_start, 3),
            shown(row.peak_mb, 0),
            *(shown(share, 3) for one in (personal, secrets) for share in (one.precision, one.recall)),
        ]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def as_report(row: Row) -> dict[str, Any]:
    """A row for programs, with every class."""
    classes = {
        kind: {**vars(score), "precision": score.precision, "recall": score.recall}
        for kind, score in row.classes.items()
    }
    return {**vars(row), "classes": classes}


def options(argv: Sequence[str] | None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--mb", type=float, default=100, help="size of the corpus that is made")
    parser.add_argument("--slow-mb", type=float, default=1, help="what the slow scanners get of it")
    parser.add_argument("--corpus", type=Path, help="a folder of text files to measure instead; needs --truth")
    parser.add_argument("--truth", type=Path, help="what is planted in it: lines of JSON as planted.py writes them")
    parser.add_argument("--only", default=",".join(SIDES), help=f"some of {','.join(SIDES)}")
    parser.add_argument("--peers", type=Path, help="keep the other scanners here and use them again")
    parser.add_argument("--json", action="store_true", help="an array of objects on stdout instead of the table")
    chosen = parser.parse_args(argv)
    chosen.only = chosen.only.split(",")
    if (chosen.corpus is None) != (chosen.truth is None):
        parser.error("--corpus and --truth belong together")
    if not set(chosen.only) <= set(SIDES):
        parser.error(f"--only takes {','.join(SIDES)}")
    for name in ("corpus", "truth", "peers"):
        path = getattr(chosen, name)
        setattr(chosen, name, path and path.absolute())
    return chosen


def main(argv: Sequence[str] | None = None) -> int:
    chosen = options(argv)
    with tempfile.TemporaryDirectory(prefix="session-sync-bench-") as temporary:
        report = rows(Path(temporary), chosen)
    print(json.dumps([as_report(row) for row in report], indent=2) if chosen.json else table(report))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
