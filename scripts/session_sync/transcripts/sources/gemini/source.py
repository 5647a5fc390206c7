"""Gemini CLI: one log per session below `tmp/<slug>/chats`, its subagents' logs in a folder named after it."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec

from session_sync.home import files
from session_sync.transcripts.session import Link, Message, Session, ToolOutput
from session_sync.transcripts.sources.gemini.document import Document
from session_sync.transcripts.sources.gemini.log import ChatLog
from session_sync.transcripts.sources.gemini.message import MessageReader
from session_sync.transcripts.sources.search import Search
from session_sync.transcripts.sources.shapes import JsonObject, mapping, moment, path_text, sequence, text
from session_sync.transcripts.sources.source import Transcript

SOURCE = "gemini"
_ENDINGS = (".jsonl", ".json")  # if both are there, the client has made the former from the latter
_LONGEST_ID = 128  # characters
_MOST = 1 << 20  # bytes of `projects.json`


def roots() -> list[Path]:
    """The client's folder: `.gemini` in the home, or in the folder that GEMINI_CLI_HOME names."""
    return [Path(os.environ.get("GEMINI_CLI_HOME") or Path.home()) / ".gemini"]


def find(root: Path, search: Search) -> Iterator[Transcript]:
    """The session files below `root`.

    A file's name has only the first eight characters of the session's id, so that its transcript goes by the name;
    a subagent's by the names of its folder and file. `read` learns the session's own id.
    """
    if root.is_file():
        if found := _transcript(root, root.stat()):
            yield found
        return
    for chats in _chats(root, search):
        entries = search.entries(chats)
        yield from _transcripts([one for one in entries if one.name.startswith("session-")])
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                yield from _transcripts(search.entries(entry.path))


def read(transcript: Transcript, session: Session) -> Iterator[Message | ToolOutput]:
    """See `Source`. The session's own id is the one in the file; a subagent's has its parent's id before it."""
    path = Path(transcript.path)
    if path.suffix == ".json":
        document = Document(path, session)
        _note(document.facts, path, session)
        yield from _messages(document, session)
    else:
        with ChatLog(path, session) as log:
            _note(log.facts, path, session)
            yield from _messages(log, session)


def _messages(records: Iterable[tuple[JsonObject, bool]], session: Session) -> Iterator[Message | ToolOutput]:
    maker = MessageReader(session)
    for record, is_reverted in records:
        yield from maker.make(record, is_reverted)


def _note(facts: JsonObject, path: Path, session: Session) -> None:
    """Take down what the file says of the session as a whole."""
    identity, folder = text(facts.get("sessionId")), path.parent
    if folder.parent.name == "chats":
        session.parent = Link(path_text(folder.name))
        folder = folder.parent
    elif 0 < len(identity) <= _LONGEST_ID and identity.isprintable():
        session.source_session_id = identity
    session.title = text(facts.get("summary"))
    session.cwd = _directory(folder.parent, facts)
    for key in ("startTime", "lastUpdated"):
        session.saw(moment(facts.get(key)))


def _directory(project: Path, facts: JsonObject) -> str:
    """The folder in which the client ran: the one whose hash the session or `project`, its folder, is named by."""
    named = _beginning(project / ".project_root").strip("\n")
    slugs = _projects(project.parent.parent / "projects.json")
    slug = next((path for path, name in slugs.items() if name == project.name), "")
    added = [one for one in sequence(facts.get("directories")) if isinstance(one, str)]
    wanted = text(facts.get("projectHash")) or project.name
    known = [one for one in (named, slug, *added) if one]
    hashed = (one for one in (*known, *slugs) if hashlib.sha256(os.fsencode(one)).hexdigest() == wanted)
    return next(hashed, known[0] if known else "")


def _projects(path: Path) -> dict[str, object]:
    """The folders that the client knows, each with the name it gave it."""
    try:
        return mapping(mapping(msgspec.json.decode(_beginning(path))).get("projects"))
    except (msgspec.DecodeError, RecursionError):
        return {}


def _beginning(path: Path) -> str:
    try:
        with files.open_regular(path, follow=False) as stream:
            return stream.read(_MOST).decode("utf-8", "replace")
    except OSError:
        return ""


def _chats(root: Path, search: Search) -> Iterator[str]:
    """The folders below `root` that hold session files."""
    if root.name == "chats":
        yield str(root)
    elif (root / "chats").is_dir():
        yield str(root / "chats")
    else:
        projects = next((one for one in (root / ".gemini" / "tmp", root / "tmp") if one.is_dir()), root)
        yield from (os.path.join(one.path, "chats") for one in search.entries(projects))


def _transcripts(entries: list[os.DirEntry[str]]) -> Iterator[Transcript]:
    names = {one.name for one in entries}
    for entry in entries:
        if not entry.name.endswith(_ENDINGS) or f"{entry.name}l" in names:
            continue
        try:
            if entry.is_file(follow_symlinks=False) and (
                found := _transcript(Path(entry.path), entry.stat(follow_symlinks=False))
            ):
                yield found
        except OSError:
            continue


def _transcript(path: Path, found: os.stat_result) -> Transcript | None:
    """The session file at `path`, or None if it is no such file by its name."""
    if not path.name.endswith(_ENDINGS):
        return None
    is_part = path.parent.parent.name == "chats"
    name = f"{path.parent.name}/{path.stem}" if is_part else path.stem
    return Transcript(SOURCE, path_text(name), str(path), f"{found.st_size}-{found.st_mtime_ns}", found.st_mtime_ns)
