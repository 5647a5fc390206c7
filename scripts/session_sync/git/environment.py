"""The environment of git and all that it starts: what a user may set, and that nobody is asked for anything."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Mapping

# What a user may set for git itself; GIT_DIR, GIT_INDEX_FILE and their like, which a hook hands down, must not pass.
KEPT = {
    f"GIT_{name}"
    for name in (
        *("CEILING_DIRECTORIES", "CONFIG_GLOBAL", "CONFIG_NOSYSTEM", "CONFIG_SYSTEM", "EXEC_PATH"),
        *("HTTP_LOW_SPEED_LIMIT", "HTTP_LOW_SPEED_TIME", "HTTP_PROXY_AUTHMETHOD", "PROXY_COMMAND"),
        *("SSH", "SSH_COMMAND", "SSH_VARIANT"),
        *("SSL_CAINFO", "SSL_CAPATH", "SSL_CERT", "SSL_KEY", "SSL_NO_VERIFY", "SSL_VERSION"),
    )
}
# What shows a window or takes over the terminal: an askpass program may do no more than echo a token, but which one
# asks cannot be told beforehand. Programs that have their answers already, such as credential helpers, need none.
_ASKING = {"SSH_ASKPASS", "DISPLAY", "WAYLAND_DISPLAY", "GPG_TTY"}
_SSH_OPTIONS = "-o BatchMode=yes -o ConnectTimeout=10 -o ServerAliveInterval=10 -o ServerAliveCountMax=3"
_SETTINGS = {
    "core.hooksPath": os.devnull,  # a user's global hooks are not for this repository
    "safe.bareRepository": "explicit",  # a tree may hold one, with settings that run programs
    "core.fsmonitor": "false",  # it may be any program
    "core.askPass": "",
    "credential.interactive": "false",  # git-credential-manager and others
    "credential.guiPrompt": "false",
    "gc.auto": "0",  # rounds decide when, in the foreground
    "protocol.ext.allow": "never",
    "protocol.file.allow": "always",
    "fetch.writeCommitGraph": "false",
    "gc.writeCommitGraph": "false",
    "push.pushOption": "",
}


def of_git(settings: Mapping[str, str]) -> dict[str, str]:
    """The environment for a git command with `settings`, in which none shows in a process list."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if name not in _ASKING and (not name.startswith("GIT_") or name in KEPT)
    }
    given = {**_SETTINGS, **settings}
    pairs = {}
    for number, (key, value) in enumerate(given.items()):
        pairs[f"GIT_CONFIG_KEY_{number}"] = key
        pairs[f"GIT_CONFIG_VALUE_{number}"] = value
    return {
        **kept,
        **pairs,
        **_ssh(kept, settings),
        "GIT_CONFIG_COUNT": str(len(given)),
        "GIT_ASKPASS": "",  # goes before core.askPass and SSH_ASKPASS
        "GIT_TERMINAL_PROMPT": "0",
        "GCM_INTERACTIVE": "never",
        "SSH_ASKPASS_REQUIRE": "never",
        "GIT_OPTIONAL_LOCKS": "0",
        "LC_ALL": "C",
    }


def _ssh(kept: Mapping[str, str], settings: Mapping[str, str]) -> dict[str, str]:
    """How git is to start ssh: as the user has it, with options against prompts where the program knows them.

    A program of another name may know none, and understand a host and a command alone; it cannot ask in a terminal,
    for there is none.
    """
    program = shlex.quote(kept["GIT_SSH"]) if "GIT_SSH" in kept else settings.get("core.sshCommand", "ssh")
    command = kept.get("GIT_SSH_COMMAND") or program
    options = _options(command, kept.get("GIT_SSH_VARIANT", "auto"))
    return {"GIT_SSH_COMMAND": f"{command} {options}"} if options else {}


def _options(command: str, variant: str) -> str:
    """What the ssh program in `command` takes for "ask nobody and do not wait"."""
    try:
        words = shlex.split(command)
    except ValueError:
        return ""
    names = {re.split(r"[/\\]", word)[-1].lower().removesuffix(".exe") for word in words}
    if variant.lower() in ("plink", "putty") or "plink" in names:
        return "-batch"
    return _SSH_OPTIONS if "ssh" in names and variant.lower() in ("auto", "ssh") else ""
