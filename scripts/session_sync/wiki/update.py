"""Brings the wiki of a shared tree up to date with a new session log; nothing that goes wrong here stops a save."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import quote

from session_sync.errors import SessionSyncError, UsageError
from session_sync.home import files
from session_sync.logs import session_log, shared_tree
from session_sync.logs.shared_tree import Scope
from session_sync.text import outline
from session_sync.text.visible import one_line
from session_sync.wiki import article as wiki_article
from session_sync.wiki import front_matter
from session_sync.wiki import index as wiki_index
from session_sync.wiki import place as wiki_place
from session_sync.wiki import text as wiki_text
from session_sync.wiki.article import Basis
from session_sync.wiki.index import IndexEntry
from session_sync.wiki.text import LogEntry

REFRESHED = "[WARN] wiki refreshed, not recompiled"
_LONGEST_TOPIC = 200
_LARGEST_LOG = 10_000_000  # bytes

_Status = Literal["compiled", "refreshed", "none", "failed"]


@dataclass(frozen=True)
class Updated:
    """What became of a wiki: the files that changed, and lines for the user."""

    status: _Status
    paths: list[Path]
    messages: list[str]


def update_wiki(
    root: Path, scope: Scope, log: Path, draft: bytes | None, vault: Path | None, today: str = ""
) -> Updated:
    """Write the article of the `scope` of `log`, a file in the shared tree at `root`, and the wiki's index.

    A `draft` that passes the checks becomes the article; without one only sources and history are brought up to date.
    Raises nothing: whatever goes wrong here must not keep a log from being saved.
    """
    written: list[Path] = []
    try:
        if not wiki_place.is_there(root):
            return Updated("none", [], [])
        status, texts, messages = _new_texts(root, scope, log, draft, vault, today or wiki_article.today())
        for path, text in texts.items():
            wiki_place.write_article(path, text)
            written.append(path)
    except SessionSyncError as error:
        why = str(error)
    except OSError as error:
        why = error.strerror or type(error).__name__
    except Exception as error:  # noqa: BLE001 - a bug here must not cost a save
        why = f"unexpected {type(error).__name__}"
    else:
        return Updated(status, written, messages)
    return Updated("failed", written, [f"[WARN] wiki not updated: {why}"])


def _new_texts(
    root: Path, scope: Scope, log: Path, draft: bytes | None, vault: Path | None, day: str
) -> tuple[_Status, dict[Path, str], list[str]]:
    """What becomes of the wiki, the files that change with their new texts, and lines for the user."""
    source, text, topic = tree_path(root, log), _text(log), topic_of(log)
    article, index = wiki_place.article_path(root, scope, topic), wiki_place.index_path(root)
    old, listed = wiki_place.read_article(root, article), wiki_place.read_article(root, index)
    link = quote(Path(os.path.relpath(root / source, article.parent)).as_posix())
    entry = LogEntry(scope.name or topic, scope.category, source, topic, link)
    basis = Basis(root, source, text, vault, day)
    complaints = ["there is no draft"] if draft is None else wiki_article.check_draft(draft, old, basis)
    status: _Status = "refreshed"
    if draft is not None and not complaints:
        status, new = "compiled", wiki_text.compile_article(draft, old, entry, day)
    else:
        new = wiki_text.new_article(entry, day) if old is None else wiki_text.refresh_article(old, entry, day)
    target = article.relative_to(root / shared_tree.WIKI).as_posix()
    listing = wiki_index.with_entry(listed or "", _index_entry(new, entry, target, day))
    changed = {
        path: after for path, before, after in ((article, old, new), (index, listed, listing)) if before != after
    }
    more = f" (and {len(complaints) - 1} more)" if len(complaints) > 1 else ""
    return status, changed, [f"{REFRESHED}: {complaints[0]}{more}"] if complaints else []


def _index_entry(text: str, entry: LogEntry, target: str, day: str) -> IndexEntry:
    """How the index tells the article `text`."""
    facts = front_matter.read_facts_anyway(text)
    title, status = ((value if isinstance(value := facts.get(key), str) else "") for key in ("title", "status"))
    refreshed, compiled = (front_matter.day_of(facts.get(f"last_{state}")) for state in ("refreshed", "compiled"))
    state = wiki_index.COMPILED if compiled and not refreshed else wiki_index.REFRESHED
    found = refreshed or compiled
    return IndexEntry(entry.category, target, title or entry.title, state, found.isoformat() if found else day, status)


def tree_path(root: Path, log: Path) -> str:
    """The tree-relative path of the session log `log`; raises UsageError when it is none."""
    try:
        path = log.resolve(strict=True).relative_to(root.resolve()).as_posix()
    except (OSError, ValueError):
        path = ""
    if not shared_tree.is_log(path):
        raise UsageError(f"{log} is not a session log of the shared tree {root}; give a file in a session-logs folder")
    return path


def topic_of(log: Path) -> str:
    """What a session log is about: by its front matter, its title, or its name."""
    titles = [heading.title for heading in outline.headings(_text(log)) if heading.level == 1]
    return one_line(session_log.read_fact(log, "topic") or next(iter(titles), "") or log.stem, _LONGEST_TOPIC)


def _text(log: Path) -> str:
    with files.open_regular(log, follow=True) as stream:
        return stream.read(_LARGEST_LOG).decode(errors="replace").replace("\r\n", "\n")
