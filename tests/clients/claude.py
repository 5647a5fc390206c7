"""The real Claude Code: installed from its registry in the one version that is tested, and run in a home of its own."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from clients import npm, terminal
from clients.mock_model import Model

VERSION = "2.1.329"
KEY = "sk-no-key-at-all-0123456789"
SILENCE = (
    "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC",
    "DISABLE_TELEMETRY",
    "DISABLE_AUTOUPDATER",
    "DISABLE_ERROR_REPORTING",
)


def package() -> str:
    """The package of the native binary."""
    return f"@anthropic-ai/claude-code-{npm.target()}"


def install(prefix: Path, version: str = VERSION) -> Path:
    """The native binary below the npm prefix, installed when it is not there in the `version`."""
    return npm.install(prefix / "claude", package(), version) / "claude"


@dataclass(frozen=True)
class Claude:
    """One user's client: its home, its project, its plugin and the model it talks to."""

    binary: Path
    plugin: Path
    home: Path
    directory: Path
    machine: str
    model: Model
    options: tuple[str, ...] = ()

    @property
    def environment(self) -> dict[str, str]:
        """Everything that the client sees of the environment."""
        own = {
            "HOME": str(self.home),
            "TERM": "xterm-256color",
            "LANG": "C.UTF-8",
            "GIT_CONFIG_NOSYSTEM": "1",
            "SESSION_SYNC_HOME": str(self.sync_home),
            "SESSION_SYNC_MACHINE_UUID": self.machine,
            "ANTHROPIC_BASE_URL": self.model.url,
            "ANTHROPIC_API_KEY": KEY,
        }
        return {"PATH": os.environ["PATH"], **own, **dict.fromkeys(SILENCE, "1")}

    @property
    def sync_home(self) -> Path:
        return self.home / ".session-sync"

    def ask(self, prompt: str, *options: str) -> str:
        """`claude -p`, to its end; returns what it printed."""
        return self.run(*self.options, *options, "-p", prompt)

    @contextmanager
    def asked(self, prompt: str) -> Iterator[subprocess.Popen[bytes]]:
        """`claude -p`, running; it is killed with the block when it has not ended."""
        command = [str(self.binary), *self.options, "-p", prompt]
        null = subprocess.DEVNULL
        with subprocess.Popen(
            command, cwd=self.directory, env=self.environment, stdin=null, stdout=null, stderr=null
        ) as process:
            try:
                yield process
            finally:
                process.kill()

    def run(self, *words: str) -> str:
        """The client with `words`, such as `plugin install`; returns what it printed."""
        return self._finish([str(self.binary), *words])

    def verb(self, *words: str, stdin: str = "") -> str:
        """`scripts/run` of the plugin, as in this user's shell; returns its standard output."""
        return self._finish([str(self.plugin / "scripts" / "run"), *words], stdin)

    def in_terminal(self) -> AbstractContextManager[terminal.Terminal]:
        """The client's own interface, past everything that it asks a new user."""
        self._answer_first_questions()
        return terminal.running([str(self.binary), *self.options], self.environment, self.directory)

    def _answer_first_questions(self) -> None:
        path = self.home / ".claude.json"
        settings = json.loads(path.read_bytes()) if path.exists() else {}
        settings |= {
            "hasCompletedOnboarding": True,
            "lastOnboardingVersion": VERSION,
            "theme": "dark",
            "customApiKeyResponses": {"approved": [KEY[-20:]], "rejected": []},
            "projects": {str(self.directory): {"hasTrustDialogAccepted": True, "hasCompletedProjectOnboarding": True}},
        }
        path.write_text(json.dumps(settings))

    def _finish(self, command: list[str], stdin: str = "") -> str:
        done = subprocess.run(
            command,
            cwd=self.directory,
            env=self.environment,
            input=stdin,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, f"{command} exited {done.returncode}\n{done.stdout}{done.stderr}"
        return done.stdout


NewClaude = Callable[..., Claude]
