"""What a shared tree is: how it is known, where its session logs are, and whose a file in it is."""

from __future__ import annotations

import re
import stat
from pathlib import Path
from typing import NamedTuple

from session_sync import system
from session_sync.git import query
from session_sync.identity import project

MARKERS = (".claude/identity.json", ".claude/session-sync.yaml")
LOGS = "session-logs"
WIKI = "wiki"
PROJECTS, CLIENTS, GENERAL = "projects", "clients", "general"


class Scope(NamedTuple):
    """What a session log is about: a project or a client by name, or neither ("general" and "")."""

    category: str
    name: str

    @property
    def project(self) -> str:
        """The name that policies go by."""
        return self.name or project.GENERAL

    @property
    def folder(self) -> str:
        """The tree-relative folder of the scope's session logs."""
        return f"{self.category}/{self.name}/{LOGS}" if self.name else LOGS


NO_SCOPE = Scope(GENERAL, "")


def root(directory: Path) -> Path | None:
    """The root of the shared tree around `directory`, or None when there is none."""
    top = query.trusted_worktree(directory)
    return top if top and is_shared(top) else None


def is_shared(top: Path) -> bool:
    """Whether the git working tree at `top` is marked as a shared tree."""
    return any((top / marker).is_file() for marker in MARKERS)


def scope(top: Path, project_name: str | None, client: str | None, directory: Path) -> Scope:
    """The scope that was asked for, else that of `directory`; a folder that is there already gives the name's case."""
    if project_name:
        return Scope(PROJECTS, _known(top / PROJECTS, project.clean_project(project_name)))
    if client:
        return Scope(CLIENTS, _known(top / CLIENTS, project.clean(client) or "unnamed"))
    here = directory.resolve()
    parts = here.relative_to(top.resolve()).parts if here.is_relative_to(top.resolve()) else ()
    if len(parts) > 1 and parts[0] in (PROJECTS, CLIENTS):
        return Scope(parts[0], parts[1])
    return NO_SCOPE


def scope_of(path: str) -> Scope:
    """The scope of the file at the tree-relative `path`, by the folder that it is in."""
    parts = path.split("/")
    return Scope(parts[0], parts[1]) if len(parts) > 2 and parts[0] in (PROJECTS, CLIENTS) else NO_SCOPE


def project_of(path: str) -> str:
    """The project or client whose policy holds for the file at the tree-relative `path`, as policies name it.

    A wiki article is its project's as well, wherever in the wiki a customer's is. Some file systems ignore case.
    """
    category, *parts = path.split("/")
    is_wiki = category.casefold() == WIKI
    if is_wiki:
        category, *parts = [*parts[:-1], re.sub(r"\.md$", "", parts[-1], flags=re.IGNORECASE), ""] if parts else [""]
    if len(parts) > 1 and category.casefold() in (PROJECTS, CLIENTS):
        return parts[0]
    customers = [part for part in (category, *parts) if is_wiki and project.is_customer(part)]
    return customers[0] if customers else project.GENERAL


def is_log(path: str) -> bool:
    """Whether the tree-relative `path` is that of a session log."""
    parts = path.split("/")
    return LOGS in parts[:-1] and parts[-1].endswith(".md") and not parts[-1].startswith(".")


def file_mode() -> int:
    """The rights of a file that we write into a tree: the user's own umask holds there."""
    return 0o666 & ~system.users_umask()


def make_folder(folder: Path) -> None:
    """Make `folder` and what is missing above it, with the rights that the user's umask gives."""
    if not folder.is_dir():
        make_folder(folder.parent)
        folder.mkdir(exist_ok=True)
        group = folder.stat().st_mode & stat.S_ISGID  # of a tree that a group shares
        folder.chmod(0o777 & ~system.users_umask() | group)


def _known(folder: Path, name: str) -> str:
    """`name` as the folder of the same name in `folder` is written, should there be one."""
    try:
        found = sorted(one.name for one in folder.iterdir() if one.name.casefold() == name.casefold() and one.is_dir())
    except OSError:
        found = []
    return name if name in found or not found else found[0]
