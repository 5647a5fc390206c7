"""Every test runs in a sealed home: no test can touch the real one, whatever it forgets to set."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest
from filelock import FileLock

from session_sync.home import paths
from session_sync.home.config import Config
from session_sync.scan import from_config
from session_sync.scan.policy import Policy
from session_sync.scan.scanner import rule_files
from support import homes
from support.homes import MACHINE, OTHER_MACHINE, Home, Ran, Remote, Run, give_rules, make_machine
from support.members import Member, Team

KEPT = (
    *("PATH", "LANG", "TMPDIR", "SYSTEMROOT", "SSL_CERT_FILE", "PYENV_ROOT"),
    *("PYTHONPYCACHEPREFIX", "PYTHONDONTWRITEBYTECODE"),  # children must not write into the checkout either
)
KEPT_PREFIXES = ("PIP_", "UV_", "NPM_CONFIG_", "npm_config_", "PYTEST_")


def pytest_configure() -> None:
    """Have the programs that tests start end by an interrupt, also when a shell runs the tests in the background."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def compiled_rules(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The scanner's rules, compiled once for all homes, beside them those of usual policies: each takes a second.

    The processes that run tests share the work; every second one begins at the other end.
    """
    worker = os.environ.get("PYTEST_XDIST_WORKER", "")
    base = tmp_path_factory.getbasetemp()
    home = (base.parent if worker else base) / "rules"
    home.mkdir(mode=0o700, exist_ok=True)
    policies = [None, Policy("standard"), Policy("strict")]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SESSION_SYNC_HOME", str(home))
        for policy in policies[::-1] if worker.endswith(("1", "3")) else policies:
            with FileLock(home / f"{policy}.lock"):
                from_config.scanner(Config(), policy)
        return paths.rules_file(rule_files.version(None, False))


@pytest.fixture(autouse=True)
def sealed_home(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch, compiled_rules: Path
) -> Path:
    """A new HOME, git configuration and session-sync home; returns HOME."""
    for name in list(os.environ):
        if name not in KEPT and not name.startswith(KEPT_PREFIXES):
            monkeypatch.delenv(name)
    os.umask(0o022)  # a test before may have made it strict
    home = tmp_path_factory.mktemp("home")
    (home / ".gitconfig").write_text("[user]\n\tname = Ada Example\n\temail = ada@example.org\n")
    sealed = {
        "HOME": home,
        "USERPROFILE": home,
        "XDG_CONFIG_HOME": home / ".config",
        "XDG_CACHE_HOME": home / ".cache",
        "SESSION_SYNC_HOME": home / ".session-sync",
        "SESSION_SYNC_MACHINE_UUID": MACHINE,
        "CLAUDE_CONFIG_DIR": home / ".claude",
        "CODEX_HOME": home / ".codex",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CEILING_DIRECTORIES": tmp_path_factory.getbasetemp(),
        "EDITOR": "false",
        "LOGNAME": "ada",
        "USER": "ada",
    }
    for name, value in sealed.items():
        monkeypatch.setenv(name, str(value))
    give_rules(home / ".session-sync", compiled_rules)
    return home


@pytest.fixture
def run_verb() -> Run:
    """Run `scripts/<verb>.py` as a process of its own with the sealed environment."""

    def run(verb: str, *arguments: str, stdin: str | bytes = b"", timeout: float = 120, **env: str) -> Ran:
        return homes.run_verb(verb, *arguments, stdin=stdin, timeout=timeout, env={**os.environ, **env})

    return run


@pytest.fixture
def remote(tmp_path: Path) -> Remote:
    """An empty log repository."""
    return Remote(tmp_path / "remote.git")


@pytest.fixture
def home(tmp_path: Path, remote: Remote, compiled_rules: Path) -> Home:
    """A machine that syncs with `remote`; nothing is pushed yet."""
    return make_machine(tmp_path / "one", MACHINE, remote, compiled_rules)


@pytest.fixture
def other(tmp_path: Path, remote: Remote, compiled_rules: Path) -> Home:
    """Another machine with the same remote."""
    return make_machine(tmp_path / "two", OTHER_MACHINE, remote, compiled_rules)


@pytest.fixture
def team(tmp_path: Path) -> Team:
    """A shared tree on a remote, without members yet."""
    return Team(tmp_path / "team")


@pytest.fixture
def ada(team: Team, tmp_path: Path, compiled_rules: Path) -> Member:
    """A member of the team, with no log repository."""
    give_rules(tmp_path / "ada-home", compiled_rules)
    return team.clone("ada", Home(tmp_path / "ada-home", MACHINE))


@pytest.fixture
def bob(team: Team, tmp_path: Path, compiled_rules: Path) -> Member:
    """Another member, on another machine."""
    give_rules(tmp_path / "bob-home", compiled_rules)
    member = team.clone("bob", Home(tmp_path / "bob-home", OTHER_MACHINE))
    member.git("config", "user.name", "Bob Example")
    member.git("config", "user.email", "bob@example.org")
    return member
