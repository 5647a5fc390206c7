"""The newest client of each host that the registry serves: is what it writes still understood?

No part of the tests, which run pinned versions: `make canary` runs it, and a new format is noticed the week it appears.
Each client has a conversation in a home of its own; then its own store, searched byte by byte for what was said, is
compared with what `export sources` and `export sync` make of it.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import pytest

from clients import chat_api, claude, codex, gemini, gemini_api, messages_api, mock_model, npm, opencode, responses_api
from clients.conftest import PREFIX
from clients.conversation import COMMAND, EXPLAINED, FIRST, FOUND, LOOKING, SECOND, SUBJECT, following, with_tool
from support.homes import MACHINE, SCRIPTS

SAID = (FIRST, LOOKING, COMMAND, SUBJECT, FOUND, SECOND, EXPLAINED)
Ask = Callable[[Path, Path, Path, mock_model.Model], None]  # binary, home, directory of the project, model


class Host(NamedTuple):
    """A client: how it is installed, what it talks to, and how it is asked twice in one session."""

    client: ModuleType
    api: ModuleType
    tool: tuple[str, dict[str, str]]
    ask: Ask


def _claude(binary: Path, home: Path, project: Path, model: mock_model.Model) -> None:
    user = claude.Claude(binary, home, home, project, MACHINE, model, ("--allowedTools", "Bash"))
    user.ask(FIRST)
    user.ask(SECOND, "--continue")


def _codex(binary: Path, home: Path, project: Path, model: mock_model.Model) -> None:
    user = codex.client(binary, home, project, model.url)
    user.run(FIRST)
    user.run("resume", "--last", SECOND)


def _gemini(binary: Path, home: Path, project: Path, model: mock_model.Model) -> None:
    user = gemini.client(binary, home, project, model.url)
    user.run("-p", FIRST)
    user.run("--resume", "latest", "-p", SECOND)


def _opencode(binary: Path, home: Path, project: Path, model: mock_model.Model) -> None:
    user = opencode.client(binary, home, project, model.url)
    user.run(FIRST)
    user.run("--continue", SECOND)


LOOK = {"command": COMMAND, "description": "Show the last change"}
HOSTS = {
    "claude": Host(claude, messages_api, ("Bash", LOOK), _claude),
    "codex": Host(codex, responses_api, (codex.SHELL, {"cmd": COMMAND}), _codex),
    "gemini": Host(gemini, gemini_api, (gemini.SHELL, LOOK), _gemini),
    "opencode": Host(opencode, chat_api, (opencode.SHELL, LOOK), _opencode),
}


@pytest.fixture(params=HOSTS)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def talked(name: str, sealed_home: Path, project: Path) -> Iterator[str]:
    """The version of the newest client, which has had its conversation."""
    host = HOSTS[name]
    version = npm.newest(host.client.package())
    binary = host.client.install(PREFIX / "newest", version)
    with mock_model.running(host.api) as model:
        model.script = following(with_tool(host.tool[0], **host.tool[1]))
        host.ask(binary, sealed_home, project, model)
        yield version


def test_what_the_newest_client_writes_is_understood(
    name: str, talked: str, sealed_home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    stored = [str(one.relative_to(sealed_home)) for one in sorted(sealed_home.rglob("*")) if _holds(one, FIRST)]
    met = _export("sources", "--source", f"{name}={_root(name, sealed_home)}")["sources"][name]
    exported = _export("sync", "--out", str(tmp_path / "out"))
    archive = "\n".join(path.read_text() for path in sorted((tmp_path / "out").rglob("*.md")))
    missing = [said for said in SAID if said not in archive]
    with capsys.disabled():
        print(f"\n{name} {talked} (tested: {HOSTS[name].client.VERSION})")
        print(f"  its own store: {len(stored)} files with the first prompt: {', '.join(stored) or 'none'}")
        print(f"  export sources: {met['sessions']} sessions, {met['prompts']} prompts; versions {met['clients']}")
        print(f"  export sync: {len(exported['exported'])} sessions; missing of what was said: {missing or 'nothing'}")
        print(f"  unknown types of record: {met['unknown'] or 'none'}; problems: {met['problems'] or 'none'}")
    assert stored
    assert met["sessions"] == len(exported["exported"]) > 0
    assert not missing
    assert not met["unknown"]
    assert not met["problems"]


def _holds(path: Path, words: str) -> bool:
    return path.is_file() and not path.is_symlink() and words.encode() in path.read_bytes()


def _root(name: str, home: Path) -> Path:
    folders = {"claude": ".claude", "codex": ".codex", "gemini": ".gemini", "opencode": ".local/share/opencode"}
    return home / folders[name]


def _export(*words: str) -> dict[str, Any]:
    command = [sys.executable, str(SCRIPTS / "export.py"), *words, "--json"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.stdout, f"{words} exited {done.returncode}\n{done.stderr}"
    report: dict[str, Any] = json.loads(done.stdout)
    return report
