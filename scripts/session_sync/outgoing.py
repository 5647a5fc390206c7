"""What a log repository must get from the store: what changed, past the gate, as one commit on our branch."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from session_sync import branch, gate, manifest, scanner
from session_sync.identity import Identity
from session_sync.index import Findings, Index
from session_sync.machine import Machine
from session_sync.repository import Importer, Repository, blob_id
from session_sync.repository import branch as own_branch
from session_sync.store import Log


@dataclass
class Outgoing:
    """The outcome of looking at the logs of one repository."""

    changed: list[Log] = field(default_factory=list)
    withheld: list[tuple[Log, Findings]] = field(default_factory=list)
    committed: list[Log] = field(default_factory=list)
    unreadable: list[tuple[str, str]] = field(default_factory=list)


def compare(index: Index, logs: Iterable[Log], again: bool, skip_check: bool) -> Outgoing:
    """Sort `logs` by what the index says of them; `again` trusts nothing it says."""
    entries = index.entries()
    again = again or index.fact("scanner") not in ("", scanner.VERSION)
    found = Outgoing()
    for log in logs:
        entry = entries.get(log.key)
        if entry is None or not entry.matches(log) or again:
            found.changed.append(log)
        elif entry.findings and not skip_check:
            found.withheld.append((log, entry.findings))
        elif entry.findings:
            found.changed.append(log)
    return found


@dataclass
class Committer:
    """Commits the changed logs of one repository for a machine and its user."""

    repository: Repository
    index: Index
    machine: Machine
    identity: Identity
    skip_check: bool

    def refresh(self) -> None:
        """Make the index agree with our branch: after a kill, a lost file, or a new UUID."""
        if self.index.fact("head") != self._head():
            self.index.rebuild(branch.known(self.repository, self.machine))

    def commit(self, found: Outgoing) -> None:
        """Commit those of `found.changed` that pass the gate; the rest becomes `found.withheld`."""
        entries = self.index.entries()
        seen: list[tuple[Log, str, Findings]] = []
        changes: dict[bytes, str] = {}
        with ExitStack() as stack:
            importer: Importer | None = None
            for log, data in self._read(found):
                before = entries[log.key].blob if log.key in entries else ""
                findings = (
                    [] if self.skip_check else gate.check(log.project, data, log.name, {self.identity.email.casefold()})
                )
                if findings:
                    found.withheld.append((log, findings))
                    seen.append((log, before, findings))
                    continue
                oid = blob_id(data)
                seen.append((log, oid, []))
                if oid != before:
                    importer = importer or stack.enter_context(self.repository.importer())
                    changes[log.key] = importer.blob(data)
                    found.committed.append(log)
            keys = {key for key, entry in entries.items() if entry.blob} | set(changes)
            text = manifest.content(self.machine, self.identity, keys)
            if changes or self._manifest_blob() != blob_id(text):
                importer = importer or stack.enter_context(self.repository.importer())
                changes[manifest.NAME] = importer.blob(text)
                self._write(importer, changes, len(found.committed))
        self.index.record(seen, {"head": self._head(), "scanner": scanner.VERSION})

    def _read(self, found: Outgoing) -> Iterable[tuple[Log, bytes]]:
        for log in found.changed:
            try:
                yield log, Path(log.path).read_bytes()
            except OSError as error:
                found.unreadable.append((log.path, error.strerror or type(error).__name__))

    def _write(self, importer: Importer, changes: dict[bytes, str], logs: int) -> None:
        uuid = self.machine.uuid
        what = f"sync {logs} session logs from" if logs else "describe"
        head = self._head()
        importer.commit(
            own_branch(uuid),
            author(self.identity, self.machine),
            f"chore(logs): {what} {self.machine.hostname}",
            [head] if head else [],
            [("100644", oid, f"machines/{uuid}/".encode() + key) for key, oid in changes.items()],
        )

    def _head(self) -> str:
        return self.repository.resolve(own_branch(self.machine.uuid))

    def _manifest_blob(self) -> str:
        uuid = self.machine.uuid
        return self.repository.resolve(f"{own_branch(uuid)}:machines/{uuid}/{manifest.NAME.decode()}")


def author(identity: Identity, machine: Machine) -> tuple[str, str]:
    """Name and address for commits."""
    return identity.full_name or identity.user, identity.email or f"{identity.user}@{machine.hostname}"
