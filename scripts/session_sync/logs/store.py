"""The store: this machine's own session logs, projects/<PROJECT>/<machine-uuid>/*.md."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from session_sync.home import files, paths
from session_sync.identity import project


class Log(NamedTuple):
    """One session log in the store, or a file of an archived transcript, which has a `place` of its own.

    `redacted` is the SHA-256 of such a file as the export wrote it by the rules and policies of now, "" if unknown.
    """

    project: str
    machine: str
    name: str
    path: str
    stat: os.stat_result
    place: str = ""
    redacted: str = ""

    @property
    def key(self) -> bytes:
        """The log's path below machines/<uuid>/ in a log repository."""
        return os.fsencode(self.place or f"projects/{self.project}/{self.name}")


@dataclass
class Listing:
    """What the store holds: its logs, and what was passed over with the reason."""

    logs: list[Log] = field(default_factory=list)
    skipped: list[tuple[str, str]] = field(default_factory=list)


def changed(stat: os.stat_result) -> int:
    """When a file last changed (ns since the epoch): its inode tells also of an edit that kept the file's own time."""
    return max(stat.st_mtime_ns, stat.st_ctime_ns)


def folders(name: str, machines: Sequence[str]) -> tuple[Path, ...]:
    """The folders of a project's logs under each UUID of this machine; the first is made when it is missing."""
    found = tuple(paths.projects() / name / machine for machine in machines)
    files.make_private_dir(found[0])
    return found


def listing(wanted: Callable[[str], bool] = lambda _: True) -> Listing:
    """All logs of the projects that are `wanted`, sorted by path."""
    found = Listing()
    for entry in _entries(paths.projects(), found):
        if not wanted(entry.name):
            continue
        if not entry.is_dir(follow_symlinks=False):
            found.skipped.append((entry.path, "not the folder of a project"))
            continue
        customer = project.is_customer(entry.name)
        _look(entry, customer)
        taken: set[str] = set()
        for machine in _entries(entry.path, found):
            if paths.UUID.fullmatch(machine.name) and machine.is_dir(follow_symlinks=False):
                _look(machine, customer)
                _list_folder(found, entry.name, machine, taken, customer)
            else:
                found.skipped.append((machine.path, "not the folder of a machine"))
    return found


def _list_folder(found: Listing, name: str, machine: os.DirEntry[str], taken: set[str], customer: bool) -> None:
    """Add a folder's logs; a name that another machine's folder of the project has `taken` is made different."""
    for entry in _entries(machine.path, found):
        if not entry.name.endswith(".md"):
            found.skipped.append((entry.path, "not a .md file"))
        elif not entry.is_file(follow_symlinks=False):
            found.skipped.append((entry.path, "not a regular file"))
        elif stat := _look(entry, customer):
            log_name = entry.name
            while log_name in taken:
                log_name = f"{log_name[:-3]}-{machine.name}.md"
            taken.add(log_name)
            found.logs.append(Log(name, machine.name, log_name, entry.path, stat))


def _look(entry: os.DirEntry[str], customer: bool) -> os.stat_result | None:
    """The stat of a folder or file, None when it vanished just now.

    Other users' rights are taken from a customer's, which may have been put there by hand.
    """
    try:
        stat = entry.stat(follow_symlinks=False)
        if customer and os.name == "posix" and stat.st_mode & 0o077:
            os.chmod(entry.path, stat.st_mode & 0o700)
    except FileNotFoundError:
        return None
    except PermissionError:
        return stat  # not ours to change
    return stat


def _entries(path: str | Path, found: Listing) -> list[os.DirEntry[str]]:
    """The visible entries of a folder by name; none when it is missing. Hidden ones are half-written files."""
    try:
        with os.scandir(path) as scan:
            return sorted((entry for entry in scan if not entry.name.startswith(".")), key=lambda entry: entry.name)
    except FileNotFoundError:
        return []
    except OSError as error:
        found.skipped.append((str(path), error.strerror or type(error).__name__))
        return []
