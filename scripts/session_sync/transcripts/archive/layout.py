"""Where an archived session is: history/<user>/<source>/<system>/<path relative to home>/YYYY-MM-DD-HHMM-<slug>.md."""

from __future__ import annotations

import hashlib
import posixpath
import re
from pathlib import PurePosixPath

from session_sync.home import paths
from session_sync.identity import project
from session_sync.transcripts.session import Session

OUTSIDE = "_root"  # for paths outside the home
NOWHERE = "_unknown"  # for sessions that do not tell where they were
PICTURES = "pictures"  # the folder of them, beside the sessions
BASENAME = re.compile(r"\d{4}-\d\d-\d\d-\d{4}-.+")
_PICTURE = re.compile(rf"{PICTURES}/[0-9a-f]{{32}}\.(?:png|jpg|gif|webp)")
LATER_PARTS = "*.part[1-9]*.md"  # files of the sessions that have several
_PART = re.compile(r"\.part[1-9]\d{0,5}\Z")  # which no name has by itself: a title's dots are replaced in it
_WINDOWS = re.compile(r"[A-Za-z]:[\\/]|\\\\")
_TIME = re.compile(r"(\d{4}-\d\d-\d\d)T(\d\d):(\d\d)")
_LONGEST_SLUG = 60  # bytes
_LONGEST_PATH = 160  # bytes of the folders below the system's
_UNNAMED = "_"


def top(session: Session, history: str = paths.HISTORY) -> PurePosixPath:
    """The folder below the archive's for all sessions of the same user, source and system."""
    return PurePosixPath(history, *(_component(name) for name in (session.user, session.source, session.system)))


def folder(session: Session, home: str) -> PurePosixPath:
    """The folder of `session` below its `top`; `home` is the user's home folder."""
    return PurePosixPath(*_below(session.cwd, home))


def names(session: Session, title: str) -> tuple[str, ...]:
    """What the session's files may be called: a mark of its own tells it from another one with the same name."""
    name = basename(session, title)
    mark = hashlib.sha256(f"{session.source}\0{session.source_session_id}".encode("utf-8", "surrogatepass")).hexdigest()
    return name, f"{name}-{mark[:8]}", f"{name}-{mark[:16]}"


def basename(session: Session, title: str) -> str:
    """The name of the session's files without suffix: when it began, in UTC, and its title."""
    found = _TIME.match(session.started)
    when = f"{found[1]}-{found[2]}{found[3]}" if found else "0000-00-00-0000"
    return f"{when}-{title_slug(title)}"


def title_slug(title: str) -> str:
    """`title` as a part of a file's name."""
    return project.slug(title).encode()[:_LONGEST_SLUG].decode(errors="ignore").rstrip("-._") or "session"


def json_name(name: str) -> str:
    """The name of the JSON beside the Markdown `name`.md."""
    return f".{name}.json"


def part_name(name: str, number: int) -> str:
    """The name of the Markdown file `number`, from 1 on, of the session `name`."""
    return f"{name}.md" if number == 1 else f"{name}.part{number}.md"


def markdown(path: str) -> str:
    """The path of the first Markdown file of the session with a file, but a picture, at `path`; both have slashes."""
    folder, slash, name = path.rpartition("/")
    stem = name[1:-5] if name.startswith(".") else _PART.sub("", name.removesuffix(".md"))
    return f"{folder}{slash}{stem}.md"


def is_picture(name: str) -> bool:
    """Whether this is the name of a picture, from the folder of its session's files."""
    return bool(_PICTURE.fullmatch(name))


def is_at_picture(path: str) -> bool:
    """Whether `path`, with slashes, ends in the name of a picture."""
    return is_picture("/".join(path.split("/")[-2:]))


def is_of(file: str, name: str) -> bool:
    """Whether `file`, by its name from the folder, may be one of the session whose Markdown is `name`.md."""
    return is_picture(file) or ("/" not in file and markdown(file) == f"{name}.md")


def _below(cwd: str, home: str) -> list[str]:
    """The folders for the working directory `cwd`."""
    if not cwd.strip():
        return [NOWHERE]
    parts, above = _parts(cwd), _parts(home)
    if above and parts[: len(above)] == above:
        return _short([_component(part) for part in parts[len(above) :]])
    return [OUTSIDE, *_short([_component(part) for part in parts])]


def _parts(path: str) -> list[str]:
    """The folders of an absolute path of POSIX or Windows, `..` taken as it is meant."""
    drive = path[0].upper() if path[1:2] == ":" else ""
    plain = path[2:] if drive else path
    plain = posixpath.normpath("/" + (plain.replace("\\", "/") if _WINDOWS.match(path) else plain))
    return [part for part in (drive, *plain.split("/")) if part]


def _component(name: str) -> str:
    """`name` as a folder that every system can have; never one of git's own, hidden, or above."""
    return project.clean(name) or _UNNAMED


def _short(parts: list[str]) -> list[str]:
    """`parts`, the first ones replaced by a hash of them where the whole is too long."""
    kept: list[str] = []
    size = 0
    for part in reversed(parts):
        size += len(part.encode()) + 1
        if size > _LONGEST_PATH:
            left_out = "/".join(parts[: len(parts) - len(kept)])
            return [hashlib.sha256(left_out.encode()).hexdigest()[:12], *kept]
        kept.insert(0, part)
    return kept
