"""Where a session belongs: its project, its repository. What a transcript says of itself is hostile text."""

from __future__ import annotations

import functools
import os
import re
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath

from session_sync.errors import masked
from session_sync.git import query
from session_sync.home.config import Config, ProjectRule
from session_sync.identity import project
from session_sync.transcripts.session import Git, Session

_SCP = re.compile(r"(?:[^@/\s]+@)?([^:/\s]+):(?!//)(.+)")
_URL = re.compile(r"[a-z+]+://(?:[^@/]*@)?([^/:]+)(?::\d+)?/(.+)", re.IGNORECASE)


def complete(session: Session, settings: Config, before: str = "") -> None:
    """Add to `session` what its working directory tells while it is there: the repository's remote, the project.

    A directory that is gone tells less than it did: the session's project `before` stays.
    """
    found = session.git or Git()
    found.remote = masked(found.remote or _remote(session.cwd))
    if found != Git():
        session.git = found
    is_gone = _resolved(session.cwd) is None
    session.project = before if before and is_gone else _project(session.cwd, found.remote, settings.projects)


@dataclass(frozen=True)
class Repository:
    """A git repository on this machine, by what a session may share with it."""

    path: Path
    common: Path  # the git directory that all its worktrees share
    remotes: frozenset[str]

    @classmethod
    def at(cls, directory: Path) -> Repository | None:
        """The repository around `directory`, None when there is none."""
        here = directory.resolve()
        common = query.common_dir(here)
        if common is None:
            return None
        top = query.worktree(here) or here
        return cls(top, common, frozenset(filter(None, map(normalized, query.remotes(here)))))

    def has(self, session: Session) -> bool:
        """Whether `session` worked here: by its path, its git directory, or a remote that both have.

        Never by a folder's name alone: two repositories may share it.
        """
        if session.git and normalized(session.git.remote) in self.remotes:
            return True
        if not _is_usable(session.cwd):
            return False
        here = _resolved(session.cwd)
        if here is None:  # a folder that is gone, or of another machine
            return Path(os.path.normpath(session.cwd)).is_relative_to(self.path)
        return _common(here) == self.common


def normalized(remote: str) -> str:
    """A remote's host and path, the same however it is reached: git@forge:a/b.git is https://forge/a/b; "" for none."""
    found = _URL.fullmatch(remote) or _SCP.fullmatch(remote)
    if not found:  # a path; one that is not absolute means another place in each repository
        return remote.rstrip("/") if os.path.isabs(remote) else ""
    path = found[2].strip("/").removesuffix(".git").strip("/")
    return f"{found[1]}/{path}".lower()


@functools.lru_cache(1024)
def _project(cwd: str, remote: str, rules: tuple[ProjectRule, ...]) -> str:
    here = _resolved(cwd)
    for rule in rules:
        path = Path(rule.path).expanduser() if rule.path else None
        if path and ((here and here.is_relative_to(path.resolve())) or Path(cwd).is_relative_to(path)):
            return project.clean_project(rule.project)
        if rule.remote and remote and fnmatchcase(remote, rule.remote):
            return project.clean_project(rule.project)
    top = query.toplevel(here) if here else None
    if top:
        return project.clean_project(top.name)
    parts = PurePosixPath(cwd.replace("\\", "/")).parts
    customers = [part for part in parts if project.is_customer(part)]
    if customers:
        return project.clean_project(customers[-1])
    if here:
        return project.GENERAL
    return project.clean_project(normalized(remote).rpartition("/")[2] or (parts[-1] if parts else ""))


@functools.lru_cache(1024)
def _remote(cwd: str) -> str:
    here = _resolved(cwd)
    return query.config_value("remote.origin.url", here) if here else ""


@functools.lru_cache(1024)
def _common(here: Path) -> Path | None:
    return query.common_dir(here)


@functools.lru_cache(1024)
def _resolved(cwd: str) -> Path | None:
    """The folder `cwd` if it is there; never a network path, which would be asked for."""
    if not _is_usable(cwd):
        return None
    try:
        here = Path(cwd).resolve(strict=True)
        return here if here.is_dir() else None
    except (OSError, RuntimeError, ValueError):  # gone, a loop of links, too long
        return None


def _is_usable(cwd: str) -> bool:
    return os.path.isabs(cwd) and "\0" not in cwd and not cwd.startswith(("\\\\", "//"))
