"""Which project a directory belongs to: the one answer for logs, transcripts, digests and `export sync-repo`.

Rules in config.yaml, the names of folders, of the repository and of its remotes may each tell. A directory may have
several names (links, linked work trees) and a session several remotes, so there are several readings: where they differ
a customer's project holds, whose data is scanned most strictly. Where what could tell cannot be read, or tells of
several customers, the project is UNKNOWN: a guess would send a customer's session to everybody. What a transcript says
of itself is hostile text.
"""

from __future__ import annotations

import functools
import os
from collections.abc import Iterable
from pathlib import Path

from session_sync import workdir
from session_sync.home.config import UNKNOWN, Config
from session_sync.identity import project, rules, surroundings, worktrees
from session_sync.identity.rules import UNREAD, Rules, customer_among
from session_sync.identity.surroundings import Remotes


def of_directory(directory: Path, settings: Config) -> str:
    """The project of a `directory` of this machine, such as the one that the process is in."""
    return of_session(str(directory), "", settings)


def of_session(cwd: str, remote: str, settings: Config) -> str:
    """The project of a session in the directory `cwd`, as its transcript calls it, and of the `remote` that it names.

    The directory may be gone: then it is known by the repository around it, else by its name alone; UNKNOWN when it
    has none, and where settings tell projects apart, when its name tells nothing or the remote of what is gone could
    tell more. So it is when there is a repository that git does not read, or settings that we could not.
    """
    return _project(cwd, remote, Rules.of(settings)) if settings.is_known else UNKNOWN


def why_unknown(directory: Path, settings: Config) -> str:
    """Why the project of `directory` is UNKNOWN, and what to do, in one line."""
    if not settings.is_known:
        return "config.yaml, which may say, cannot be read; mend it"
    known = surroundings.untold(str(directory)) or rules.unreadable_folder(settings.projects)
    is_there = surroundings.resolved(str(directory)) is not None
    what = f"what is known of {directory} tells of several projects" if is_there else f"{directory} is gone"
    return known or f"{what}; add a rule for its path to config.yaml"


def needs_remotes(settings: Config) -> bool:
    """Whether a rule in config.yaml sends repositories elsewhere by their remotes."""
    return Rules.of(settings).need_remotes


def has_rule(cwd: str, settings: Config) -> bool:
    """Whether `projects` in config.yaml decides by the path of the directory `cwd`."""
    return any(rules.is_below(cwd, rule) for rule in settings.projects)


def customer_of(root: Path, folder: str, settings: Config) -> str:
    """The customer's project that a `folder` in the work tree at `root` belongs to, "" for any other.

    UNKNOWN when it may be a customer's, and nobody can tell which.
    """
    return _customer(root, folder, Rules.of(settings))


def stricter(name: str, other: str) -> str:
    """The project `name`, unless only the `other` one is a customer's."""
    return other if project.is_customer(other) and not project.is_customer(name) else name


def working_directory() -> Path:
    """The directory that the process is in, as the shell calls it: the name of a link may be a customer's."""
    gone = workdir.removed()
    if gone is not None:
        return Path(gone) if os.path.isabs(gone) else Path(os.sep, "a removed directory")
    here, called = Path.cwd(), os.environ.get("PWD", "")
    return Path(called) if os.path.isabs(called) and surroundings.there(called) == here.resolve() else here


@functools.lru_cache(1024)
def _project(cwd: str, remote: str, given: Rules) -> str:
    here, untold = surroundings.standing(cwd), surroundings.untold(cwd)
    places = [*surroundings.places(here), cwd, *surroundings.linked(cwd)]
    known = surroundings.remotes(here) if here else ()
    is_known = any(rules.is_same(remote, one) for _, spellings in known for one in spellings)
    also = () if is_known or not remote else (remote,)
    is_unread = not rules.normalized(remote) and (here is None or bool(untold))
    found = _told(places, surroundings.top(here) if here else None, known, (UNREAD,) if is_unread else also, given)
    if found:
        return found
    if here is None or untold:
        return _gone(cwd, remote, given, untold)
    return _by_repository(here, given)


def _told(
    places: Iterable[object], top: Path | None, known: Remotes, also: tuple[str | None, ...], given: Rules
) -> str:
    """What the `places` of a directory tell, with its repository's remotes and those that are `also` said of it."""
    names = list(dict.fromkeys(map(str, places)))

    def told(remotes: Iterable[str | None]) -> list[str]:
        readings = (rules.reading(name, top, url, given) for name in names for url in remotes)
        return [one for one in readings if one]

    def customers(remotes: Iterable[tuple[str, ...]]) -> list[str]:
        return sorted({customer_among(told(spellings)) for spellings in remotes} - {""})

    own = [spellings for name, spellings in known if name == "origin"]
    found = told([*(url for spellings in own for url in spellings[::-1]), *also] or [""])
    decided = customers(own) or list(filter(None, [customer_among(found)]))
    decided = decided or customers(spellings for name, spellings in known if name != "origin")
    if len(decided) > 1 or (not decided and UNKNOWN in found):
        return UNKNOWN
    return next(iter([*decided, *found]), "")


def _by_repository(here: Path, given: Rules) -> str:
    """The project of a directory of which nothing but its repository tells, and the one around that: a submodule's."""
    around = surroundings.around(here)
    outer = _project(str(around), "", given) if around else ""
    if project.is_customer(outer) or (outer == UNKNOWN and given.need_remotes):
        return outer
    top = surroundings.top(here)
    return project.clean_project(top.name) if top else project.GENERAL


def _gone(cwd: str, remote: str, given: Rules, untold: str) -> str:
    """The project of a directory of which nothing is left, or nothing that can be read."""
    if rules.normalized(remote):
        return project.clean_project(rules.last(rules.path_of(remote)))
    if given.need_remotes or _is_refused(cwd, untold, given):
        return UNKNOWN
    linked = next(map(rules.last, surroundings.linked(cwd)), None) or worktrees.name_in(rules.names_in(cwd)[::-1])
    if linked == "" and given.is_careful:
        return UNKNOWN
    name = linked or rules.last(cwd)
    return project.clean_project(name) if name else UNKNOWN


def _is_refused(cwd: str, untold: str, given: Rules) -> bool:
    """Whether there is a repository that cannot be read, or where settings tell projects apart, a folder."""
    return bool(untold) and (given.is_careful or surroundings.standing(cwd) is not None)


@functools.lru_cache(4096)
def _customer(root: Path, folder: str, given: Rules) -> str:
    here = root.resolve()
    places = [f"{place}/{folder}" for place in (*surroundings.places(here), root)]
    also = (UNREAD,) if surroundings.untold(str(here)) else ()
    found = _told(places, surroundings.top(here), surroundings.remotes(here), also, given)
    return found if found == UNKNOWN or project.is_customer(found) else ""
