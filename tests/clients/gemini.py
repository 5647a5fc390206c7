"""The real Gemini CLI, non-interactive, with a model of our own."""

from __future__ import annotations

import json
from pathlib import Path

from clients import npm
from clients.program import Program

VERSION = "0.61.0"
MODEL = "gemini-2.5-flash"  # any that is named: otherwise a question to a model comes first, which to take
SHELL = "run_shell_command"
SETTINGS = {
    "general": {"enableAutoUpdate": False, "enableAutoUpdateNotification": False},
    "privacy": {"usageStatisticsEnabled": False},
    "security": {"auth": {"selectedType": "gemini-api-key"}},
}


def package() -> str:
    """The package of the program."""
    return "@google/gemini-cli"


def install(prefix: Path, version: str = VERSION) -> Path:
    """The program below `prefix`, in the `version`."""
    return npm.install(prefix / "gemini", package(), version).parents[1] / ".bin" / "gemini"


def client(binary: Path, home: Path, directory: Path, url: str) -> Program:
    """Gemini CLI for the user of `home`, whose model is at `url`; it asks for no approval."""
    (home / ".gemini").mkdir()
    (home / ".gemini" / "settings.json").write_text(json.dumps(SETTINGS))
    own = {
        "HOME": str(home),
        "GEMINI_API_KEY": "none",
        "GOOGLE_GEMINI_BASE_URL": url,
        "GEMINI_CLI_TRUST_WORKSPACE": "true",
    }
    return Program((str(binary), "--model", MODEL, "--approval-mode", "yolo"), directory, own)
