"""opencode: sessions in a SQLite database, or in a tree of JSON files that its earlier versions left."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

from session_sync.transcripts.session import Link, Message, Session
from session_sync.transcripts.sources.opencode import database as opencode_database
from session_sync.transcripts.sources.opencode import tree as opencode_tree
from session_sync.transcripts.sources.opencode.database import Database, Row
from session_sync.transcripts.sources.opencode.message import ROLES, MessageBuilder, unknown
from session_sync.transcripts.sources.opencode.tree import FileTree
from session_sync.transcripts.sources.search import Search
from session_sync.transcripts.sources.shapes import (
    JsonObject,
    Seal,
    counted_name,
    mapping,
    moment,
    path_text,
    read_object,
    text,
)
from session_sync.transcripts.sources.source import Transcript

_DATABASES = "opencode*.db"  # preview versions have one of their own


def roots() -> list[Path]:
    """The client's folder below XDG_DATA_HOME."""
    return [Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "opencode"]


def find(root: Path, search: Search) -> Iterator[Transcript]:
    """The sessions below `root`; those in the database go before those in files."""
    if root.is_file() and root.suffix == ".json":
        if found := opencode_tree.find_file(root):
            yield found
        return
    folder = next((one for one in (root / ".local" / "share" / "opencode", root / "opencode") if one.is_dir()), root)
    known: set[str] = set()
    for database in [root] if root.is_file() else sorted(folder.glob(_DATABASES)):
        try:
            sessions = opencode_database.find(database)
        except OSError as error:
            search.tell(database, error.strerror or str(error).removeprefix(f"{database} "))
            continue
        yield from (one for one in sessions if one.session_id not in known)
        known.update(one.session_id for one in sessions)
    for one in opencode_tree.find(folder if folder.name == "storage" else folder / "storage"):
        if one.session_id not in known:
            known.add(one.session_id)
            yield one


def read(transcript: Transcript, session: Session) -> Iterator[Message]:
    """See `Source`. Each row, or file, of a message and of a part counts as a line."""
    path = Path(transcript.path)
    is_file = path.suffix == ".json"
    opened: AbstractContextManager[Database | FileTree] = (
        nullcontext(FileTree(path)) if is_file else opencode_database.open_session(path, transcript.session_id)
    )
    with opened as stored:
        facts = stored.facts(session)
        if not facts:
            raise FileNotFoundError(f"{path} has no session {transcript.session_id}")
        _note(facts, session)
        reader = _Reader(stored, session, mapping(facts.get("revert")))
        yield from reader.messages()
        session.raw.append(reader.seal.raw(f"{'storage' if is_file else path_text(path.name)}#{transcript.session_id}"))


def _note(facts: JsonObject, session: Session) -> None:
    """Take down what is known of the session as a whole."""
    times = mapping(facts.get("time"))
    session.title = text(facts.get("title"))
    session.cwd = text(facts.get("directory"))
    session.client = text(facts.get("version"))
    session.saw(moment(times.get("created")))
    if parent := text(facts.get("parentID")):
        session.parent = Link(parent)


class _Reader:
    """Reads the rows of a session and counts them."""

    def __init__(self, stored: Database | FileTree, session: Session, revert: JsonObject) -> None:
        self.seal = Seal()
        self._stored = stored
        self._session = session
        self._number = 0
        self._revert = text(revert.get("messageID"))
        self._keeps_first = bool(text(revert.get("partID")))  # a part of the message is what is taken back
        self._is_reverted = False

    def messages(self) -> Iterator[Message]:
        """The messages with their parts, then what belongs to none of them."""
        for row in self._stored.messages():
            yield from self._message(row)
        for row in self._stored.stray():
            if part := self._record(row, "part"):
                self._session.keep(unknown="part without a message")
                yield unknown(part, moment(row.time))
        for row in self._stored.later():
            if found := self._record(row, "session_message"):
                self._session.keep(unknown=counted_name(row.type, "session_message"))
                yield unknown({"type": row.type, **found}, moment(row.time))

    def _message(self, row: Row) -> Iterator[Message]:
        if info := self._record(row, "message"):
            role = text(info.get("role"))
            self._session.keep(unknown="" if role in ROLES else counted_name(role, "message"))
        is_first = bool(self._revert) and row.id == self._revert
        builder = MessageBuilder(info or {}, row.id, row.time, self._session)
        for one in self._stored.parts(row.id):
            if part := self._record(one, "part"):
                builder.add(part)
        is_reverted = self._is_reverted or (is_first and not self._keeps_first)
        self._is_reverted = self._is_reverted or is_first
        yield from builder.made(is_reverted)

    def _record(self, row: Row, table: str) -> JsonObject | None:
        """The object in `row`; None if there is none, which is counted."""
        self._number += 1
        self.seal.add(row.data)
        found = read_object(row.data, self._number, f"{table} {path_text(row.id)}", self._session)
        if found == {}:
            self._session.drop("empty")
        return found or None
