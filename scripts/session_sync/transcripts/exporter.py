"""Exports one transcript: reads, redacts and writes it. What goes wrong is told, and never stops the others."""

from __future__ import annotations

import functools
import itertools
import posixpath
import unicodedata
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import PurePosixPath
from urllib.parse import quote

from session_sync.scan.policy import Policy
from session_sync.transcripts import belonging, projects
from session_sync.transcripts.agents import SOURCES
from session_sync.transcripts.archive import layout
from session_sync.transcripts.archive.body import Body
from session_sync.transcripts.archive.hidden_json import SessionHead
from session_sync.transcripts.archive.index import ArchiveEntry, ArchiveIndex
from session_sync.transcripts.archive.pictures import Pictures
from session_sync.transcripts.archive.write import (
    FileNames,
    IsOurs,
    SessionContent,
    WrittenSession,
    remove_session,
    write_session,
)
from session_sync.transcripts.belonging import Known
from session_sync.transcripts.keeping import ArchivedSession, Kept, ReadAgain
from session_sync.transcripts.redactor import Redactor
from session_sync.transcripts.render import page
from session_sync.transcripts.render.title import title as title_of
from session_sync.transcripts.session import SCHEMA
from session_sync.transcripts.sources.pairing import paired
from session_sync.transcripts.sources.shapes import cut, path_text
from session_sync.transcripts.sources.source import Transcript
from session_sync.transcripts.target import NOT_UNDERSTOOD, ExportTarget, Task, TaskResult, hashed_id

_LONGEST_FACT = 4096  # characters
_MOST_FACTS = 1000  # models, or files of one session
_MOST_PLACES = 100  # working directories that are told


class Exporter:
    """Exports to `target`, in a process that may export many."""

    def __init__(self, target: ExportTarget) -> None:
        self._target = target
        self._index = ArchiveIndex(target.index)
        self._redactors: dict[str, Redactor] = {}
        # What we wrote ourselves and the index may not know yet: its path, its project.
        self._here: dict[tuple[str, str], tuple[str, str]] = {}

    def __call__(self, task: Task) -> TaskResult:
        """Export a transcript; an error is in the entry that is returned."""
        try:
            return self._exported(task)
        except OSError as error:
            return self._failed(task, error.strerror or str(error) or type(error).__name__)
        except Exception as error:  # noqa: BLE001 - whatever one transcript breaks, the others must be exported
            return self._failed(task, f"unexpected {type(error).__name__}")

    def _exported(self, task: Task, cwds: Sequence[str] = (), lost: str = "") -> TaskResult:
        """Export a transcript, of which some working directories and the project of `lost` messages may be known."""
        found = task.transcript
        head = self._begun(found, cwds)
        if found.left_out:
            return self._left_out(task, head, found.left_out)
        archived = ArchivedSession.of(self._target.folder, task.before)
        messages = paired(SOURCES[found.source].read(found, head))
        first = belonging.until_placed(messages, head)  # where it was decides about all the rest
        if archived:
            archived.place(head)
        known = self._known(head, task, lost)
        belonging.complete(head, self._target.settings, known)
        wanted = self._target.repository
        if wanted and not wanted.has(head, self._target.settings):
            entry = self._entry(task, head, head.project)
            return TaskResult(entry, False, left_out="of another repository")
        if found.is_excerpt and archived is None and self._path_of(found.source, head.source_session_id):
            return self._left_out(task, head, "archived from its own transcript")
        told = head.project
        redactor = self._redactor(self._target.policy(told))
        head.project = belonging.shown_project(head, redactor.text)
        head.version = self._target.form(told)
        links = _Links(self._place(task, head, redactor), functools.partial(self._path_of, found.source))
        with ExitStack() as stack:
            body = stack.enter_context(Body(page.Page(head, links)))
            pictures = stack.enter_context(Pictures(self._target.keeps_pictures(told)))
            for message in redactor.messages(itertools.chain(first, messages)):
                pictures.take(message)
                body.add(message)
            places = (head.cwd, *head.cwds)
            if not cwds and belonging.project_of(head, self._target.settings, known) != told:
                return self._exported(task, places)  # it went to a customer's later: all of it is that one's
            kept = Kept(body)
            if archived:
                kept = archived.kept(found, head, ReadAgain(body, pictures, redactor.messages), stack)
            if head.gone and not lost and known.before not in ("", told):
                return self._exported(task, places, known.before)  # what is kept is of the project that it had
            entry = self._entry(task, head, told)
            head.transcript = _public_id(found.session_id, redactor)
            if not kept.body.is_shown and not head.lines.unknown:  # nothing was said
                return self._left_out(task, head, NOT_UNDERSTOOD if head.problems else "empty")
            written = self._write(task, SessionContent(head, kept.body, pictures, links), links, redactor)
        self._here[found.source, entry.session_id] = written.path, told
        entry = entry._replace(path=written.path, open_links=links.missing(), files=written.files)
        unknown = tuple(head.lines.unknown.items())
        return TaskResult(
            entry, written.changed, len(head.problems), kept.body.count, unknown=unknown, gone=kept.newly_gone
        )

    def _begun(self, found: Transcript, cwds: Sequence[str]) -> SessionHead:
        """What is known of a session before it is read."""
        head = SessionHead(found.source, found.session_id, schema=SCHEMA, fingerprint=found.fingerprint)
        head.user, head.system, head.machine = self._target.user, self._target.system, self._target.machines[0]
        if cwds:
            head.cwd, *head.cwds = cwds
        return head

    def _known(self, head: SessionHead, task: Task, lost: str) -> Known:
        """What the archive knows of the session's project."""
        before = task.before.project if task.before else ""
        return Known(before, self._archived(head.source, head.parent.session_id)[1] if head.parent else "", lost)

    def _left_out(self, task: Task, head: SessionHead, why: str) -> TaskResult:
        """A transcript that is not written; what the archive has of it stays."""
        if task.before and task.before.path:
            head.project = projects.joined([task.before.project, head.project], self._target.settings)
        return TaskResult(
            _as_before(self._entry(task, head, head.project), task), False, len(head.problems), left_out=why
        )

    def _write(self, task: Task, content: SessionContent, links: _Links, redactor: Redactor) -> WrittenSession:
        found, head = task.transcript, content.head
        head.started = head.started or _rfc3339(found.modified)
        for raw in head.raw:
            raw.path = path_text(raw.path)
        _shorten_facts(head)
        redactor.facts(head)
        head.title = redactor.text(title_of(head, content.body.first_prompts))
        head.links = {one: links(one) or "" for one in links.asked}
        known = _known_name(task, links.place)
        title = unicodedata.normalize("NFKC", head.title)  # as the file's name will have it
        title = title if title == head.title else redactor.text(title)
        fits = _still_fits(task, head, known, title)
        names = FileNames((known,) if known and fits else (), layout.names(head, title))
        written = write_session(self._target.folder, links.place, names, content, self._is_ours(head))
        if task.before and task.before.path:
            fits = _still_fits(task, head, task.before.path, f"{head.cwd} {title}")
            if not fits or _was_nowhere(task, head.cwd):
                remove_session(self._target.folder / task.before.path)
        return written

    def _is_ours(self, head: SessionHead) -> IsOurs:
        """Tells whether a head in the archive is of the same transcript of this machine."""
        machines = self._target.machines
        return lambda old: (old.source, old.transcript) == (head.source, head.transcript) and old.machine in machines

    def _place(self, task: Task, head: SessionHead, redactor: Redactor) -> PurePosixPath:
        """The folder of the session below the archive: where it is already, if its user and system are the same."""
        cwd = redactor.text(unicodedata.normalize("NFKC", head.cwd))  # as the folders' names will have it
        clean = SessionHead(head.source, "", user=head.user, system=head.system, cwd=cwd)
        top = layout.top(clean, self._target.history)
        before = PurePosixPath(task.before.path).parent if task.before else PurePosixPath()
        is_placed = before.is_relative_to(top) and not _was_nowhere(task, cwd)
        fits = is_placed and _still_fits(task, head, str(before), cwd)
        return before if fits else top / layout.folder(clean, self._target.home)

    def _path_of(self, source: str, session_id: str) -> str:
        return self._archived(source, session_id)[0]

    def _archived(self, source: str, session_id: str) -> tuple[str, str]:
        """The path of a session's Markdown below the archive, and its project; "" when it is not there."""
        return self._here.get((source, session_id)) or self._index.find(source, session_id)

    def _redactor(self, policy: Policy) -> Redactor:
        if policy.key not in self._redactors:
            self._redactors[policy.key] = Redactor.of(self._target.settings, policy)
        return self._redactors[policy.key]

    def _entry(self, task: Task, head: SessionHead, project: str) -> ArchiveEntry:
        """What the index has of a session of `project`, which is not shown to others."""
        found, version = task.transcript, self._target.version_of(project, (head.cwd, *head.cwds))
        own = head.source_session_id
        return ArchiveEntry(
            found.source, found.session_id, self._target.machines[0], found.fingerprint, version, "", project, own,
            place=path_text(found.path), parent=head.parent.session_id if head.parent else "",
        )  # fmt: skip

    def _failed(self, task: Task, error: str) -> TaskResult:
        """What was exported before stays; the next run tries again."""
        found, before = task
        machine = self._target.machines[0]
        kept = before or ArchiveEntry(found.source, found.session_id, machine, "", "", "")
        return TaskResult(
            kept._replace(transcript=found.session_id, machine=machine, fingerprint="", error=error), False
        )


def _as_before(entry: ArchiveEntry, task: Task) -> ArchiveEntry:
    """The `entry` of a transcript that gives nothing any more: what the archive has of it stays as it is."""
    before = task.before
    if not before or not before.path:
        return entry
    files = tuple((name, sha256 if layout.is_picture(name) else "") for name, sha256 in before.files)
    return entry._replace(path=before.path, session_id=before.session_id, files=files)


def _public_id(transcript: str, redactor: Redactor) -> str:
    """The id of a transcript as an archive may have it."""
    return transcript if redactor.text(transcript) == transcript else hashed_id(transcript)


class _Links:
    """Relative URLs from the folder `place` to the Markdown of other sessions, which `path_of` knows."""

    def __init__(self, place: PurePosixPath, path_of: Callable[[str], str]) -> None:
        self.place = place
        self._path_of = path_of
        self._found: dict[str, str] = {}

    def __call__(self, session_id: str) -> str | None:
        if session_id not in self._found:
            path = self._path_of(session_id)
            self._found[session_id] = quote(posixpath.relpath(path, str(self.place))) if path else ""
        return self._found[session_id] or None

    @property
    def asked(self) -> list[str]:
        """The sessions that were to be linked."""
        return sorted(self._found)

    def missing(self) -> tuple[str, ...]:
        """The sessions that should have been linked and are not there."""
        return tuple(sorted(one for one, path in self._found.items() if not path))


def _known_name(task: Task, place: PurePosixPath) -> str:
    """The name that the session's files have in the folder `place`, "" when it is not there yet."""
    path = PurePosixPath(task.before.path) if task.before and task.before.path else None
    return path.stem if path and path.parent == place else ""


def _still_fits(task: Task, head: SessionHead, name: str, text: str) -> bool:
    """Whether a `name` that was made of `text` by earlier rules holds nothing that those of now take out of that.

    By the same rules it does: then it is the text that changed, and a name is for good.
    """
    is_of_now = task.before is not None and task.before.version.startswith(f"{head.version} ")
    return is_of_now or "[REDACTED" not in text or "redacted" in name.lower()


def _was_nowhere(task: Task, cwd: str) -> bool:
    """Whether the archive has the session among those that do not tell where they were, and now it does."""
    before = task.before.path if task.before else ""
    return bool(cwd.strip()) and PurePosixPath(before).parent.name == layout.NOWHERE


def _shorten_facts(head: SessionHead) -> None:
    """Keep the facts short: they are read as a whole."""
    for owner, names in ((head, ("title", "cwd", "client")), (head.git, ("remote", "branch", "commit"))):
        for name in names if owner else ():
            setattr(owner, name, cut(getattr(owner, name), _LONGEST_FACT))
    del head.models[_MOST_FACTS:], head.raw[_MOST_FACTS:], head.cwds[_MOST_PLACES:]


def _rfc3339(ns: int) -> str:
    try:
        return datetime.fromtimestamp(ns / 1e9, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    except (ValueError, OverflowError, OSError):  # beyond the years that there are
        return ""
