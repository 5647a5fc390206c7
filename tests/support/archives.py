"""Archives for tests, and what is reported of them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema

from session_sync.home import paths
from support.homes import Ran

Run = Callable[..., Ran]


def report(run_verb: Run, action: str, folder: Path, code: int) -> dict[str, Any]:
    ran = run_verb("export", action, str(folder), "--json")
    assert ran.code == code, ran
    content: dict[str, Any] = json.loads(ran.out)
    jsonschema.validate(content, json.loads((paths.SCHEMAS / "export-report.json").read_bytes()))
    return content


def first(archive: Path, suffix: str) -> Path:
    return min(path for path in archive.rglob(f"*{suffix}") if path.is_file())


class Export:
    """A user's archive, and the command that fills it."""

    def __init__(self, run_verb: Run, home: Path, out: Path) -> None:
        self.home = home
        self.out = out
        self._run = run_verb

    def __call__(self, *arguments: str, code: int = 0, **env: str) -> dict[str, Any]:
        ran = self._run("export", "sync", "--out", str(self.out), "--json", *arguments, **env)
        assert ran.code == code, ran
        report: dict[str, Any] = json.loads(ran.out)
        return report

    def files(self) -> dict[str, bytes]:
        return {path.relative_to(self.out).as_posix(): path.read_bytes() for path in self._all()}

    def times(self) -> dict[str, int]:
        return {path.relative_to(self.out).as_posix(): path.stat().st_mtime_ns for path in self._all()}

    def markdown(self) -> list[Path]:
        return [path for path in self._all() if path.suffix == ".md"]

    def _all(self) -> list[Path]:
        return sorted(path for path in self.out.rglob("*") if path.is_file())


def schema(name: str) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((paths.SCHEMAS / f"{name}.json").read_bytes())
    return content
