"""Our scanner beside kingfisher, betterleaks, gitleaks and detect-secrets on folders of real text.

    python benchmarks/real_text.py FOLDER... [--mb 20] [--slow-mb 0.5] [--only ours,gitleaks] [--peers DIR] [--json]

Of each folder about --mb of text files are taken, the same in every run; slow scanners get a part of them. Nobody has
labelled such text, so this counts what each scanner reports as secrets and does not say what is right: `findings` are
places that do not overlap, `values` the different texts there. `MB/CPU s` is user and system time of the whole process,
its start included; each scanner runs with its own defaults, without network.
"""

from __future__ import annotations

import argparse
import json
import shutil
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from readings import SECRET, Span, Texts
from scanners import SCANNERS, Scanner, Setup, files_of, run, set_up, size, take_sample, verb_command

CHOICE = [one for one in SCANNERS if SECRET in one.judged and one.command is not verb_command]
SIDES = [one.side for one in CHOICE]


@dataclass
class Row:
    """A line of the table."""

    folder: str
    scanner: str
    megabytes: float
    per_cpu_second: float
    findings: int
    values: int


def gather(folder: Path, into: Path) -> Path:
    """A copy of the text files in `folder`: UTF-8 without a zero byte."""
    for path in files_of(folder):
        data = path.read_bytes()
        try:
            data.decode()
        except UnicodeDecodeError:
            continue
        if b"\0" not in data:
            copied = into / path.relative_to(folder)
            copied.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, copied)
    return into


def apart(findings: Iterable[Span]) -> list[Span]:
    """The secrets among `findings`, those that overlap joined."""
    joined: list[Span] = []
    for one in sorted(one for one in set(findings) if one.kind == SECRET):
        last = joined[-1] if joined else None
        if last and last.file == one.file and one.start < last.end:
            joined[-1] = last._replace(end=max(last.end, one.end))
        else:
            joined.append(one)
    return joined


def measure(name: str, scanner: Scanner, setup: Setup) -> Row:
    """Run `scanner` on the folder that is called `name`."""
    folder = setup.sample if scanner.slow else setup.corpus
    ran = run(scanner.command(setup, folder), setup, scanner.codes)
    texts = Texts(folder)
    [read] = scanner.readings.values()
    found = apart(read(ran.out.read_text("utf-8"), texts))
    values = {texts.of(one.file)[one.start : one.end] for one in found}
    megabytes = size(folder) / 1e6
    return Row(name, scanner.side, megabytes, megabytes / ran.cpu, len(found), len(values))


def rows(root: Path, chosen: argparse.Namespace) -> list[Row]:
    """All measurements, folder by folder."""
    scanners = [one for one in CHOICE if one.side in chosen.only]
    result = []
    setup = None
    for number, folder in enumerate(chosen.folders):
        place = root / str(number)
        place.mkdir()
        corpus = take_sample(gather(folder, place / "all"), place / "some", int(chosen.mb * 1e6))
        slow = int(chosen.slow_mb * 1e6)
        if setup is None:
            setup = set_up(root, corpus, slow, chosen.peers, scanners)
        else:
            setup = replace(setup, corpus=corpus, sample=take_sample(corpus, place / "sample", slow))
        for scanner in scanners:
            run(scanner.command(setup, setup.empty), setup, scanner.codes)  # compiles what is kept
            result.append(measure(folder.name, scanner, setup))
    return result


def table(report: Sequence[Row]) -> str:
    """The measurements for people, in Markdown."""
    lines = ["| text | scanner | MB | MB/CPU s | findings | values |", "|---|---|---:|---:|---:|---:|"]
    for row in report:
        figures = f"{row.megabytes:.1f} | {row.per_cpu_second:.2f} | {row.findings} | {row.values}"
        lines.append(f"| {row.folder} | {row.scanner} | {figures} |")
    return "\n".join(lines)


def options(argv: Sequence[str] | None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("folders", type=Path, nargs="+", metavar="FOLDER")
    parser.add_argument("--mb", type=float, default=20, help="what is taken of each folder")
    parser.add_argument("--slow-mb", type=float, default=0.5, help="what the slow scanners get of that")
    parser.add_argument("--only", default=",".join(SIDES), help=f"some of {','.join(SIDES)}")
    parser.add_argument("--peers", type=Path, help="keep the other scanners here and use them again")
    parser.add_argument("--json", action="store_true", help="an array of objects on stdout instead of the table")
    chosen = parser.parse_args(argv)
    chosen.only = chosen.only.split(",")
    if not set(chosen.only) <= set(SIDES):
        parser.error(f"--only takes {','.join(SIDES)}")
    chosen.folders = [path.resolve() for path in chosen.folders]
    chosen.peers = chosen.peers and chosen.peers.absolute()
    return chosen


def main(argv: Sequence[str] | None = None) -> int:
    chosen = options(argv)
    with tempfile.TemporaryDirectory(prefix="session-sync-bench-") as temporary:
        report = rows(Path(temporary), chosen)
    print(json.dumps([asdict(row) for row in report], indent=2) if chosen.json else table(report))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
