"""opencode: sessions in a SQLite database, or in a tree of JSON files that its earlier versions left."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

from session_sync.text.lines import counted
from session_sync.transcripts.session import Link, Message, Session
from session_sync.transcripts.sources.opencode import catalog
from session_sync.transcripts.sources.opencode import database as opencode_database
from session_sync.transcripts.sources.opencode import tree as opencode_tree
from session_sync.transcripts.sources.opencode.layers import Draft, Flow, Key, Layer, Records, in_order
from session_sync.transcripts.sources.opencode.tables import ENTRIES, NewTables, OldTables
from session_sync.transcripts.sources.opencode.tree import FileTree
from session_sync.transcripts.sources.search import Search
from session_sync.transcripts.sources.shapes import JsonObject, mapping, moment, path_text, text
from session_sync.transcripts.sources.source import Transcript

_DATABASES = "opencode*.db"  # preview versions have one of their own
_LIKE_DATABASES = (".db", ".sqlite", ".sqlite3")
_FACTS = ("parentID", "directory", "title", "version", "time")  # that one layer may know and another not


def roots() -> list[Path]:
    """The client's folder below XDG_DATA_HOME, and the database that OPENCODE_DB names."""
    folder = Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "opencode"
    named = os.environ.get("OPENCODE_DB", "")
    return [folder, folder / named] if named and named != ":memory:" else [folder]


def find(root: Path, search: Search) -> Iterator[Transcript]:
    """The sessions below `root`, each once with all the places that hold a part of it."""
    if root.is_file() and root.suffix == ".json":
        yield from filter(None, [opencode_tree.find_file(root)])
        return
    places = (root / ".local" / "share" / "opencode", root / "opencode")
    folder = root.parent if root.is_file() else next((one for one in places if one.is_dir()), root)
    databases = sorted({*folder.glob(_DATABASES), *([root] if root.is_file() else [])})
    stored = [one for path in databases for one in _stored(path, search)]
    filed = opencode_tree.find(folder if folder.name == "storage" else folder / "storage", search)
    first = opencode_tree.find_first(folder / "project", search)
    found = _joined([*stored, *filed, *first])
    if not found and not databases and (odd := _odd(folder, search)):
        search.tell(folder, f"{counted(len(odd), 'file')}, of which none is understood")
    for one in found:
        if not root.is_file() or one.path == str(root):
            yield one


def _odd(folder: Path, search: Search) -> list[str]:
    """The files in `folder` that look as if they held sessions."""
    entries = search.entries(folder)
    tables = [one.name for one in entries if one.name.endswith(_LIKE_DATABASES)]
    places = [one.path for one in search.entries(folder / "storage") if one.name.startswith("session")]
    inner = [two for place in places for one in search.entries(place) for two in (one, *search.entries(one.path))]
    return tables + [one.name for one in inner if not one.is_dir()]


def _stored(path: Path, search: Search) -> list[Transcript]:
    """The sessions in the database at `path`."""
    try:
        found = catalog.of(path)
    except OSError as error:
        search.tell(path, error.strerror or str(error).removeprefix(f"{os.path.realpath(path)} "))
        return []
    for problem in found.problems:
        search.tell(path, problem)
    return [Transcript("opencode", one.id, str(path), one.state, one.updated * 1_000_000) for one in found.sessions]


def _joined(found: list[Transcript]) -> list[Transcript]:
    """Each session once; of the databases that hold it the one that changed last goes first, and files go last."""
    known: dict[str, list[Transcript]] = {}
    for one in found:
        known.setdefault(one.session_id, []).append(one)
    joined = []
    for places in known.values():
        places.sort(key=lambda one: (one.path.endswith(".json"), -one.modified))
        joined.append(
            places[0]._replace(
                fingerprint=" | ".join(one.fingerprint for one in places),
                modified=max(one.modified for one in places),
                more=tuple(one.path for one in places[1:]),
            )
        )
    return joined


def read(transcript: Transcript, session: Session) -> Iterator[Message]:
    """See `Source`. Each row, or file, of a message and of a part counts as a line."""
    records = Records(session)
    with ExitStack() as opened:
        layers: list[Layer] = []
        for path in map(Path, (transcript.path, *transcript.more)):
            layers += _layers(path, transcript.session_id, records, opened)
        facts = _facts(layers, session)
        keys = [layer.keys() for layer in layers]
        if not facts and not any(keys):
            raise FileNotFoundError(f"{transcript.path} has no session {transcript.session_id}")
        _note(facts, session)
        yield from _messages(layers, keys, _Revert(mapping(facts.get("revert"))))
        for layer in layers:
            yield from layer.stray()
        path = Path(transcript.path)
        name = "storage" if path.suffix == ".json" else path_text(path.name)
        session.raw.append(records.seal.raw(f"{name}#{transcript.session_id}"))


def _layers(path: Path, session_id: str, records: Records, opened: ExitStack) -> list[Layer]:
    """What there is of a session at `path`, the newest first."""
    if path.suffix == ".json":
        return [FileTree(path, records)]
    database = opened.enter_context(opencode_database.opened(path))
    tables = [one for one in ENTRIES if one in database.tables] or ENTRIES[:1]
    newer = [NewTables(database, session_id, records, table) for table in tables]
    return [*newer, OldTables(database, session_id, records)]


def _facts(layers: list[Layer], session: Session) -> JsonObject:
    """What is told of the session as a whole: by the first layer that knows it, the rest by the others."""
    found = [one for one in (layer.facts(session) for layer in layers) if one]
    facts = dict(found[0]) if found else {}
    for other in found[1:]:
        facts.update((key, other[key]) for key in _FACTS if not facts.get(key) and key in other)
    return facts


def _note(facts: JsonObject, session: Session) -> None:
    """Take down what is known of the session as a whole."""
    times = mapping(facts.get("time"))
    session.title = text(facts.get("title"))
    told, moves = text(facts.get("directory")), facts.get("moves", ())
    for directory in (*moves, told) if told in moves else (told, *moves):  # where it never moved to it began
        session.was_in(directory)
    session.client = text(facts.get("version"))
    session.saw(moment(times.get("created")))
    if parent := text(facts.get("parentID")):
        session.parent = Link(parent)
    if fork := text(facts.get("forkID")):
        session.fork = Link(fork, text(mapping(facts.get("fork")).get("messageID")))


class _Revert:
    """Tells of each message in turn whether it was taken back."""

    def __init__(self, told: JsonObject) -> None:
        self._first = text(told.get("messageID"))
        self._keeps_first = bool(text(told.get("partID")))  # a part of the message is what is taken back
        self._is_on = False

    def takes(self, identity: str) -> bool:
        is_first = bool(self._first) and identity == self._first
        was_on, self._is_on = self._is_on, self._is_on or is_first
        return was_on or (is_first and not self._keeps_first)


def _messages(layers: list[Layer], keys: list[list[Key]], revert: _Revert) -> Iterator[Message]:
    """The messages of all layers, each as the first layer has it that has all of it."""
    flow, summary = Flow(), ""
    known = [({one.id: one for one in found}, layer) for found, layer in zip(keys, layers, strict=True)]
    for identity in in_order(keys):
        draft = _best(layer.draft(places[identity]) for places, layer in known if identity in places)
        is_reverted, asked, flow.compaction = revert.takes(identity), flow.compaction, None
        said = list(draft.messages(flow))
        if asked and all(one.hidden for one in said):
            flow.compaction = flow.compaction or asked  # what it asks for may still come
        elif asked and not any(one.kind == "compaction" for one in said):
            yield asked
        for message in said:
            if message.kind == "compaction" and message.text and message.text == summary:
                continue  # the newer tables tell it under another id
            summary = message.text if message.kind == "compaction" else summary
            message.hidden = message.hidden or ("reverted" if is_reverted else "")
            yield message
    if flow.compaction:
        yield flow.compaction


def _best(drafts: Iterator[Draft]) -> Draft:
    """The first one that is whole, otherwise the first one that says anything at all."""
    found = []
    for draft in drafts:
        found.append(draft)
        if draft.is_whole:
            return draft
    return found[0]
