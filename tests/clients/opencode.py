"""The real opencode, non-interactive, with a model of our own."""

from __future__ import annotations

import json
from pathlib import Path

from clients import npm
from clients.program import Program

VERSION = "1.18.33"
SHELL = "bash"
# Builds for processors without AVX2 run on all of them.
BASELINE = {"linux-x64": "linux-x64-baseline", "darwin-x64": "darwin-x64-baseline"}


def package() -> str:
    """The native package, of which the other is only a launcher."""
    return f"opencode-{BASELINE.get(npm.target(), npm.target())}"


def install(prefix: Path, version: str = VERSION) -> Path:
    """The program below `prefix`, in the `version`."""
    return npm.install(prefix / "opencode", package(), version) / "bin" / "opencode"


def client(binary: Path, home: Path, directory: Path, url: str) -> Program:
    """opencode for the user of `home`, whose model is at `url`; `run` takes what comes after `opencode run`."""
    (home / ".config" / "opencode").mkdir(parents=True)
    (home / ".config" / "opencode" / "opencode.json").write_text(json.dumps(_settings(url)))
    (home / "tmp").mkdir()
    own = {
        "HOME": str(home),
        "TMPDIR": str(home / "tmp"),
        "OPENCODE_DISABLE_MODELS_FETCH": "1",
        "OPENCODE_DISABLE_AUTOUPDATE": "1",
        "NPM_CONFIG_OFFLINE": "1",  # it would install a package for plugins, of which there are none
    }
    return Program((str(binary), "run"), directory, own)


def _settings(url: str) -> dict[str, object]:
    provider = {
        "npm": "@ai-sdk/openai-compatible",
        "name": "Mock",
        "options": {"baseURL": f"{url}/v1", "apiKey": "none"},
        "models": {"mock-model": {"name": "Mock Model"}},
    }
    return {
        "model": "mock/mock-model",
        "small_model": "mock/mock-model",
        "autoupdate": False,
        "share": "disabled",
        "enabled_providers": ["mock"],
        "permission": {"*": "allow"},
        "provider": {"mock": provider},
    }
