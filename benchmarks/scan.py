"""Our scanner beside detect-secrets, Presidio's pattern recognizers and kingfisher, on the same logs in one run.

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
import os
import random
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

from contention import SCRIPTS, sealed_environment

PLANTED = Path(__file__).resolve().parent / "planted.py"
PERSONAL = ("email", "ssn", "phone", "credit_card", "iban", "ip")
SECRET = "secret"  # noqa: S105 - the name of a class
STARTS = 3
IMPORTS = 9
LONGEST = 7200.0  # seconds of one process
UNSURE = 0.4  # Presidio's scores below are those that it expects context words or a model to raise
ENTITIES = {
    "EMAIL_ADDRESS": "email",
    "US_SSN": "ssn",
    "PHONE_NUMBER": "phone",
    "CREDIT_CARD": "credit_card",
    "IBAN_CODE": "iban",
    "IP_ADDRESS": "ip",
}

# What the processes run: texts, so that nothing else is imported there and measured with it.
ENGINE = """
import json, sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from session_sync.scan.scanner import scanner
for path in sorted(Path(sys.argv[2]).iterdir()):
    for one in scanner.default().scan_bytes(path.read_bytes()):
        print(json.dumps([path.name, one.type, one.start, one.end]))
"""
IMPORT = """
import sys
sys.path.insert(0, sys.argv[1])
from session_sync.scan.scanner import scanner
scanner.default().scan_bytes(b'')
"""
DETECT_SECRETS = """
import json, sys
from pathlib import Path
from detect_secrets.core.scan import scan_file
from detect_secrets.settings import default_settings
with default_settings():
    for path in sorted(Path(sys.argv[1]).iterdir()):
        for one in scan_file(str(path)):
            print(json.dumps([path.name, one.line_number, one.secret_value]))
"""
# Without its list of suffixes given, tldextract would fetch one.
PRESIDIO = """
import json, sys
from pathlib import Path
import tldextract
tldextract.extract = tldextract.TLDExtract(cache_dir=None, suffix_list_urls=())
from presidio_analyzer import predefined_recognizers as known
names = ("Email", "UsSsn", "Phone", "CreditCard", "Iban", "Ip")
recognizers = [getattr(known, f"{name}Recognizer")() for name in names]
for path in sorted(Path(sys.argv[1]).iterdir()):
    text = path.read_bytes().decode()
    for recognizer in recognizers:
        for one in recognizer.analyze(text, recognizer.supported_entities, None) or []:
            print(json.dumps([path.name, one.entity_type, one.start, one.end, one.score]))
"""


class Span(NamedTuple):
    """A planted value or a finding: its class and its place in characters of its file."""

    file: str
    kind: str
    start: int
    end: int


class Ran(NamedTuple):
    """One finished process; what it printed stays in a file, because a big parent would blur the children's peaks."""

    out: Path
    wall: float
    cpu: float
    peak_mb: float


class Texts:
    """The files of the corpus as text."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.of = cache(self._read)
        self.lines = cache(self._lines)

    def _read(self, name: str) -> str:
        return (self.folder / name).read_bytes().decode()

    def _lines(self, name: str) -> list[int]:
        """Where each line starts, and the end."""
        starts = [0]
        for line in self.of(name).split("\n"):
            starts.append(starts[-1] + len(line) + 1)
        return starts

    def find(self, name: str, line: int, value: str) -> tuple[int, int] | None:
        """Where `value` stands that begins in `line`, which counts from 1."""
        start, following = self.lines(name)[line - 1 : line + 1]
        at = self.of(name).find(value, start, following + len(value)) if value else -1
        return (at, at + len(value)) if at >= 0 else None

    def place(self, name: str, line: int, value: str) -> tuple[int, int]:
        """Where `value` stands; the whole line when it is written in another way there, as in base64."""
        start, following = self.lines(name)[line - 1 : line + 1]
        return self.find(name, line, value) or (start, following - 1)


@dataclass(frozen=True)
class Setup:
    """Where everything is."""

    root: Path
    corpus: Path
    sample: Path
    empty: Path  # a folder with one empty file
    peers: Path
    env: Mapping[str, str]

    @property
    def python(self) -> list[str]:
        """This interpreter as the launcher starts it."""
        return [sys.executable, "-E", "-X", f"pycache_prefix={self.env['SESSION_SYNC_HOME']}/cache/bytecode"]

    @property
    def peer_python(self) -> str:
        return str(self.peers / ("Scripts/python.exe" if os.name == "nt" else "bin/python"))


@dataclass(frozen=True)
class Scanner:
    """How a scanner is run on a folder, and how its output is read: a row of the table for each reading."""

    side: str
    command: Callable[[Setup, Path], Sequence[str | Path]]
    readings: Mapping[str, Callable[[str, Texts], Iterable[Span]]]
    judged: tuple[str, ...]
    pin: str = ""
    slow: bool = False
    codes: Sequence[int] = (0,)


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


def kind_of(type_: str) -> str:
    """The class of a type: `secret:github`, `secret:password` and so on are one."""
    return type_ if type_ in PERSONAL else SECRET


def engine_command(setup: Setup, folder: Path) -> list[str | Path]:
    return [*setup.python, "-c", ENGINE, SCRIPTS, folder]


def verb_command(_: Setup, folder: Path) -> list[str | Path]:
    return [SCRIPTS / "run", "scan", "--json", *sorted(folder.iterdir())]


def kingfisher_command(setup: Setup, folder: Path) -> list[str | Path]:
    ask = [setup.peer_python, "-c", "import kingfisher; print(kingfisher.get_binary_path())"]
    binary = subprocess.run(ask, check=True, capture_output=True, text=True).stdout.strip()
    offline = ("--no-validate", "--no-update-check", "--git-history", "none")
    return [binary, "scan", folder, *offline, "--format", "json", "--no-dedup", "--quiet", "--jobs", "1"]


def peer_command(program: str) -> Callable[[Setup, Path], list[str | Path]]:
    return lambda setup, folder: [setup.peer_python, "-c", program, folder]


def objects(out: str) -> Iterator[Any]:
    """Lines of JSON."""
    return map(json.loads, out.splitlines())


def of_engine(out: str, _: Texts) -> Iterator[Span]:
    for name, type_, start, end in objects(out):
        yield Span(name, kind_of(type_), start, end)


def of_verb(out: str, _: Texts) -> Iterator[Span]:
    for one in json.loads(out)["findings"]:
        yield Span(Path(one["file"]).name, kind_of(one["type"]), one["start"], one["end"])


def of_detect_secrets(out: str, texts: Texts) -> Iterator[Span]:
    for name, line, value in objects(out):
        yield Span(name, SECRET, *texts.place(name, line, value))


def of_kingfisher(out: str, texts: Texts) -> Iterator[Span]:
    for one in json.loads(out)["findings"]:
        found = one["finding"]
        name = Path(found["path"]).name
        yield Span(name, SECRET, *texts.place(name, found["line"], found["snippet"]))


def of_presidio(least: float) -> Callable[[str, Texts], Iterator[Span]]:
    def read(out: str, _: Texts) -> Iterator[Span]:
        for name, entity, start, end, score in objects(out):
            if score >= least:
                yield Span(name, ENTITIES[entity], start, end)

    return read


SCANNERS = (
    Scanner("ours", engine_command, {"ours, engine": of_engine}, (*PERSONAL, SECRET)),
    Scanner("ours", verb_command, {"ours, `run scan`": of_verb}, (*PERSONAL, SECRET), codes=range(256)),
    Scanner(
        "kingfisher",
        kingfisher_command,
        {"kingfisher": of_kingfisher},
        (SECRET,),
        "kingfisher-bin==2.14.0",
        codes=(0, 200, 205),
    ),
    Scanner(
        "detect-secrets",
        peer_command(DETECT_SECRETS),
        {"detect-secrets": of_detect_secrets},
        (SECRET,),
        "detect-secrets==1.5.0",
        slow=True,
    ),
    Scanner(
        "presidio",
        peer_command(PRESIDIO),
        {"Presidio, 6 recognizers": of_presidio(0), f"Presidio, score >= {UNSURE}": of_presidio(UNSURE)},
        PERSONAL,
        "presidio-analyzer==2.2.366",
        slow=True,
    ),
)
SIDES = tuple(dict.fromkeys(scanner.side for scanner in SCANNERS))


def run(command: Sequence[str | Path], setup: Setup, codes: Sequence[int] = (0,)) -> Ran:
    """Run a process to its end; RuntimeError when its exit code is none of `codes`."""
    descriptor, out = tempfile.mkstemp(dir=setup.root)
    with os.fdopen(descriptor, "wb") as stdout, tempfile.TemporaryFile() as stderr:
        started = time.perf_counter()
        process = subprocess.Popen(
            [*map(str, command)], env=setup.env, cwd=setup.root, stdin=subprocess.DEVNULL, stdout=stdout, stderr=stderr
        )
        bound = threading.Timer(LONGEST, process.kill)
        bound.start()
        _, status, used = os.wait4(process.pid, 0)
        wall = time.perf_counter() - started
        bound.cancel()
        process.returncode = os.waitstatus_to_exitcode(status)
        stderr.seek(0)
        if process.returncode not in codes:
            raise RuntimeError(f"{command[0]}: exit {process.returncode}: {stderr.read().decode(errors='replace')}")
    peak = used.ru_maxrss / (1 << 20 if sys.platform == "darwin" else 1 << 10)
    return Ran(Path(out), wall, used.ru_utime + used.ru_stime, peak)


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


def size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.iterdir())


def take_sample(corpus: Path, folder: Path, most: int) -> Path:
    """A folder with some files of the corpus, about `most` bytes; the corpus itself when that is not bigger."""
    if size(corpus) <= most:
        return corpus
    folder.mkdir()
    files = sorted(corpus.iterdir())
    random.Random(1).shuffle(files)  # noqa: S311 - the same sample in every run
    taken = 0
    for path in files:
        if taken and taken + path.stat().st_size / 2 > most:
            break
        shutil.copy(path, folder)
        taken += path.stat().st_size
    return folder


def install(folder: Path, pins: Sequence[str]) -> None:
    """A virtual environment with `pins`, unless it is there."""
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    if python.exists():
        listed = subprocess.run([python, "-m", "pip", "freeze"], check=True, capture_output=True, text=True).stdout
        if set(pins) <= {line.replace("_", "-") for line in listed.splitlines()}:
            return
    print(f"installing {', '.join(pins)} into {folder}", file=sys.stderr)
    subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    quiet = ("--quiet", "--no-cache-dir", "--disable-pip-version-check")
    subprocess.run([python, "-m", "pip", "install", *quiet, *pins], check=True)


def link_environment(home: Path) -> None:
    """Let the launcher take this interpreter's virtual environment for the one that it would build."""
    folder = home / "environments" / "bench"
    folder.mkdir(parents=True)
    for part in Path(sys.prefix).iterdir():
        (folder / part.name).symlink_to(part)
    shutil.copy(SCRIPTS.parent / "requirements.lock", folder)


def prepare(root: Path, chosen: argparse.Namespace, scanners: Sequence[Scanner]) -> tuple[Setup, Path]:
    """Everything that comes before the measurement; returns the truth's file as well."""
    corpus, known = chosen.corpus, chosen.truth
    if corpus is None:
        corpus, known = root / "corpus", root / "corpus.truth.jsonl"
        subprocess.run([sys.executable, PLANTED, "--out", corpus, "--mb", str(chosen.mb)], check=True)
    (root / "empty").mkdir()
    (root / "empty" / "empty.md").touch()
    nowhere = dict.fromkeys(("http_proxy", "https_proxy", "all_proxy", "HTTPS_PROXY"), "http://127.0.0.1:9")
    env = {**sealed_environment(root), **nowhere}
    link_environment(Path(env["SESSION_SYNC_HOME"]))
    sample = take_sample(corpus, root / "sample", int(chosen.slow_mb * 1e6))
    peers = chosen.peers or root / "peers"
    pins = [scanner.pin for scanner in scanners if scanner.pin]
    if pins:
        install(peers, pins)
    return Setup(root, corpus, sample, root / "empty", peers, env), known


def rows(root: Path, chosen: argparse.Namespace) -> list[Row]:
    """All measurements, then all judgements."""
    scanners = [one for one in SCANNERS if one.side in chosen.only]
    if not (SCRIPTS / "scan.py").exists():
        scanners = [one for one in scanners if one.command is not verb_command]
    setup, known = prepare(root, chosen, scanners)
    measured = [(scanner, *measure(scanner, setup)) for scanner in scanners]
    imported = [measure_import(setup)] if "ours" in chosen.only else []
    texts, result = Texts(setup.corpus), []
    for scanner, row, out in measured:
        folder = setup.sample if scanner.slow else setup.corpus
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
