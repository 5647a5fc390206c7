"""A user of the real clients: a home, a project, the plugin and a model; the remote is that of all tests."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from clients import claude, conversation, messages_api, mock_model
from clients.claude import Claude, NewClaude
from clients.mock_model import Model
from support.homes import MACHINE, SCRIPTS, Remote

# Computed here, in the environment of the user who runs the tests: in a test HOME is a sealed one.
CACHES = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
PREFIX = Path(os.environ.get("SESSION_SYNC_CLIENTS") or CACHES / "session-sync-clients")
SHIPPED = (".claude-plugin", "commands", "hooks", "scripts", "requirements.lock")


@pytest.fixture(scope="session")
def binary() -> Path:
    """The pinned client."""
    return claude.install(PREFIX)


@pytest.fixture(scope="session")
def plugin(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The plugin as it is shipped, where its path has a space."""
    return copy_of_plugin(tmp_path_factory.mktemp("shipped") / "the plugin")


@pytest.fixture(scope="session")
def environments(plugin: Path) -> Path:
    """The launcher's environment, built once and kept beside the client: it takes longer than most tests."""
    home = PREFIX / "session-sync-home"
    start = [str(plugin / "scripts" / "run"), "save", "--help"]
    env = {**os.environ, "SESSION_SYNC_HOME": str(home)}
    subprocess.run(start, env=env, check=True, capture_output=True, timeout=300)
    return home / "environments"


@pytest.fixture
def model() -> Iterator[Model]:
    """A model that says the same to everything, until a test gives it a script."""
    with mock_model.running(messages_api) as model:
        yield model


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A git repository named PILOT with one commit."""
    directory = tmp_path / "PILOT"
    git = ["git", "-C", str(directory)]
    subprocess.run(["git", "init", "--quiet", "-b", "main", str(directory)], check=True, timeout=30)
    commit = ["commit", "--quiet", "--allow-empty", "-m", conversation.SUBJECT]
    subprocess.run([*git, *commit], check=True, timeout=30)
    return directory


@pytest.fixture
def new_claude(
    binary: Path, plugin: Path, environments: Path, model: Model, sealed_home: Path, project: Path
) -> Iterator[NewClaude]:
    """Make the client of a user who is in the project; the plugin must be unchanged afterwards."""
    home = sealed_home / ".session-sync"
    home.mkdir(mode=0o700, exist_ok=True)
    (home / "environments").symlink_to(environments)
    before = listing(plugin)

    def make(*options: str, plugin: Path = plugin) -> Claude:
        return Claude(binary, plugin, sealed_home, project, MACHINE, model, options)

    yield make
    assert listing(plugin) == before


@pytest.fixture
def user(new_claude: NewClaude, plugin: Path, remote: Remote) -> Claude:
    """A client that loads the plugin for each run; its logs go to `remote`, which is empty."""
    made = new_claude("--plugin-dir", str(plugin), "--permission-mode", "default")
    made.verb("sync-logs", "--init", "--remote", str(remote.path))
    return made


def copy_of_plugin(target: Path) -> Path:
    """Copy what a user gets of the plugin to `target`."""
    for name in SHIPPED:
        source = SCRIPTS.parent / name
        if source.is_dir():
            shutil.copytree(source, target / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, target / name)
    return target


def listing(root: Path) -> dict[str, tuple[int, int]]:
    """Every file and folder below `root` with its size and time of change."""
    return {str(path): (path.stat().st_size, path.stat().st_mtime_ns) for path in [root, *root.rglob("*")]}
