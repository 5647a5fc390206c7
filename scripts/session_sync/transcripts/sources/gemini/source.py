"""Gemini CLI: one log per session below `tmp/<slug>/chats`, its subagents' logs in a folder named after it.

Conversations that were saved by hand, and what is only in the client's log of prompts, are sessions as well.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec

from session_sync.transcripts.session import Link, Message, Session, ToolOutput
from session_sync.transcripts.sources import links
from session_sync.transcripts.sources.gemini import checkpoint, prompt_log
from session_sync.transcripts.sources.gemini.checkpoint import Checkpoint
from session_sync.transcripts.sources.gemini.document import Document
from session_sync.transcripts.sources.gemini.log import ChatLog
from session_sync.transcripts.sources.gemini.message import MessageReader
from session_sync.transcripts.sources.gemini.places import LOGGED, Finder, of_file, project_of
from session_sync.transcripts.sources.search import Search
from session_sync.transcripts.sources.shapes import JsonObject, counted_name, mapping, moment, path_text, sequence, text
from session_sync.transcripts.sources.source import Transcript

_LONGEST_ID = 128  # characters
_MOST = 1 << 20  # bytes of `projects.json`


def roots() -> list[Path]:
    """The client's folder: `.gemini` in the home, or in the folder that GEMINI_CLI_HOME names."""
    return [Path(os.environ.get("GEMINI_CLI_HOME") or Path.home()) / ".gemini"]


def find(root: Path, search: Search) -> Iterator[Transcript]:
    """The transcripts below `root`.

    A file's name has only the first eight characters of the session's id, so that its transcript goes by the name;
    a subagent's by the names of its folder and file. `read` learns the session's own id.
    """
    if not root.is_file():
        yield from Finder(search).below(root)
    elif prompt_log.is_log(root.name):
        yield from Finder(search).log(root)
    else:
        yield from filter(None, [of_file(root, project_of(root), root.stat())])


def read(transcript: Transcript, session: Session) -> Iterator[Message | ToolOutput]:
    """See `Source`. The session's own id is the one in the file; a subagent's has its parent's id before it."""
    path = Path(transcript.path)
    if transcript.session_id.startswith(LOGGED):
        yield from _messages(_logged(transcript, session), session)
    elif checkpoint.is_checkpoint(path.name):
        yield from _messages(_saved(path, session), session)
    elif path.suffix == ".json":
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


def _logged(transcript: Transcript, session: Session) -> Iterator[tuple[JsonObject, bool]]:
    """The records of a session that is only in the logs of prompts."""
    identity = transcript.session_id.removeprefix(LOGGED)
    log = prompt_log.read([Path(one) for one in (*reversed(transcript.more), transcript.path)])
    session.raw.extend(log.raw)
    session.source_session_id = identity
    session.cwd = _directory(project_of(Path(transcript.path)), {})
    for prompt in log.prompts:
        if prompt.session_id == identity:
            kind = prompt.type or "user"
            session.keep(unknown="" if kind == "user" else counted_name(kind, "entry"))
            yield {"id": prompt.id, "type": kind, "timestamp": prompt.time, "content": prompt.text}, False


def _saved(path: Path, session: Session) -> Checkpoint:
    """The checkpoint at `path`, with what the log of prompts tells of it."""
    saved = Checkpoint(path, session)
    project, tag = project_of(path), checkpoint.tag(path.name)
    session.title = tag
    session.cwd = _directory(project, {}) or saved.directory
    log = project / "logs.json"
    try:
        prompts = prompt_log.read([log]).prompts if log.is_file() else []
    except OSError:
        return saved
    if origin := prompt_log.origin(prompts, tag, saved.prompts()):
        session.fork = Link(origin)
        saved.date(one for one in prompts if one.session_id == origin)
    return saved


def _note(facts: JsonObject, path: Path, session: Session) -> None:
    """Take down what the file says of the session as a whole."""
    identity = text(facts.get("sessionId"))
    if path.parent.parent.name == "chats":
        session.parent = Link(path_text(path.parent.name))
    elif 0 < len(identity) <= _LONGEST_ID and identity.isprintable():
        session.source_session_id = identity
    session.title = text(facts.get("summary"))
    session.cwd = _directory(project_of(path), facts)
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
        with links.opened(path) as stream:
            return stream.read(_MOST).decode("utf-8", "replace")
    except OSError:
        return ""
