"""Where a session belongs: its project, its repository. What a transcript says of itself is hostile text."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from session_sync.errors import masked
from session_sync.git import query
from session_sync.home.config import UNKNOWN, Config
from session_sync.identity import belongs, project, rules, surroundings
from session_sync.transcripts import projects
from session_sync.transcripts.session import MORE_PLACES, Git, Message, Session

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


class Known(NamedTuple):
    """What is known of a session's project from elsewhere; "" if nothing is.

    It is the one that the session had `before`, that of its `parent`, and that of messages which its source has lost.
    """

    before: str = ""
    parent: str = ""
    lost: str = ""


def complete(session: Session, settings: Config, known: Known | None = None) -> None:
    """Add to `session` what its working directory tells: the repository's remote, the project (see `project_of`)."""
    found = session.git or Git()
    here = surroundings.standing(session.cwd)
    session.project = project_of(session, settings, known)
    found.remote = masked(found.remote or (surroundings.origin(here) if here else ""))
    if found != Git():
        session.git = found


def project_of(session: Session, settings: Config, known: Known | None = None) -> str:
    """The project of `session`: that of its first directory, unless what else leads to one is kept apart.

    That are the directories that it went to later, the session that started it, and the project that it had before.
    A later directory that is gone and tells nothing does not count, but more of them than are remembered do, and so
    does one that is there and cannot be read. One that tells no directory is where the session was that started it.
    """
    before, parent, lost = known or Known()
    if parent and not session.cwd:
        return parent
    found = belongs.of_session(session.cwd, session.git.remote if session.git else "", settings)
    if found == project.GENERAL and session.git and not session.git.remote and belongs.needs_remotes(settings):
        found = UNKNOWN  # there was a repository: on a disk that is not mounted now
    later = ((cwd, belongs.of_session(cwd, "", settings)) for cwd in session.cwds if cwd != MORE_PLACES)
    names = [_since(before, found, session.cwd, settings)]
    names += [name for cwd, name in later if name != UNKNOWN or surroundings.untold(cwd)]
    names += [UNKNOWN] * (MORE_PLACES in session.cwds)
    return projects.joined([*names, *filter(None, [parent, lost])], settings)


def _since(before: str, found: str, cwd: str, settings: Config) -> str:
    """The project of a directory that is `found` to be of one and was known to be of another `before`.

    A directory may tell less than it did: it is gone, or its repository is, or the source has lost what told more.
    """
    if before in ("", found, UNKNOWN) or belongs.has_rule(cwd, settings):
        return found
    is_told = found != UNKNOWN and projects.is_apart(found, settings)
    is_gone = surroundings.standing(cwd) is None
    if projects.is_apart(before, settings):
        return found if is_told and not is_gone else before
    return before if cwd and is_gone and not is_told else found


def shown_project(session: Session, clean: Callable[[str], str]) -> str:
    """The project of `session` as an archive may have it: the name of a folder may hold what `clean` takes out."""
    remote = session.git.remote if session.git else ""
    for name in re.split(r"[/\\]", f"{session.cwd}/{remote.removesuffix('.git')}"):
        if name and project.clean_project(name) == session.project and (shown := clean(name)) != name:
            return project.clean_project(shown)
    return session.project


@dataclass(frozen=True)
class Repository:
    """A git repository on this machine, by what a session may share with it."""

    path: Path
    common: Path  # the git directory that all its worktrees share
    remotes: frozenset[str]

    @classmethod
    def at(cls, directory: Path) -> Repository | None:
        """The repository around `directory`, None when there is none; raises Untold where git does not read it."""
        here = directory.resolve()
        common = query.common_dir(here)
        if common is None:
            return None
        top = query.worktree(here) or here
        urls = (url for remote in query.remotes(here).values() for spellings in remote for url in spellings)
        return cls(top, common, frozenset(filter(None, map(rules.normalized, urls))))

    def has(self, session: Session, settings: Config) -> bool:
        """Whether `session` worked here: by its path, its git directory, or a remote that both have.

        Never by a folder's name alone: two repositories may share it. A session of a project that is kept apart, such
        as one that went to a customer's directory later, is only in a repository of that project.
        """
        is_shared = not projects.is_apart(session.project, settings)
        return self._is_place_of(session) and (is_shared or session.project == self._project(settings))

    def _project(self, settings: Config) -> str:
        return belongs.of_directory(self.path, settings)

    def _is_place_of(self, session: Session) -> bool:
        if session.git and rules.normalized(session.git.remote) in self.remotes:
            return True
        if not surroundings.is_usable(session.cwd):
            return False
        here = surroundings.standing(session.cwd)
        if here is None:  # a folder of which nothing is left, or of another machine
            return Path(os.path.normpath(session.cwd)).is_relative_to(self.path)
        return surroundings.common_dir(here) == self.common
