"""Writes a narrative as a session log: a new one, or an update of the session's log."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from session_sync.home import config, files
from session_sync.home.config import UNKNOWN
from session_sync.identity import belongs, machine, project, user
from session_sync.identity.machine import Machine
from session_sync.identity.user import Identity
from session_sync.logs import attribution, narrative, session_log
from session_sync.logs.place import LogPlace, WantedPlace, choose_place
from session_sync.text import outline

LONGEST_TOPIC = 200  # characters of the heading; the file name takes fewer


@dataclass(frozen=True)
class Saved:
    """The log that a save wrote and where, and whether it was an update of the session's earlier log."""

    path: Path
    place: LogPlace
    updated: bool


def write_log(text: str, wanted: WantedPlace, topic: str | None, session_id: str, settings: config.Config) -> Saved:
    """Put the narrative `text` where it is `wanted`, as a new log or as an update of the session's log.

    Raises UsageError when required sections are missing or out of order; nothing else that is wrong stops it.
    """
    here = machine.load_anyway()
    machines, directory = (here.uuid, *here.previous_uuids), belongs.working_directory()
    place = choose_place(wanted, settings, machines, directory)
    who = user.load_anyway(place.tree)
    title = " ".join(_text(topic or "session").split())[:LONGEST_TOPIC]
    session_id = _text(session_id)
    author = project.slug(who.user or "unknown")
    with session_log.exclusive() as alone:
        known = _earlier(place, session_id, author, machines, alone) if session_id else None
        is_digest = known is not None and session_log.is_digest(known)
        narrative.check_sections(text, complete=known is None or is_digest)
        earlier = known if alone else None  # else others may be writing it: a second log loses nothing
        if earlier and not is_digest:
            session_log.append(earlier, title, narrative.demoted(narrative.without_user(text)), place.mode)
            return Saved(earlier, place, updated=True)
        data = _new_log(text, title, session_id, place.project, who, here, directory)
        if earlier:  # a digest, which gives way
            files.write_atomic(earlier, data)
            return Saved(earlier, place, updated=False)
        stem = session_log.stem(author, project.slug(title))
        return Saved(session_log.create_log(place.folders, stem, data, mode=place.mode), place, updated=False)


def _earlier(place: LogPlace, session_id: str, author: str, machines: Sequence[str], alone: bool) -> Path | None:
    """The session's log; one that waited for its project to be known is brought to its `place` by who is `alone`."""
    found = session_log.find_log(place.folders, session_id, place.pattern(author))
    if found or place.tree or place.project == UNKNOWN:
        return found
    waiting = session_log.find_log(attribution.waiting(machines), session_id)
    return attribution.file_log(waiting, place.project, machines) if waiting and alone else waiting


def _new_log(
    text: str, title: str, session_id: str, project_name: str, who: Identity, here: Machine, directory: Path
) -> bytes:
    """The file of a session's first log."""
    facts = {
        "topic": title,
        "project": project_name,
        attribution.DIRECTORY: _text(str(directory)) if project_name == UNKNOWN else "",
        "user": who.user,
        "machine": here.uuid,
        "session_id": session_id,
        "created": time.strftime("%Y-%m-%dT%H:%M:%S%z"),
    }
    body = narrative.with_user(_untitled(text), user.user_block(who, here))
    return (session_log.front_matter(facts) + f"\n# {title}\n\n" + body).encode()


def _text(argument: str) -> str:
    """A command-line argument as text, whatever bytes it was."""
    return argument.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def _untitled(text: str) -> str:
    """`text` without a title of its own as its first line: the log has one."""
    has_title = any(heading.line == 0 and heading.level == 1 for heading in outline.headings(text)[:1])
    return text.partition("\n")[2].lstrip("\n") if has_title else text
