"""A team with one shared tree and one vault: their remotes, and the clones of a user."""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from support.homes import Remote

PROJECT = "projects/tides"
LOGS = f"{PROJECT}/session-logs"
ARTICLE = "wiki/projects/tides.md"
OLD_LOG = f"{LOGS}/2026-10-01-bob-first-look.md"
PATTERN = "- High water comes 12 h 25 min after the last."
HISTORY = "- 2026-10-01: first look ([log](../../projects/tides/session-logs/2026-10-01-bob-first-look.md))"
OLD_ARTICLE = f"""\
---
title: Tides
category: projects
status: active
last_compiled: 2026-10-01
sources:
  - {OLD_LOG}
---

# Tides

How we measure them.

## Patterns

{PATTERN}

## History

{HISTORY}
"""
FIRST_FILES = {
    ".claude/session-sync.yaml": "",
    ".gitignore": ".claude/identity.json\n",
    OLD_LOG: '---\ntopic: "first look"\n---\n\n# first look\n',
    f"{PROJECT}/plan.md": "Measure.\n",
    ARTICLE: OLD_ARTICLE,
    "wiki/index.md": "# Our wiki\n",
}
VAULT_FILES = {"gauges/pier.md": "The gauge on the pier.\n"}


@dataclass(frozen=True)
class Clone:
    """A user's clone of the shared tree or of the vault."""

    root: Path

    def git(self, *words: str) -> str:
        command = ["git", "-C", str(self.root), *words]
        return subprocess.run(command, check=True, capture_output=True, text=True, timeout=30).stdout

    def put(self, files: dict[str, str]) -> None:
        for name, text in files.items():
            (self.root / name).parent.mkdir(parents=True, exist_ok=True)
            (self.root / name).write_text(text)

    def commit(self, files: dict[str, str]) -> None:
        """Commit and push `files`."""
        self.put(files)
        self.git("add", "--all")
        self.git("commit", "--quiet", "-m", "by hand")
        self.git("push", "--quiet", "origin", "HEAD:main")


class Clones(NamedTuple):
    """What a user works in; the vault is beside the tree."""

    tree: Clone
    vault: Clone


@dataclass(frozen=True)
class Team:
    """The remotes of the tree and of the vault."""

    tree: Remote
    vault: Remote

    def join(self, place: Path, user: str) -> Clones:
        """The clones of `user` (such as "ada") below `place`; the tree's identity.json names the user and the vault."""
        place.mkdir(exist_ok=True)
        clones = Clones(Clone(place / "team"), Clone(place / "vault"))
        for remote, clone in zip((self.tree, self.vault), clones, strict=True):
            command = ["git", "clone", "--quiet", str(remote.path), str(clone.root)]
            subprocess.run(command, check=True, capture_output=True, timeout=30)
        name = user.capitalize()
        who = {"user": user, "email": f"{user}@example.org", "full_name": f"{name} Example"}
        who["vault_path"] = str(clones.vault.root)
        clones.tree.put({".claude/identity.json": json.dumps(who)})
        return clones


def founded(place: Path) -> Team:
    """A team whose tree holds one project with a log and an article, and whose vault holds one file."""
    team = Team(Remote(place / "team.git"), Remote(place / "vault.git"))
    tree, vault = team.join(place / "founder", "bob")
    tree.git("checkout", "--quiet", "-B", "main")
    vault.git("checkout", "--quiet", "-B", "main")
    tree.commit(FIRST_FILES)
    vault.commit(VAULT_FILES)
    return team
