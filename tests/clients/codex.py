"""The real Codex, non-interactive, with a model of our own."""

from __future__ import annotations

from pathlib import Path

from clients import npm
from clients.program import Program

VERSION = "0.169.0"
SHELL = "exec_command"
CONFIG = """model = "gpt-5.4"
model_provider = "mock"
approval_policy = "never"
sandbox_mode = "danger-full-access"
check_for_update_on_startup = false

[analytics]
enabled = false

[otel]
exporter = "none"

[model_providers.mock]
name = "mock"
base_url = "URL/v1"
wire_api = "responses"
env_key = "MOCK_KEY"
request_max_retries = 0
stream_max_retries = 0
"""


def package() -> str:
    """The package of the program."""
    return "@openai/codex"


def install(prefix: Path, version: str = VERSION) -> Path:
    """The program below `prefix`, in the `version`."""
    return npm.install(prefix / "codex", package(), version).parents[1] / ".bin" / "codex"


def client(binary: Path, home: Path, directory: Path, url: str) -> Program:
    """Codex for the user of `home`, whose model is at `url`; `run` takes what comes after `codex exec`."""
    (home / ".codex").mkdir()
    (home / ".codex" / "config.toml").write_text(CONFIG.replace("URL", url))
    own = {"HOME": str(home), "CODEX_HOME": str(home / ".codex"), "MOCK_KEY": "none"}
    return Program((str(binary), "exec"), directory, own)
