"""Homes of machines and a remote between them, for tests that run the verbs as processes."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from support import verbs
from support.narratives import narrative
from support.verbs import NONE, Constants

ROOT = Path(__file__).resolve().parents[2]
SCRIPTS = ROOT / "scripts"
FIXTURES = ROOT / "tests" / "fixtures"
MACHINE = "11111111-1111-4111-8111-111111111111"
OTHER_MACHINE = "22222222-2222-4222-8222-222222222222"
OWN = f"machines/{MACHINE}"  # the branch of the first
LEAK = "reach grace.hopper@navy.mil, SSN 536-22-8140"  # what no customer's log may hold


@dataclass(frozen=True)
class Ran:
    """What a verb left: its exit code and what it printed."""

    code: int
    out: str
    err: str


def run_verb(
    verb: str,
    *arguments: str,
    env: Mapping[str, str],
    stdin: str | bytes = b"",
    cwd: Path | None = None,
    timeout: float = 120,
    constants: Constants = NONE,
) -> Ran:
    """Run `scripts/<verb>.py` as a process of its own; see verbs.run."""
    command = [str(SCRIPTS / f"{verb.replace('-', '_')}.py"), *arguments]
    data = stdin.encode() if isinstance(stdin, str) else stdin
    code, out, err = verbs.run(command, env=env, cwd=cwd, data=data, timeout=timeout, constants=constants)
    return Ran(code, out.decode(), err.decode())


class Remote:
    """A bare git repository on the file system."""

    def __init__(self, path: Path) -> None:
        self.path = path
        subprocess.run(["git", "init", "-q", "--bare", "-b", "main", str(path)], check=True)
        self.git("config", "uploadpack.allowFilter", "true")

    def git(self, *arguments: str, data: bytes = b"") -> bytes:
        command = ["git", "-C", str(self.path), *arguments]
        return subprocess.run(command, check=True, capture_output=True, input=data).stdout

    def files(self, ref: str) -> dict[str, bytes]:
        """Every file at `ref` but the manifests, with its bytes."""
        names = self.git("ls-tree", "-r", "-z", "--name-only", ref).decode(errors="surrogateescape").split("\0")[:-1]
        return {name: self.git("show", f"{ref}:{name}") for name in names if not name.endswith("MANIFEST.json")}

    def branches(self) -> list[str]:
        return self.git("for-each-ref", "--format=%(refname:lstrip=2)", "refs/heads").decode().split()

    def everything(self) -> bytes:
        """The bytes of every object, reachable or not."""
        return self.git("cat-file", "--batch", "--batch-all-objects", "--unordered")


class Home:
    """One machine: its session-sync home and its UUID, fixed when one is given."""

    def __init__(self, path: Path, uuid: str = "") -> None:
        self.path = path
        self.fixed = uuid
        self.env = {**os.environ, "SESSION_SYNC_HOME": str(path), "SESSION_SYNC_MACHINE_UUID": uuid}

    def start(self, verb: str, *arguments: str, cwd: Path | None = None, **env: str) -> subprocess.Popen[bytes]:
        script = SCRIPTS / f"{verb.replace('-', '_')}.py"
        return subprocess.Popen(
            [sys.executable, str(script), *arguments],
            env={**self.env, **env},
            cwd=cwd,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )

    def run(
        self,
        verb: str,
        *arguments: str,
        stdin: str | bytes = b"",
        cwd: Path | None = None,
        constants: Constants = NONE,
        **env: str,
    ) -> Ran:
        return run_verb(verb, *arguments, stdin=stdin, cwd=cwd, env={**self.env, **env}, constants=constants)

    def sync(self, *arguments: str, code: int = 0, constants: Constants = NONE) -> Ran:
        ran = self.run("sync-logs", *arguments, constants=constants)
        assert ran.code == code, ran
        return ran

    def save(
        self,
        topic: str,
        *arguments: str,
        project: str = "PILOT",
        code: int = 0,
        body: str = "",
        constants: Constants = NONE,
    ) -> Path:
        """Save a narrative; returns the path of the log."""
        words = ("--project", project, "--topic", topic, *arguments)
        ran = self.run("save", *words, stdin=body or narrative(), constants=constants)
        assert ran.code == code, ran
        return Path(ran.out.strip())

    def put(self, project: str, name: str, data: bytes, uuid: str = "") -> Path:
        """Put a log into the store by hand."""
        path = self.path / "session-logs" / "projects" / project / (uuid or self.fixed) / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        return path


Run = Callable[..., Ran]


def give_rules(home: Path, compiled_rules: Path) -> None:
    """Spare the session-sync home `home` the compilation."""
    (home / "state").mkdir(mode=0o700, parents=True)
    home.chmod(0o700)
    for each in compiled_rules.parent.glob("rules-*"):
        os.link(each, home / "state" / each.name)


def make_machine(path: Path, uuid: str, remote: Remote, compiled_rules: Path) -> Home:
    """The machine with a home at `path` and this UUID, which syncs with `remote`."""
    give_rules(path, compiled_rules)
    (path / "config.yaml").write_text(f"remote: {remote.path}\n")
    return Home(path, uuid)
