"""The archive of all that a user's clients have written, made by `export` as a process of its own."""

from __future__ import annotations

import json
import posixpath
import re
import subprocess
import sys
from pathlib import Path
from urllib.parse import unquote

import jsonschema

from clients.mock_model import Json
from support.homes import SCRIPTS

SCHEMA = SCRIPTS / "session_sync" / "schemas" / "session.json"
LINK = re.compile(r"""\]\(<?([^)>\s]+)|href="([^"]+)""")


class Archived:
    """One session: its Markdown, where it is, and the JSON beside it."""

    def __init__(self, root: Path, path: Path) -> None:
        self.path = path.relative_to(root).as_posix()
        self.text = path.read_text(encoding="utf-8")
        self.json: Json = json.loads((path.parent / f".{path.stem}.json").read_bytes())

    @property
    def links(self) -> set[str]:
        """What the Markdown links to, as paths of the archive."""
        folder = posixpath.dirname(self.path)
        found = (first or other for first, other in LINK.findall(self.text))
        return {posixpath.normpath(posixpath.join(folder, unquote(link))) for link in found}


def synced(out: Path) -> list[Archived]:
    """Archive the standard locations of the sealed home into `out`; the sessions in the order of their start.

    Fails when an archived session is not valid, `verify` finds something, or a second run changes a file.
    """
    _export("sync", "--out", str(out))
    before = _state(out)
    schema = json.loads(SCHEMA.read_bytes())
    sessions = [Archived(out, path) for path in out.rglob("*.md")]
    for session in sessions:
        jsonschema.validate(session.json, schema)
    _export("verify", str(out))
    _export("sync", "--out", str(out))
    assert _state(out) == before
    return sorted(sessions, key=lambda session: str(session.json["started"]))


def check(session: Archived, *said: str) -> None:
    """The session's text has all of `said` in this order; every line of the source was read and understood."""
    position = 0
    for words in said:
        position = session.text.find(words, position)
        assert position >= 0, f"{words!r} is not there, or not in its place:\n{session.text}"
    lines = session.json["lines"]
    assert lines["read"] == lines["kept"] + sum(lines.get("dropped", {}).values())
    assert "unknown" not in lines
    assert "problems" not in session.json


def _export(*words: str) -> None:
    command = [sys.executable, str(SCRIPTS / "export.py"), *words]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, f"{words} exited {done.returncode}\n{done.stdout}{done.stderr}"


def _state(out: Path) -> dict[str, tuple[int, bytes]]:
    files = (path for path in out.rglob("*") if path.is_file())
    return {str(path): (path.stat().st_mtime_ns, path.read_bytes()) for path in files}
