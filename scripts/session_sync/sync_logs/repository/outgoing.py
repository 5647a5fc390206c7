"""What a log repository must get from the store: what changed, past the gate, as one commit on our branch."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from session_sync.git.fast_import import Importer, blob_id
from session_sync.home import files
from session_sync.identity.machine import Machine
from session_sync.identity.user import Identity
from session_sync.logs.store import Log
from session_sync.scan.gate import Findings, Gate
from session_sync.sync_logs.repository import branch, manifest
from session_sync.sync_logs.repository.index import Entry, Index
from session_sync.sync_logs.repository.purged import Purge
from session_sync.sync_logs.repository.repository import Repository
from session_sync.sync_logs.repository.repository import branch as own_branch
from session_sync.text.lines import counted
from session_sync.transcripts.archive import layout

Seen = tuple[Log, str, Findings]  # a log, its committed blob, what the scanner found


@dataclass
class Outgoing:
    """The outcome of looking at the logs of one repository."""

    changed: list[Log] = field(default_factory=list)
    same: list[tuple[Log, str]] = field(default_factory=list)  # touched, but with the committed blob's bytes
    withheld: list[tuple[Log, Findings]] = field(default_factory=list)
    committed: list[Log] = field(default_factory=list)
    unreadable: list[tuple[str, str]] = field(default_factory=list)
    purged: list[Log] = field(default_factory=list)  # from the remote: they stay here


def compare(index: Index, logs: Iterable[Log], again: bool, skip_check: bool, purge: Purge) -> Outgoing:
    """Sort `logs` by what the index says of them, and the purge of what it lacks; `again` trusts nothing it says."""
    entries = index.entries()
    found = Outgoing()
    for log in logs:
        entry = entries.get(log.key)
        if entry is None or again:
            found.changed.append(log)
        elif not entry.matches(log):
            if entry.blob and not entry.findings and _blob_of(log) == entry.blob:
                found.same.append((log, entry.blob))
            else:
                found.changed.append(log)
        elif entry.findings and not skip_check:
            found.withheld.append((log, entry.findings))
        elif entry.findings:
            found.changed.append(log)
    looked_at, found.changed = found.changed, []
    for log in looked_at:
        (found.purged if purge.holds(log) else found.changed).append(log)
    return found


def check(log: Log, data: bytes, gate: Gate) -> Findings:
    """What withholds `log` when `data` would be committed."""
    return gate.check(os.fsdecode(log.key), log.project, data, log.redacted)


def _blob_of(log: Log) -> str:
    try:
        with files.open_regular(Path(log.path), follow=False) as stream:
            return blob_id(stream.read())
    except OSError:
        return ""  # told when it is to be committed


@dataclass
class Committer:
    """Commits the changed logs of one repository for a machine and its user."""

    repository: Repository
    index: Index
    machine: Machine
    identity: Identity
    gate: Gate
    skip_check: bool
    shared: bool  # others may have written to our branch too

    def refresh(self) -> None:
        """Make the index agree with our branch: after a kill, a lost file, or a new UUID."""
        head = self._head()
        if self.index.fact("head") != head:
            self.index.rebuild(branch.known(self.repository, self.machine), head)

    def commit(self, found: Outgoing) -> None:
        """Commit those of `found.changed` that pass the gate; the rest becomes `found.withheld`."""
        entries = self.index.entries()
        seen: list[Seen] = []
        changes: dict[bytes, str] = {}
        with ExitStack() as stack:
            importer: Importer | None = None
            for log, data in self._passing(found, entries, seen):
                importer = importer or stack.enter_context(self.repository.importer())
                changes[log.key] = importer.blob(data)
                found.committed.append(log)
            keys = {key for key, entry in entries.items() if entry.blob} | set(changes)
            text = self._manifest(keys)
            if changes or self._manifest_blob() != blob_id(text):
                importer = importer or stack.enter_context(self.repository.importer())
                changes[manifest.NAME] = importer.blob(text)
                self._write(importer, changes, contents(found.committed))
        self.index.record(seen, {"head": self._head()})
        self.remember(found)

    def remember(self, found: Outgoing) -> None:
        """Take note of logs that were touched only, so that the next round need not read them."""
        self.index.record([(log, blob, []) for log, blob in found.same], {})

    def _passing(
        self, found: Outgoing, entries: Mapping[bytes, Entry], seen: list[Seen]
    ) -> Iterator[tuple[Log, bytes]]:
        """The changed logs that may leave and are not committed yet, with their bytes; all go to `seen`."""
        for log in found.changed:
            self.repository.progress()
            try:
                with files.open_regular(Path(log.path), follow=False) as stream:
                    data = stream.read()
            except OSError as error:
                found.unreadable.append((log.path, error.strerror or type(error).__name__))
                continue
            findings = [] if self.skip_check else check(log, data, self.gate)
            entry = entries.get(log.key)
            before = entry.blob if entry else ""
            if self.shared and not findings and entry and not entry.seen and before not in ("", blob_id(data)):
                fitting = branch.reconcile(self.repository, self.machine, log, before)
                if fitting is None:
                    seen.append((log, before, []))
                    continue
                log, before = fitting, before if fitting is log else ""
            seen.append((log, before if findings else blob_id(data), findings))
            if findings:
                found.withheld.append((log, findings))
            elif blob_id(data) != before:
                yield log, data

    def _manifest(self, keys: Iterable[bytes]) -> bytes:
        """The manifest for a branch with the logs `keys`, without secrets; the scanner is asked only when it is new."""
        text = manifest.content(self.machine, self.identity, keys)
        return text if self._manifest_blob() == blob_id(text) else self.gate.published(text.decode()).encode()

    def _write(self, importer: Importer, changes: dict[bytes, str], what: str) -> None:
        uuid = self.machine.uuid
        what = f"sync {what} from" if what else "describe"
        head = self._head()
        importer.commit(
            own_branch(uuid),
            self.gate.author(self.identity, self.machine),
            f"chore(logs): {what} {self.gate.published(self.machine.hostname)}",
            [head] if head else [],
            [("100644", oid, f"machines/{uuid}/".encode() + key) for key, oid in changes.items()],
        )

    def _head(self) -> str:
        return self.repository.resolve(own_branch(self.machine.uuid))

    def _manifest_blob(self) -> str:
        head, path = self._head(), f"machines/{self.machine.uuid}/{manifest.NAME.decode()}"
        return self.repository.blob_at(head, path) if head else ""


def contents(logs: Iterable[Log]) -> str:
    """What `logs` are, in words: "2 session logs and 1 transcript"; "" for none.

    A transcript is counted once, whichever of its files are among them; a picture may be of several.
    """
    places = [log.place for log in logs]
    transcripts = {layout.markdown(place) for place in places if place and not layout.is_at_picture(place)}
    return amount(sum(not place for place in places), len(transcripts))


def amount(logs: int, transcripts: int) -> str:
    """So many session logs and transcripts, in words; "" for none."""
    counts = ((logs, "session log"), (transcripts, "transcript"))
    return " and ".join(counted(number, noun) for number, noun in counts if number)
