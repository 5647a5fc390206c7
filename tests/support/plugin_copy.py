"""A small plugin with the real launcher, one verb and one locked package, to start as users do."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from support.homes import SCRIPTS

MODULES = (
    "__init__",
    "cli",
    "errors",
    "streams",
    "system",
    "workdir",
    "home/__init__",
    "home/drafts",
    "home/files",
    "home/paths",
    "home/users_folder",
    "launcher/__init__",
    "launcher/build",
    "launcher/environments",
    "launcher/index_settings",
    "launcher/launch",
    "launcher/pythons",
    "launcher/smoke_test",
    "launcher/tools",
    "launcher/unsaved",
    "text/__init__",
    "text/lines",
)
Env = Mapping[str, str]
BASE = Path(sys.base_prefix, "bin", "python{}.{}".format(*sys.version_info))
VERB = """
import json, os, sys
import greeting
facts = {"arguments": sys.argv[1:], "program": sys.argv[0], "pid": os.getpid(), "prefix": sys.prefix,
         "stdin": sys.stdin.read(), "text": greeting.TEXT}
print(json.dumps(facts))
raise SystemExit(7 if "fail" in sys.argv else 0)
"""
# Does what `uv venv` and `uv pip install` do, in a hundredth of pip's time, and stops where a test wants it to.
UV = """#!{python} -I
import os, pathlib, sys, time, zipfile
calls = pathlib.Path("{folder}/uv-calls")
with calls.open("a") as stream:
    print(sys.argv[1], file=stream)
if sys.argv[1] == "venv":
    base, prefix = map(pathlib.Path, sys.argv[-2:])
    for folder in ("bin", "lib/python%d.%d/site-packages" % sys.version_info[:2]):
        (prefix / folder).mkdir(parents=True)
    (prefix / "pyvenv.cfg").write_text(f"home = {{base.resolve().parent}}\\ninclude-system-site-packages = false\\n")
    for name in {{"python", "python3", base.name}}:
        (prefix / "bin" / name).symlink_to(base)
else:
    while os.path.exists("{folder}/uv-waits"):
        time.sleep(0.02)
    prefix = pathlib.Path(sys.argv[sys.argv.index("--python") + 1]).parents[1]
    zipfile.ZipFile("{wheel}").extractall(next(prefix.glob("lib/python*/site-packages")))
"""
PROGRESS = "session-sync: preparing the Python environment, once; this takes about ten seconds\n"
DAMAGED = PROGRESS.replace("preparing the Python environment", "the Python environment was damaged; preparing it again")
NO_UV = "#!/bin/sh\nexit 1\n"


@dataclass(frozen=True)
class Started:
    """What a start left: its exit code and what it printed."""

    code: int
    out: str
    err: str

    @property
    def facts(self) -> dict[str, Any]:
        """What the verb said about its process; fails when the start did not reach the verb."""
        assert self.out, self.err
        found: dict[str, Any] = json.loads(self.out)
        return found


class Plugin:
    """A copy below `folder`, a home beside it, and a PATH with a Python and a stand-in for uv before the system's."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.root = folder / "the plugin"
        self.home = folder / "its home"
        self.programs = folder / "programs"
        self.wheels = folder / "wheels"
        self.launcher = self.root / "scripts" / "run"
        self.lock = self.root / "requirements.lock"
        self.environments = self.home / "environments"
        for each in (self.root / "scripts" / "session_sync", self.programs, self.wheels):
            each.mkdir(parents=True)
        for name in MODULES:
            place = self.root / "scripts" / "session_sync" / f"{name}.py"
            place.parent.mkdir(exist_ok=True)
            shutil.copy(SCRIPTS / "session_sync" / f"{name}.py", place)
        shutil.copy(SCRIPTS / "run", self.launcher)
        (self.root / "scripts" / "say_hello.py").write_text(VERB)
        wheel = _wheel(self.wheels)
        self.lock.write_text(f"greeting==1.0 --hash=sha256:{hashlib.sha256(wheel.read_bytes()).hexdigest()}\n")
        self.program("uv", UV.format(python=BASE, folder=folder, wheel=wheel))
        (self.programs / "python3").symlink_to(BASE)

    @staticmethod
    def copy_state(source: Path, target: Path) -> None:
        """Copy what starts left below `source`, with how often packages were installed, to `target`."""
        shutil.copytree(source / "its home", target / "its home", symlinks=True, dirs_exist_ok=True)
        shutil.copy(source / "uv-calls", target)

    def program(self, name: str, text: str) -> None:
        """Put a script on PATH."""
        path = self.programs / name
        path.unlink(missing_ok=True)
        path.write_text(text)
        path.chmod(0o755)

    def no_python_elsewhere(self) -> None:
        """The launcher looks for Python on PATH alone, not where this computer may have one."""
        text = self.launcher.read_text()
        places = ":/usr/local/bin:/usr/bin:/opt/homebrew/bin\n"
        assert places in text
        self.launcher.write_text(text.replace(places, "\n"))

    def env(self, changes: Env | None = None) -> dict[str, str]:
        """The environment of a start, with `changes`."""
        own = {
            "SESSION_SYNC_HOME": str(self.home),
            "PATH": f"{self.programs}:/usr/bin:/bin",
            "PIP_NO_INDEX": "1",
            "PIP_FIND_LINKS": str(self.wheels),
            "PIP_CONFIG_FILE": os.devnull,
        }
        return {**os.environ, **own, **(changes or {})}

    def start(self, *arguments: str, stdin: str = "", by: tuple[str, ...] = (), env: Env | None = None) -> Started:
        """Run the launcher, or `by` a program that is given its path, until it ends."""
        command = [*by, str(self.launcher), *(arguments or ("say-hello",))]
        done = subprocess.run(
            command, input=stdin, capture_output=True, text=True, timeout=120, check=False, env=self.env(env)
        )
        return Started(done.returncode, done.stdout, done.stderr)

    def start_aside(self, name: str) -> subprocess.Popen[bytes]:
        """Start the verb in the background in a session of its own; what it says is in `said(name)`."""
        with (self.folder / name).open("wb") as said:
            return subprocess.Popen(
                [self.launcher, "say-hello"],
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=said,
                env=self.env(),
                start_new_session=True,
            )

    def said(self, name: str) -> str:
        return (self.folder / name).read_text()

    def hold_builds(self) -> None:
        """Builds stop half-way from now on."""
        (self.folder / "uv-waits").touch()

    def release_builds(self) -> None:
        (self.folder / "uv-waits").unlink()

    def builds(self) -> int:
        """How many times packages began to be installed."""
        calls = self.folder / "uv-calls"
        return calls.read_text().split().count("pip") if calls.exists() else 0

    def kept(self) -> list[str]:
        """The names of everything where environments are, but for the lock of builds."""
        return sorted(each.name for each in self.environments.iterdir() if each.name != ".lock")

    def tree(self) -> dict[str, tuple[int, bytes]]:
        """Every file of the plugin with its time and content, and every folder with its time."""
        found = [self.root, *self.root.rglob("*")]
        return {str(p): (p.stat().st_mtime_ns, p.read_bytes() if p.is_file() else b"") for p in found}


def wait_until(condition: Callable[[], object]) -> None:
    """Wait until `condition()` is true; fails after two minutes."""
    deadline = time.monotonic() + 120
    while not condition():
        assert time.monotonic() < deadline, "it never came true"
        time.sleep(0.02)


def _wheel(folder: Path) -> Path:
    """A wheel with one module, with a fixed content."""
    path = folder / "greeting-1.0-py3-none-any.whl"
    content = {
        "greeting.py": "TEXT = 'hello'\n",
        "greeting-1.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: greeting\nVersion: 1.0\n",
        "greeting-1.0.dist-info/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        "greeting-1.0.dist-info/top_level.txt": "greeting\n",
    }
    record = "greeting-1.0.dist-info/RECORD"
    content[record] = "".join(f"{name},,\n" for name in (*content, record))
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in content.items():
            archive.writestr(zipfile.ZipInfo(name), text)
    return path
