"""Which project a directory belongs to: the one answer for logs, transcripts, digests and `export sync-repo`.

Rules in config.yaml, the names of folders, of the repository and of its remote may each tell. A directory may have
several names (links, linked work trees) and a session several remotes, so there are several readings: where they differ
a customer's project holds, whose data is scanned most strictly. What a transcript says of itself is hostile text.
"""

from __future__ import annotations

import functools
import ntpath
import os
import posixpath
import re
from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase
from pathlib import Path, PurePath, PurePosixPath, PureWindowsPath

from session_sync.git import query
from session_sync.home.config import UNKNOWN, Config, ProjectRule
from session_sync.identity import project, worktrees

_SCP = re.compile(r"(?:[^@/\s]+@)?([^:/\s]+):(?!//)(.+)")
_URL = re.compile(r"[a-z+]+://(?:[^@/]*@)?([^/:]+)(?::\d+)?/(.+)", re.IGNORECASE)
_WINDOWS = re.compile(r"[a-z]:[\\/]|\\\\", re.IGNORECASE)
_SEPARATOR = re.compile(r"[\\/]+")

Rules = tuple[ProjectRule, ...]


def of_directory(directory: Path, settings: Config) -> str:
    """The project of a `directory` of this machine, such as the one that the process is in."""
    return _project(str(directory), "", settings.projects, settings.tells_projects_apart)


def of_session(cwd: str, remote: str, settings: Config) -> str:
    """The project of a session in the directory `cwd`, as its transcript calls it, and of the `remote` that it names.

    The directory may be gone: then it is known by the repository around it, else by its name alone; UNKNOWN when it
    has none, and where settings tell projects apart, when its name tells nothing or the remote of what is gone could
    tell more.
    """
    return _project(cwd, remote, settings.projects, settings.tells_projects_apart)


def has_rule(cwd: str, settings: Config) -> bool:
    """Whether `projects` in config.yaml decides by the path of the directory `cwd`."""
    return any(rule.path and _is_below(_pure(cwd), os.path.expanduser(rule.path)) for rule in settings.projects)


def customer_of(root: Path, folder: str, settings: Config) -> str:
    """The customer's project that a `folder` in the work tree at `root` belongs to, "" for any other."""
    return _customer(root, folder, settings.projects)


def stricter(name: str, other: str) -> str:
    """The project `name`, unless only the `other` one is a customer's."""
    return other if project.is_customer(other) and not project.is_customer(name) else name


def customer_among(names: Iterable[str]) -> str:
    """The customer's project that the first of `names` tells which is one, "" when none is; CUST-* before my-cust-x."""
    found = [project.clean_project(name) for name in names if project.is_customer(name)]
    return next((name for name in found if name.startswith(project.CUSTOMER)), found[0] if found else "")


def working_directory() -> Path:
    """The directory that the process is in, as the shell calls it: the name of a link may be a customer's."""
    here, called = Path.cwd(), os.environ.get("PWD", "")
    return Path(called) if os.path.isabs(called) and _there(called) == here.resolve() else here


def normalized(remote: str) -> str:
    """A remote's host and path, the same however it is reached: git@forge:a/b.git is https://forge/a/b; "" for none."""
    found = _URL.fullmatch(remote) or _SCP.fullmatch(remote)
    if not found:  # a path; one that is not absolute means another place in each repository
        return remote.rstrip("/") if os.path.isabs(remote) else ""
    return f"{found[1]}/{_path(remote)}".lower()


@functools.lru_cache(1024)
def resolved(cwd: str) -> Path | None:
    """The folder `cwd` if it is there; never a network path, which would be asked for."""
    return _there(cwd) if is_usable(cwd) else None


def is_usable(cwd: str) -> bool:
    """Whether `cwd` can be asked for on this machine, whoever says it."""
    return os.path.isabs(cwd) and "\0" not in cwd and not cwd.startswith(("\\\\", "//"))


@functools.lru_cache(1024)
def common_dir(here: Path) -> Path | None:
    """The git directory that all worktrees of the repository around `here` share, None when there is none."""
    return query.common_dir(here)


@functools.lru_cache(1024)
def origin(here: Path) -> str:
    """The URL of the remote `origin` of the repository around `here`, "" when there is none."""
    return query.config_value("remote.origin.url", here) if common_dir(here) else ""


@functools.lru_cache(1024)
def standing(cwd: str) -> Path | None:
    """The folder by which git knows the repository of `cwd`: that itself, else what is left of the repository.

    A folder that was removed belongs to the repository around it, a work tree to the one that it was linked to. None
    when nothing is left; a folder that is in no repository stands for itself.
    """
    here = resolved(cwd)
    if here is None:
        left = next((one for one in _parents(cwd) if os.path.isdir(one)), None)
        top = _top(left) if left else None
        return left if top and top != Path.home().resolve() else None
    if common_dir(here):
        return here
    linked = worktrees.recorded(here)
    if linked is None:
        return here
    return linked.parent if linked.is_dir() and common_dir(linked.parent) else None


@functools.lru_cache(1024)
def _project(cwd: str, remote: str, rules: Rules, is_careful: bool) -> str:
    here = standing(cwd)
    actual = origin(here) if here else ""
    remotes = [url for url in (actual, "" if _is_same(remote, actual) else remote) if url] or [""]
    top = _top(here) if here else None
    told = [name for name in _readings([*_places(here), cwd, *_linked(cwd)], top, remotes, rules) if name]
    if told:
        return customer_among(told) or told[0]
    if top:
        return project.clean_project(top.name)
    if here:
        return project.GENERAL
    return _gone(cwd, remote, rules, is_careful)


def _gone(cwd: str, remote: str, rules: Rules, is_careful: bool) -> str:
    """The project of a directory of which nothing is left."""
    if normalized(remote):
        return project.clean_project(_last(_path(remote)))
    if any(rule.remote and project.is_customer(rule.project) for rule in rules):
        return UNKNOWN
    linked = next(map(_last, _linked(cwd)), None) or worktrees.name_in(_names(cwd)[::-1])
    if linked == "" and is_careful:
        return UNKNOWN
    name = linked or _last(cwd)
    return project.clean_project(name) if name else UNKNOWN


def _linked(cwd: str) -> Iterator[str]:
    """The repository that the work tree at `cwd` is linked to, though it is gone."""
    here = resolved(cwd)
    linked = worktrees.recorded(here) if here and not common_dir(here) else None
    if linked:
        yield str(linked.parent if linked.name == ".git" else linked)


def _parents(cwd: str) -> Iterator[Path]:
    """The folders around `cwd`, the innermost first."""
    return iter(Path(os.path.normpath(cwd)).parents if is_usable(cwd) else ())


@functools.lru_cache(4096)
def _customer(root: Path, folder: str, rules: Rules) -> str:
    here = root.resolve()
    places = [f"{place}/{folder}" for place in (*_places(here), root)]
    return customer_among(_readings(places, _top(here), [origin(here)], rules))


def _readings(places: Iterable[object], top: Path | None, remotes: list[str], rules: Rules) -> Iterator[str]:
    """What each of a directory's `places` tells with each of its `remotes`, "" where that is nothing."""
    return (_reading(place, top, url, rules) for place in dict.fromkeys(map(str, places)) for url in remotes)


def _places(here: Path | None) -> Iterator[Path]:
    """Where a directory is: here, and for one in a linked work tree also in the main one."""
    if here:
        yield here
        root = next((one for one in (here, *here.parents) if os.path.lexists(one / ".git")), here)
        top = _top(here) if os.path.isfile(root / ".git") else None
        if top and os.path.isdir(top / ".git"):
            yield top / here.relative_to(root)


def _reading(place: str, top: Path | None, remote: str, rules: Rules) -> str:
    """The project by the first rule that fits, else the customer's that a name tells; "" when nothing does."""
    path = _pure(place)
    for rule in rules:
        if rule.path and _is_below(path, os.path.expanduser(rule.path)):
            return project.clean_project(rule.project)
        if rule.remote and remote and fnmatchcase(remote, rule.remote):
            return project.clean_project(rule.project)
    repository = str(top or "")
    names = [_last(repository), *_names(place), *_names(repository), *_names(_path(remote))]
    return customer_among(map(worktrees.owner, names))


def _is_same(remote: str, other: str) -> bool:
    return remote == other or normalized(remote) == normalized(other) != ""


def _is_below(path: PurePath, folder: str) -> bool:
    """Whether `path` is in the `folder` of a rule, by its own name or by the one that links lead to."""
    return any(path.is_relative_to(one) for one in _folders(folder))


@functools.lru_cache(256)
def _folders(folder: str) -> tuple[PurePath, ...]:
    paths = {folder, os.path.realpath(folder)} if os.path.isabs(folder) else {folder}
    return tuple(map(_pure, paths))


def _pure(path: str) -> PurePath:
    """A path of whatever system, without `..` in it."""
    if _WINDOWS.match(path):
        return PureWindowsPath(ntpath.normpath(path))
    return PurePosixPath(posixpath.normpath(path))


def _names(path: str) -> list[str]:
    """The names in a path of whatever system, the innermost first."""
    return [name for name in reversed(_SEPARATOR.split(path)) if name]


def _last(path: str) -> str:
    return next(iter(_names(path)), "")


def _path(remote: str) -> str:
    """The path of a remote on its host, or the remote itself when it is a path."""
    found = _URL.fullmatch(remote) or _SCP.fullmatch(remote)
    return (found[2] if found else remote).strip("/").removesuffix(".git").strip("/")


def _top(here: Path) -> Path | None:
    """The main work tree of the repository around `here` (a linked one counts to it), or a bare repository."""
    common = common_dir(here)
    return common.parent if common and common.name == ".git" else common


def _there(directory: str) -> Path | None:
    """The folder that `directory` leads to, None when there is none."""
    try:
        here = Path(directory).resolve(strict=True)
        return here if here.is_dir() else None
    except (OSError, RuntimeError, ValueError):  # gone, a loop of links, too long
        return None
