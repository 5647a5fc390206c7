"""Where a session belongs: its project, its repository. What a transcript says of itself is hostile text."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from session_sync.errors import masked
from session_sync.git import query
from session_sync.home.config import Config
from session_sync.identity import belongs
from session_sync.transcripts.session import Git, Session


def complete(session: Session, settings: Config, before: str = "") -> None:
    """Add to `session` what its working directory tells while it is there: the repository's remote, the project.

    A directory that is gone tells less than it did: the session's project `before` stays, unless what is left to tell
    makes it a customer's.
    """
    found = session.git or Git()
    here = belongs.resolved(session.cwd)
    own = belongs.of_session(session.cwd, found.remote, settings)
    session.project = belongs.stricter(before, own) if before and here is None else own
    found.remote = masked(found.remote or (belongs.origin(here) if here else ""))
    if found != Git():
        session.git = found


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
        return cls(top, common, frozenset(filter(None, map(belongs.normalized, query.remotes(here)))))

    def has(self, session: Session) -> bool:
        """Whether `session` worked here: by its path, its git directory, or a remote that both have.

        Never by a folder's name alone: two repositories may share it.
        """
        if session.git and belongs.normalized(session.git.remote) in self.remotes:
            return True
        if not belongs.is_usable(session.cwd):
            return False
        here = belongs.resolved(session.cwd)
        if here is None:  # a folder that is gone, or of another machine
            return Path(os.path.normpath(session.cwd)).is_relative_to(self.path)
        return belongs.common_dir(here) == self.common
