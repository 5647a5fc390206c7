"""Where a session's log goes: a shared tree, by its scope, or the store."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from session_sync.errors import UsageError, UserError
from session_sync.git import discovery, query
from session_sync.git.discovery import Untold
from session_sync.home import files
from session_sync.home.config import UNKNOWN, Config
from session_sync.identity import belongs, project
from session_sync.logs import shared_tree, store
from session_sync.logs.shared_tree import Scope


@dataclass(frozen=True)
class LogPlace:
    """The folders of a scope's session logs: new ones go to the first; all of them may hold the session's earlier log.

    `tree` is the root of the shared tree that they are in, and `scope` what the log is about there.
    """

    project: str
    folders: tuple[Path, ...]
    mode: int = files.PRIVATE_FILE
    tree: Path | None = None
    scope: Scope = shared_tree.NO_SCOPE
    warnings: tuple[str, ...] = ()

    def pattern(self, user: str) -> str:
        """What the names of the user's logs look like there: a tree holds everybody's."""
        return f"*-{user}-*" if self.tree else "*"


@dataclass(frozen=True)
class WantedPlace:
    """What the user said about the place; `in_tree` is None when nothing was said."""

    project: str | None = None
    client: str | None = None
    in_tree: bool | None = None


def choose_place(wanted: WantedPlace, settings: Config, machines: Sequence[str], directory: Path) -> LogPlace:
    """The place for a log of a session in `directory`.

    Raises UsageError when a tree was asked for and there is none; a tree that cannot be written to gives the store, and
    so does a session of which nobody can tell whose it is: in the tree everybody would get it.
    """
    try:
        top = _tree(wanted, directory)
        if top is None:
            return _in_store(wanted, settings, machines, directory)
        scope, name = choose_scope(top, wanted, settings, directory)
        if name == UNKNOWN:
            return _in_store(wanted, settings, machines, directory)
        folder = _folder(top, scope)
    except (OSError, UserError) as error:
        why = f"saved to the store, not to the shared tree: {error}"
        return _in_store(wanted, settings, machines, directory, (why,))
    return LogPlace(name, (folder,), shared_tree.file_mode(), top, scope)


def choose_scope(top: Path, wanted: WantedPlace, settings: Config, directory: Path) -> tuple[Scope, str]:
    """What a log of a session in `directory` is about in the shared tree at `top`, and the project that it belongs to.

    A customer's session goes where everybody's policy is the customer's, unless the user said where.
    """
    found = shared_tree.scope(top, wanted.project, wanted.client, directory)
    if wanted.project or wanted.client:
        return found, found.project
    told = belongs.of_directory(directory, settings)
    if told == UNKNOWN and not project.is_customer(found.project):
        return found, UNKNOWN
    name = belongs.stricter(found.project, told)
    if name != found.project and not belongs.customer_of(top, found.folder, settings):
        found = shared_tree.scope(top, name, None, directory)
    return found, name


def _tree(wanted: WantedPlace, directory: Path) -> Path | None:
    if wanted.in_tree is False:
        return None
    try:
        top = query.trusted_worktree(directory)
    except Untold:
        if wanted.in_tree or wanted.client or _is_marked(directory):
            raise
        return None  # no shared tree was to be expected
    if top and (wanted.in_tree or shared_tree.is_shared(top)):
        return top
    if wanted.in_tree or wanted.client:
        raise UsageError("there is no shared tree here; run save in one, or leave out --tree and --client")
    return None


def _in_store(
    wanted: WantedPlace, settings: Config, machines: Sequence[str], directory: Path, warnings: tuple[str, ...] = ()
) -> LogPlace:
    given = wanted.project or wanted.client
    name = project.clean_project(given) if given else belongs.of_directory(directory, settings)
    if name == UNKNOWN and not given:
        why = belongs.why_unknown(directory, settings)
        warnings = (f"whose it is cannot be told; sync-logs files it once it can, or save it with --project; {why}",)
    return LogPlace(name, store.folders(name, machines), warnings=warnings)


def _is_marked(directory: Path) -> bool:
    """Whether what git does not read is marked as a shared tree."""
    top = discovery.holder(directory)
    return top is not None and shared_tree.is_shared(top)


def _folder(top: Path, scope: Scope) -> Path:
    """The folder of the scope's logs, made with the user's own rights; it must not lead out of the tree."""
    place = top
    for part in scope.folder.split("/"):
        place /= part
        if place.is_symlink():
            raise UserError(f"{place} is a link")
    shared_tree.make_folder(place)
    if not os.access(place, os.W_OK):
        raise UserError(f"{place} cannot be written to")
    return place
