"""Where a session belongs: its project, its repository. What a transcript says of itself is hostile text."""

from __future__ import annotations

import functools
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from session_sync.errors import masked
from session_sync.git import query
from session_sync.home.config import UNKNOWN, Config
from session_sync.identity import belongs
from session_sync.transcripts.session import Git, Message, Session

_MOST_AHEAD = 32 << 20  # characters that wait for the first working directory
_MOST_FIRST = 20_000  # messages


def until_placed(messages: Iterator[Message], session: Session) -> list[Message]:
    """The first of `messages`, as many as it takes for `session` to learn where it was; bounded by their size."""
    first: list[Message] = []
    size = 0
    for message in messages:
        first.append(message)
        size += len(message.text) + len(message.thinking) + sum(len(call.output) for call in message.tool_calls)
        if session.cwd or size > _MOST_AHEAD or len(first) > _MOST_FIRST:
            break
    return first


def complete(session: Session, settings: Config, before: str = "") -> None:
    """Add to `session` what its working directory tells: the repository's remote, the project (see `project_of`)."""
    found = session.git or Git()
    here = belongs.standing(session.cwd)
    session.project = project_of(session, settings, before)
    found.remote = masked(found.remote or (belongs.origin(here) if here else ""))
    if found != Git():
        session.git = found


def project_of(session: Session, settings: Config, before: str = "") -> str:
    """The project of `session`: that of its first directory, or the customer's that it went to later.

    A directory that is gone tells less than it did: the project that was known `before` stays, unless what is left to
    tell makes it a customer's.
    """
    found = belongs.of_session(session.cwd, session.git.remote if session.git else "", settings)
    if session.cwd and before not in ("", UNKNOWN) and belongs.standing(session.cwd) is None:
        found = belongs.stricter(before, found)
    return functools.reduce(belongs.stricter, (belongs.of_session(cwd, "", settings) for cwd in session.cwds), found)


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
        here = belongs.standing(session.cwd)
        if here is None:  # a folder of which nothing is left, or of another machine
            return Path(os.path.normpath(session.cwd)).is_relative_to(self.path)
        return belongs.common_dir(here) == self.common
