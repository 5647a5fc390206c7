"""What the rules in config.yaml and the names in a path tell of a place's project.

A rule that cannot be evaluated, as one about the remote of a repository that git does not read, may be the one that
fits: where its project is kept apart from others, no later rule decides against it, and only a customer's name does.
"""

from __future__ import annotations

import functools
import ntpath
import os
import posixpath
import re
from collections.abc import Iterable
from fnmatch import fnmatchcase
from pathlib import Path, PurePath, PurePosixPath, PureWindowsPath
from typing import NamedTuple
from unicodedata import normalize

from session_sync.home.config import UNKNOWN, Config, ProjectRule
from session_sync.identity import project, worktrees

_SCP = re.compile(r"(?:[^@/\s]+@)?([^:/\s]+):(?!//)(.+)")
_URL = re.compile(r"[a-z+]+://(?:[^@/]*@)?([^/:]+)(?::\d+)?/(.+)", re.IGNORECASE)
_WINDOWS = re.compile(r"[a-z]:[\\/]|\\\\", re.IGNORECASE)
_SEPARATOR = re.compile(r"[\\/]+")
_ORDINARY = "\n"  # a project that only a pattern for all of them matches
UNREAD = None  # the remote of a repository that cannot be read: it may be any


class Rules(NamedTuple):
    """The rules for projects, those of the projects that are `apart`, and whether settings tell any apart."""

    rules: tuple[ProjectRule, ...]
    apart: frozenset[str]
    is_careful: bool

    @classmethod
    def of(cls, settings: Config) -> Rules:
        named = (project.clean_project(rule.project) for rule in settings.projects)
        apart = frozenset(name for name in named if _is_apart(name, settings))
        return cls(settings.projects, apart, settings.tells_projects_apart)

    @property
    def need_remotes(self) -> bool:
        """Whether a rule sends a repository elsewhere by its remote."""
        return any(rule.remote and project.clean_project(rule.project) in self.apart for rule in self.rules)


def reading(place: str, top: Path | None, remote: str | None, rules: Rules) -> str:
    """The project by the first rule that fits, else the customer's that a name tells; "" when nothing does.

    UNKNOWN when a rule that may fit cannot be evaluated, and what else is told is another rule's project or nothing.
    """
    path, doubts = _pure(place), set[str]()
    for rule in rules.rules:
        name = project.clean_project(rule.project)
        fits = _fits(rule, path, remote)
        if fits:
            return UNKNOWN if doubts - {name} else name
        if fits is None and name in rules.apart:
            doubts.add(name)
    repository = str(top or "")
    names = [last(repository), *names_in(place), *names_in(repository), *names_in(path_of(remote or ""))]
    return customer_among(map(worktrees.owner, names)) or (UNKNOWN if doubts else "")


def unreadable_folder(rules: Iterable[ProjectRule]) -> str:
    """Why the folder of the first rule that cannot be evaluated is not to be looked at, "" when all can."""
    return next(filter(None, (_folders(os.path.expanduser(rule.path))[1] for rule in rules if rule.path)), "")


def is_below(path: str, rule: ProjectRule) -> bool:
    """Whether the directory `path` is in the folder of the `rule`."""
    return bool(rule.path) and bool(_fits(rule, _pure(path), ""))


def customer_among(names: Iterable[str]) -> str:
    """The customer's project that the first of `names` tells which is one, "" when none is; CUST-* before my-cust-x."""
    found = [project.clean_project(name) for name in names if project.is_customer(name)]
    return next((name for name in found if name.startswith(project.CUSTOMER)), found[0] if found else "")


def normalized(remote: str) -> str:
    """A remote's host and path, the same however it is reached: git@forge:a/b.git is https://forge/a/b; "" for none."""
    found = _URL.fullmatch(remote) or _SCP.fullmatch(remote)
    if not found:  # a path; one that is not absolute means another place in each repository
        return remote.rstrip("/") if os.path.isabs(remote) else ""
    return f"{found[1]}/{path_of(remote)}".lower()


def is_same(remote: str, other: str) -> bool:
    """Whether two URLs are of one remote."""
    return remote == other or normalized(remote) == normalized(other) != ""


def path_of(remote: str) -> str:
    """The path of a remote on its host, or the remote itself when it is a path."""
    found = _URL.fullmatch(remote) or _SCP.fullmatch(remote)
    return (found[2] if found else remote).strip("/").removesuffix(".git").strip("/")


def names_in(path: str) -> list[str]:
    """The names in a path of whatever system, the innermost first."""
    return [name for name in reversed(_SEPARATOR.split(path)) if name]


def last(path: str) -> str:
    """The last name in a path of whatever system."""
    return next(iter(names_in(path)), "")


def _is_apart(name: str, settings: Config) -> bool:
    """Whether the project `name` is a customer's, goes elsewhere than an ordinary one, or has a policy of its own."""
    if project.is_customer(name) or settings.repository_of(name) != settings.repository_of(_ORDINARY):
        return True
    patterns = (rule.match.casefold() for rule in settings.policies)
    return any(fnmatchcase(name.casefold(), one) and not fnmatchcase(_ORDINARY, one) for one in patterns)


def _fits(rule: ProjectRule, path: PurePath, remote: str | None) -> bool | None:
    """Whether the `rule` holds for a place at `path` with this `remote`; None when that cannot be told."""
    if rule.remote:
        return None if remote is UNREAD else bool(remote) and _fits_remote(rule.remote, remote)
    folders, why = _folders(os.path.expanduser(rule.path))
    if any(path.is_relative_to(one) for one in folders):
        return True
    alike = [_is_below_by_other_letters(path, one) for one in folders]
    return True if True in alike else None if why or None in alike else False


def _is_below_by_other_letters(path: PurePath, folder: PurePath) -> bool | None:
    """Whether `path` is in the `folder` where file systems ignore case and how letters are composed; None for gone."""
    outer = path.parts[: len(folder.parts)]
    if _folded(outer) != _folded(folder.parts):
        return False
    try:
        return os.path.samefile(os.path.join(*outer), folder)
    except OSError:
        return None


def _folded(names: Iterable[str]) -> list[str]:
    return [normalize("NFC", name).casefold() for name in names]


def _fits_remote(pattern: str, remote: str) -> bool:
    """Whether a `remote` fits the `pattern` of a rule, as it is written or as the same place reached in another way."""
    is_fitting = fnmatchcase(remote.casefold(), pattern.casefold())
    return is_fitting or ("/" in normalized(pattern) and fnmatchcase(normalized(remote), normalized(pattern)))


@functools.lru_cache(256)
def _folders(folder: str) -> tuple[tuple[PurePath, ...], str]:
    """The `folder` of a rule, by its own name and by the one that links lead to; why that cannot be told, if so."""
    if not os.path.isabs(folder):
        return (_pure(folder),), ""
    try:
        return tuple(map(_pure, {folder, os.path.realpath(folder, strict=True)})), ""
    except (FileNotFoundError, NotADirectoryError):
        return tuple(map(_pure, {folder, os.path.realpath(folder)})), ""
    except OSError as error:
        why = f"the folder {folder} of a rule in config.yaml cannot be looked at: {error.strerror}; mend that"
        return (_pure(folder),), why


def _pure(path: str) -> PurePath:
    """A path of whatever system, without `..` in it."""
    if _WINDOWS.match(path):
        return PureWindowsPath(ntpath.normpath(path))
    return PurePosixPath(posixpath.normpath(path))
