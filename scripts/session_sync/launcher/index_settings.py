"""What counts of a user's settings of pip and uv when an environment is built: how to reach the package index.

All else in them (another target, constraints, no dependencies, a Python to use) would shape the environment. pip and uv
have no option that undoes a setting, so they read no file of settings at all, and get what counts as variables: a
command line, where an index's password would stand, can be read by every user of the computer.

Standard library and Python 3.9 only.
"""

from __future__ import annotations

import ast
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from session_sync import system
from session_sync.launcher import tools

TIMEOUT = 60  # seconds to read settings
FOREIGN = ("PYTHON", "PIP_", "UV_", "CONDA", "VIRTUAL_ENV", "__PYVENV_LAUNCHER__")  # names of variables begin so
PIP = (
    *("index-url", "extra-index-url", "find-links", "no-index", "keyring-provider"),
    *("proxy", "cert", "client-cert", "trusted-host", "use-feature", "use-deprecated"),
    *("timeout", "default-timeout", "retries", "cache-dir", "no-cache-dir"),
)
PIP_WORDS = {"use-feature": {"truststore"}, "use-deprecated": {"legacy-certs"}}  # of these settings no other value
UV = {  # a key of uv.toml, and what joins its values in the variable of that name
    **dict.fromkeys(("index-url", "no-index", "index-strategy", "keyring-provider", "offline"), " "),
    **dict.fromkeys(("native-tls", "system-certs", "http-proxy", "https-proxy", "no-proxy", "cache-dir"), " "),
    "extra-index-url": " ",
    "allow-insecure-host": " ",
    "find-links": ",",
}
UV_RENAMED = {"allow-insecure-host": "UV_INSECURE_HOST"}
UV_VARIABLES = (
    *("UV_INDEX", "UV_DEFAULT_INDEX", "UV_INSECURE_HOST", "UV_HTTP_", "UV_REQUEST_TIMEOUT", "UV_NO_CACHE"),
    *("UV_PYTHON_INSTALL", "UV_PYTHON_DOWNLOADS", "UV_PYTHON_PREFERENCE", "UV_CREDENTIALS_DIR"),
)
READ_TOML = "import json, sys, tomllib; print(json.dumps(tomllib.load(open(sys.argv[1], 'rb')), default=str))"


def plain() -> dict[str, str]:
    """The process's variables without those that tell Python, pip or uv where to look or to install."""
    return {name: value for name, value in os.environ.items() if not name.startswith(FOREIGN)}


def for_pip(python: Path) -> dict[str, str]:
    """The variables with which the pip of `python` installs."""
    wanted = {**_pip_files(python), **_pip_variables()}
    for name, words in PIP_WORDS.items():
        wanted[name] = " ".join(words & set(wanted.get(name, "").split()))
    chosen = {f"PIP_{name.upper().replace('-', '_')}": wanted[name] for name in PIP if wanted.get(name)}
    return {**plain(), **chosen, "PIP_CONFIG_FILE": os.devnull, "PIP_DISABLE_PIP_VERSION_CHECK": "1"}


def _pip_variables() -> dict[str, str]:
    found = {name[4:]: value for name, value in os.environ.items() if name.upper().startswith("PIP_")}
    return {name.lower().replace("_", "-"): value for name, value in found.items()}


def _pip_files(python: Path) -> dict[str, str]:
    """What pip's own files say; pip itself knows where they are. Nothing when it cannot read them either."""
    environ = plain()
    if "PIP_CONFIG_FILE" in os.environ:
        environ["PIP_CONFIG_FILE"] = os.environ["PIP_CONFIG_FILE"]
    answer = tools.ask(environ, TIMEOUT, python, "-I", "-m", "pip", "config", "list")
    sections: dict[str, dict[str, str]] = {"global": {}, "install": {}}
    for line in answer.splitlines():
        name, _, value = line.partition("=")
        section, _, key = name.partition(".")
        if section in sections:
            sections[section][key.lower().replace("_", "-")] = str(ast.literal_eval(value))
    return {**sections["global"], **sections["install"]}


def for_uv(python: Path) -> dict[str, str]:
    """The variables with which `uv --no-config` installs; `python` is at least 3.11 and reads uv's files."""
    wanted: dict[str, str] = {}
    for file in _uv_files():
        if file.is_file():
            content = json.loads(tools.ask(plain(), TIMEOUT, python, "-I", "-c", READ_TOML, file) or "{}")
            wanted.update(_uv_wanted(content))
            wanted.update(_uv_wanted(content.get("pip", {})))
    return {**wanted, **with_uv_variables()}


def with_uv_variables() -> dict[str, str]:
    """`plain()` with those of uv's variables that count."""
    chosen = {f"UV_{key.upper().replace('-', '_')}" for key in UV}
    given = {name: value for name, value in os.environ.items() if name in chosen or name.startswith(UV_VARIABLES)}
    return {**plain(), **given}


def _uv_wanted(content: Mapping[str, Any]) -> dict[str, str]:
    """What counts in a uv.toml, or in its table `pip`, as variables."""
    found = {
        UV_RENAMED.get(key, f"UV_{key.upper().replace('-', '_')}"): _joined(content[key], separator)
        for key, separator in UV.items()
        if key in content
    }
    for index in content.get("index", ()):
        if "url" in index and not index.get("explicit"):
            variable = "UV_DEFAULT_INDEX" if index.get("default") else "UV_INDEX"
            url = "=".join(filter(None, (index.get("name"), index["url"])))
            found[variable] = f"{found.get(variable, '')} {url}".strip()
    return found


def _joined(value: Any, separator: str) -> str:
    if isinstance(value, list):
        return separator.join(map(str, value))
    return str(value).lower() if isinstance(value, bool) else str(value)


def _uv_files() -> list[Path]:
    """The computer's and the user's uv.toml, which counts more; none of the folder that we happen to be in."""
    if "UV_CONFIG_FILE" in os.environ:
        return [Path(os.environ["UV_CONFIG_FILE"])]
    if "UV_NO_CONFIG" in os.environ:
        return []
    if system.WINDOWS:
        folders = [Path(os.environ.get(name, "")) for name in ("PROGRAMDATA", "APPDATA")]
    else:
        shared = [Path(each) for each in os.environ.get("XDG_CONFIG_DIRS", "/etc/xdg").split(":")]
        own = os.environ.get("XDG_CONFIG_HOME")
        folders = [Path("/etc"), *reversed(shared), Path(own) if own else Path.home() / ".config"]
    return [folder / "uv" / "uv.toml" for folder in folders]
